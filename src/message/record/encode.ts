// Hot path: every stored message is written here once, straight into the buffer that goes to the file.

import { crc32, writeInt64 } from '../../base/bytes/index.ts'
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
 * Writes a record of `size` bytes ({@link recordBytes}) at `at`. The address flags follow from the hosts' lengths, the version
 * from the topic's. Apache: `MessageExtEncoder.encode`.
 * @returns the position of the properties; they reach to the end of the record
 */
export function encodeRecord(
  into: Buffer,
  at: number,
  size: number,
  content: RecordContent,
  topic: Buffer,
  place: RecordPlace,
): number {
  const { body, bornHost, properties } = content
  const { storeHost } = place
  let sysFlag = content.sysFlag & ~(SYS_FLAG.bornHostV6 | SYS_FLAG.storeHostV6)
  if (bornHost.length === HOST_BYTES.v6) sysFlag |= SYS_FLAG.bornHostV6
  if (storeHost.length === HOST_BYTES.v6) sysFlag |= SYS_FLAG.storeHostV6
  const isV2 = topic.length > V1_TOPIC_BYTES_MAX

  into.writeInt32BE(size, at)
  into.writeInt32BE(isV2 ? MAGIC.v2 : MAGIC.v1, at + RECORD.magic)
  into.writeInt32BE(body.length === 0 ? 0 : crc32(body), at + RECORD.bodyCrc)
  into.writeInt32BE(content.queueId, at + RECORD.queueId)
  into.writeInt32BE(content.flag, at + RECORD.flag)
  writeInt64(into, place.queueOffset, at + RECORD.queueOffset)
  writeInt64(into, place.physicalOffset, at + RECORD.physicalOffset)
  into.writeInt32BE(sysFlag, at + RECORD.sysFlag)
  writeInt64(into, content.bornTimestamp, at + RECORD.bornTimestamp)
  let next = at + RECORD.bornHost
  into.set(bornHost, next)
  next = writeInt64(into, place.storeTimestamp, next + bornHost.length)
  into.set(storeHost, next)
  next = into.writeInt32BE(content.reconsumeTimes, next + storeHost.length)
  next = writeInt64(into, content.preparedTransactionOffset, next)
  next = into.writeInt32BE(body.length, next)
  into.set(body, next)
  next += body.length
  next = isV2 ? into.writeInt16BE(topic.length, next) : into.writeInt8(topic.length, next)
  into.set(topic, next)
  next += topic.length
  const propertiesAt = next + 2
  into.writeInt16BE(at + size - propertiesAt, next)
  if (typeof properties === 'string') into.write(properties, propertiesAt, 'utf8')
  else into.set(properties, propertiesAt)
  return propertiesAt
}
