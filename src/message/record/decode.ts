import { readInt64 } from '../../base/bytes/index.ts'
import { isInnerBatch, unwrapBatch } from '../batch/unwrap.ts'
import { decompressBody } from '../compression/compression.ts'
import { messageErrors } from '../errors.ts'
import { hostText, offsetMessageId } from '../ids.ts'
import type { ReceivedMessage } from '../message.ts'
import { decodeProperties } from '../properties.ts'
import { PROPERTY } from '../property-keys.ts'
import { SYS_FLAG } from '../sys-flag.ts'
import { RECORD } from './layout.ts'
import { locateRecord, newRecordParts } from './locate.ts'

const parts = newRecordParts()

const PREPARED_FROM_RECONSUME_TIMES = RECORD.preparedTransactionOffset - RECORD.reconsumeTimes

/**
 * Reads records lying back to back, as in a pull reply; a record that holds a batch gives its messages. Bodies are
 * views into `bytes` unless they were compressed. Apache: `MessageDecoder.decodes`.
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
  const reason = locateRecord(bytes, at, bytes.length - at, parts)
  if (reason !== undefined) throw messageErrors.RMQ_RECORD_CORRUPT({ at, reason })
  const { storeTimestampAt, storeHostAt, reconsumeTimesAt, bodyAt, bodyEnd, topicAt, topicEnd, propertiesAt } = parts
  const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
  const properties = decodeProperties(bytes.toString('utf8', propertiesAt, at + bytes.readInt32BE(at)))
  const physicalOffset = readInt64(bytes, at + RECORD.physicalOffset)
  const offsetId = offsetMessageId(bytes.subarray(storeHostAt, reconsumeTimesAt), physicalOffset)
  const messageId = properties[PROPERTY.uniqueKey] ?? offsetId
  const stored = bytes.subarray(bodyAt, bodyEnd)
  return {
    topic: bytes.toString('utf8', topicAt, topicEnd),
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
    bornHost: hostText(bytes.subarray(at + RECORD.bornHost, storeTimestampAt)),
    storeTimestamp: readInt64(bytes, storeTimestampAt),
    storeHost: hostText(bytes.subarray(storeHostAt, reconsumeTimesAt)),
    reconsumeTimes: bytes.readInt32BE(reconsumeTimesAt),
    preparedTransactionOffset: readInt64(bytes, reconsumeTimesAt + PREPARED_FROM_RECONSUME_TIMES),
    messageId,
    offsetMessageId: offsetId,
  }
}
