import { readInt64 } from '../../base/bytes/index.ts'
import { isInnerBatch, unwrapBatch } from '../batch/unwrap.ts'
import { decompressBody } from '../compression/compression.ts'
import { messageErrors } from '../errors.ts'
import { hostText, offsetMessageId } from '../ids.ts'
import type { ReceivedMessage } from '../message.ts'
import { decodeProperties } from '../properties.ts'
import { PROPERTY } from '../property-keys.ts'
import { SYS_FLAG } from '../sys-flag.ts'
import { HOST_BYTES, MAGIC, RECORD, RECORD_BYTES_MIN } from './layout.ts'

/**
 * Reads records lying back to back, as in a pull reply; a record that holds a batch gives its messages. Bodies are views into `bytes` unless they were compressed.
 * Apache: `MessageDecoder.decodes`.
 * @throws RMQ_RECORD_CORRUPT  a record's lengths do not add up
 * @throws RMQ_BODY_UNREADABLE  a compressed body cannot be decompressed
 */
export function decodeRecords(bytes: Buffer, brokerName: string): ReceivedMessage[] {
  const messages: ReceivedMessage[] = []
  let at = 0
  while (at < bytes.length) {
    const message = decodeRecord(bytes, at, brokerName)
    if (isInnerBatch(message)) messages.push(...unwrapBatch(message))
    else messages.push(message)
    at += bytes.readInt32BE(at)
  }
  return messages
}

/**
 * Reads the record at `at`.
 * @throws RMQ_RECORD_CORRUPT
 * @throws RMQ_BODY_UNREADABLE
 */
export function decodeRecord(bytes: Buffer, at: number, brokerName: string): ReceivedMessage {
  const corrupt = (reason: string): Error => messageErrors.RMQ_RECORD_CORRUPT({ at, reason })
  if (bytes.length - at < RECORD_BYTES_MIN) throw corrupt(`only ${bytes.length - at} bytes are left`)
  const size = bytes.readInt32BE(at)
  if (size < RECORD_BYTES_MIN || size > bytes.length - at) throw corrupt(`its size is ${size}`)
  const magic = bytes.readInt32BE(at + RECORD.magic)
  if (magic !== MAGIC.v1 && magic !== MAGIC.v2) throw corrupt(`its magic is ${magic}`)
  const end = at + size
  const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
  const bornEnd = at + RECORD.bornHost + ((sysFlag & SYS_FLAG.bornHostV6) === 0 ? HOST_BYTES.v4 : HOST_BYTES.v6)
  const storeStart = bornEnd + 8
  const storeEnd = storeStart + ((sysFlag & SYS_FLAG.storeHostV6) === 0 ? HOST_BYTES.v4 : HOST_BYTES.v6)
  const bodyStart = storeEnd + 16
  if (bodyStart > end) throw corrupt('its hosts pass its end')
  const bodyEnd = bodyStart + bytes.readInt32BE(bodyStart - 4)
  const topicStart = bodyEnd + (magic === MAGIC.v1 ? 1 : 2)
  if (bodyEnd < bodyStart || topicStart > end) throw corrupt('its body passes its end')
  const topicEnd = topicStart + (magic === MAGIC.v1 ? bytes.readInt8(bodyEnd) : bytes.readInt16BE(bodyEnd))
  if (topicEnd < topicStart || topicEnd + 2 > end) throw corrupt('its topic passes its end')
  const propertiesEnd = topicEnd + 2 + bytes.readInt16BE(topicEnd)
  if (propertiesEnd !== end) throw corrupt('its parts do not add up to its size')

  const properties = decodeProperties(bytes.toString('utf8', topicEnd + 2, propertiesEnd))
  const physicalOffset = readInt64(bytes, at + RECORD.physicalOffset)
  const offsetId = offsetMessageId(bytes.subarray(storeStart, storeEnd), physicalOffset)
  const messageId = properties[PROPERTY.uniqueKey] ?? offsetId
  const stored = bytes.subarray(bodyStart, bodyEnd)
  return {
    topic: bytes.toString('utf8', topicStart, topicEnd),
    body: (sysFlag & SYS_FLAG.compressed) === 0 ? stored : decompressBody(stored, sysFlag, messageId),
    tag: properties[PROPERTY.tags],
    keys: properties[PROPERTY.keys]?.split(' ').filter((key) => key !== '') ?? [],
    properties,
    flag: bytes.readInt32BE(at + RECORD.flag),
    sysFlag: sysFlag & ~SYS_FLAG.compressed,
    brokerName,
    queueId: bytes.readInt32BE(at + RECORD.queueId),
    queueOffset: readInt64(bytes, at + RECORD.queueOffset),
    physicalOffset,
    bornTimestamp: readInt64(bytes, at + RECORD.bornTimestamp),
    bornHost: hostText(bytes.subarray(at + RECORD.bornHost, bornEnd)),
    storeTimestamp: readInt64(bytes, bornEnd),
    storeHost: hostText(bytes.subarray(storeStart, storeEnd)),
    reconsumeTimes: bytes.readInt32BE(storeEnd),
    preparedTransactionOffset: readInt64(bytes, storeEnd + 4),
    messageId,
    offsetMessageId: offsetId,
  }
}
