import { readInt64 } from '../base/bytes/index.ts'
import { locateRecord, messageErrors, newRecordParts, RECORD } from '../message/index.ts'

const parts = newRecordParts()

/** A record's parts as they are stored, for storing them again: the body stays compressed. */
export interface StoredMessage {
  readonly totalBytes: number
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly flag: number
  readonly sysFlag: number
  readonly bornTimestamp: number
  /** Address and port, 8 or 20 bytes; like the body a view into the record. */
  readonly bornHost: Buffer
  readonly storeTimestamp: number
  readonly storeHost: Buffer
  readonly reconsumeTimes: number
  readonly body: Buffer
  /** In string form. */
  readonly properties: string
}

/**
 * Reads whole records lying back to back, as a read of the store gives them.
 * @throws RMQ_RECORD_CORRUPT
 */
export function readStoredMessages(slices: readonly Buffer[]): readonly StoredMessage[] {
  const [only] = slices
  const bytes = slices.length === 1 && only !== undefined ? only : Buffer.concat(slices)
  const messages: StoredMessage[] = []
  for (let at = 0; at < bytes.length; ) {
    const message = readStoredMessage(bytes, at)
    messages.push(message)
    at += message.totalBytes
  }
  return messages
}

/**
 * Reads the record at `at`. Apache: `MessageDecoder.decode` without decompression.
 * @throws RMQ_RECORD_CORRUPT
 */
export function readStoredMessage(bytes: Buffer, at: number): StoredMessage {
  const reason = locateRecord(bytes, at, bytes.length - at, parts)
  if (reason !== undefined) throw messageErrors.RMQ_RECORD_CORRUPT({ at, reason })
  const totalBytes = bytes.readInt32BE(at)
  const { storeTimestampAt, storeHostAt, reconsumeTimesAt } = parts
  return {
    totalBytes,
    topic: bytes.toString('utf8', parts.topicAt, parts.topicEnd),
    queueId: bytes.readInt32BE(at + RECORD.queueId),
    queueOffset: readInt64(bytes, at + RECORD.queueOffset),
    physicalOffset: readInt64(bytes, at + RECORD.physicalOffset),
    flag: bytes.readInt32BE(at + RECORD.flag),
    sysFlag: bytes.readInt32BE(at + RECORD.sysFlag),
    bornTimestamp: readInt64(bytes, at + RECORD.bornTimestamp),
    bornHost: bytes.subarray(at + RECORD.bornHost, storeTimestampAt),
    storeTimestamp: readInt64(bytes, storeTimestampAt),
    storeHost: bytes.subarray(storeHostAt, reconsumeTimesAt),
    reconsumeTimes: bytes.readInt32BE(reconsumeTimesAt),
    body: bytes.subarray(parts.bodyAt, parts.bodyEnd),
    properties: bytes.toString('utf8', parts.propertiesAt, at + totalBytes),
  }
}
