// Hot path: every stored message is written here once, straight into the buffer that goes to the file.

import { crc32, viewOf, writeInt64To } from '../../base/bytes/index.ts'
import { SYS_FLAG } from '../sys-flag.ts'
import { HOST_BYTES, MAGIC, RECORD, RECORD_BYTES_MIN } from './layout.ts'

/** What a message brings to its record. */
export interface RecordContent {
  readonly queueId: number
  readonly flag: number
  readonly sysFlag: number
  /** Producer's clock, epoch ms. */
  readonly bornTimestamp: number
  /** Address (4 or 16 bytes) and port (4 bytes) of the producer. */
  readonly bornHost: Buffer
  readonly reconsumeTimes: number
  readonly preparedTransactionOffset: number
  /** As it is to be stored: compressed, if the producer compressed it. */
  readonly body: Buffer
  /** In string form (`name 01 value 02 …`), as text or as its UTF-8; at most 32,767 bytes. */
  readonly properties: string | Buffer
}

/** What the store adds. */
export interface RecordPlace {
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly storeTimestamp: number
  /** Address and port of the broker, 8 or 20 bytes. */
  readonly storeHost: Buffer
}

/** Room for records: bytes, and the same as a view, which takes numbers in a third of the time. */
export interface RecordRoom {
  readonly bytes: Buffer
  readonly view: DataView
}

/** The bytes as room for records. */
export function roomOf(bytes: Buffer): RecordRoom {
  return { bytes, view: viewOf(bytes) }
}

/** Longest topic that a V1 record can hold. */
const V1_TOPIC_BYTES_MAX = 127

/** Bytes of the record of these parts. */
export function recordBytes(
  bodyBytes: number,
  topicBytes: number,
  propertiesBytes: number,
  bornHostBytes: number,
  storeHostBytes: number,
): number {
  const hosts = bornHostBytes + storeHostBytes - 2 * HOST_BYTES.v4
  return RECORD_BYTES_MIN + (topicBytes > V1_TOPIC_BYTES_MAX ? 1 : 0) + hosts + bodyBytes + topicBytes + propertiesBytes
}

/**
 * Writes a record of `size` bytes ({@link recordBytes}) at `at`. The address flags follow from the hosts' lengths, the
 * version from the topic's. Apache: `MessageExtEncoder.encode`.
 * @returns the position of the properties; they reach to the end of the record
 */
export function encodeRecord(
  into: RecordRoom,
  at: number,
  size: number,
  content: RecordContent,
  topic: Buffer,
  place: RecordPlace,
): number {
  const { bytes, view } = into
  const { body, bornHost, properties } = content
  const { storeHost } = place
  let sysFlag = content.sysFlag & ~(SYS_FLAG.bornHostV6 | SYS_FLAG.storeHostV6)
  if (bornHost.length === HOST_BYTES.v6) sysFlag |= SYS_FLAG.bornHostV6
  if (storeHost.length === HOST_BYTES.v6) sysFlag |= SYS_FLAG.storeHostV6
  const isV2 = topic.length > V1_TOPIC_BYTES_MAX

  view.setInt32(at, size)
  view.setInt32(at + RECORD.magic, isV2 ? MAGIC.v2 : MAGIC.v1)
  view.setInt32(at + RECORD.bodyCrc, body.length === 0 ? 0 : crc32(body))
  view.setInt32(at + RECORD.queueId, content.queueId)
  view.setInt32(at + RECORD.flag, content.flag)
  writeInt64To(view, place.queueOffset, at + RECORD.queueOffset)
  writeInt64To(view, place.physicalOffset, at + RECORD.physicalOffset)
  view.setInt32(at + RECORD.sysFlag, sysFlag)
  writeInt64To(view, content.bornTimestamp, at + RECORD.bornTimestamp)
  let next = at + RECORD.bornHost
  bytes.set(bornHost, next)
  next = writeInt64To(view, place.storeTimestamp, next + bornHost.length)
  bytes.set(storeHost, next)
  next += storeHost.length
  view.setInt32(next, content.reconsumeTimes)
  next = writeInt64To(view, content.preparedTransactionOffset, next + 4)
  view.setInt32(next, body.length)
  next += 4
  bytes.set(body, next)
  next += body.length
  if (isV2) view.setInt16(next, topic.length)
  else view.setInt8(next, topic.length)
  next += isV2 ? 2 : 1
  bytes.set(topic, next)
  next += topic.length
  const propertiesAt = next + 2
  view.setInt16(next, at + size - propertiesAt)
  if (typeof properties === 'string') bytes.write(properties, propertiesAt, 'utf8')
  else bytes.set(properties, propertiesAt)
  return propertiesAt
}
