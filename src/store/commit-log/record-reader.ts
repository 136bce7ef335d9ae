// Hot path: recovery reads every record of a file with these.

import { crc32At, readInt64 } from '../../base/bytes/index.ts'
import { BLANK_BYTES, HOST_BYTES, MAGIC, RECORD, RECORD_BYTES_MIN, SYS_FLAG } from '../../message/index.ts'

/** Answers of {@link checkRecord} that are no size. */
export const NOT_A_RECORD = { blank: 0, unreadable: -1 } as const

/**
 * Judges the bytes at `at`, of which `available` belong to the log file: the size of a sound record, or why there is none.
 * Apache: `CommitLog.checkMessageAndReturnSize` (5.3.3).
 */
export function checkRecord(bytes: Buffer, at: number, available: number, checkCrc: boolean): number {
  if (available < BLANK_BYTES) return NOT_A_RECORD.unreadable
  const size = bytes.readInt32BE(at)
  const magic = bytes.readInt32BE(at + RECORD.magic)
  if (size > available) return NOT_A_RECORD.unreadable
  if (magic === MAGIC.blank) return size < BLANK_BYTES ? NOT_A_RECORD.unreadable : NOT_A_RECORD.blank
  if (!isRecordMagic(magic) || size < RECORD_BYTES_MIN) return NOT_A_RECORD.unreadable
  const end = at + size
  const bodyAt = at + RECORD.body + extraHostBytes(bytes.readInt32BE(at + RECORD.sysFlag))
  const lengthBytes = magic === MAGIC.v1 ? 1 : 2
  if (bodyAt + lengthBytes + 2 > end) return NOT_A_RECORD.unreadable
  const bodyBytes = bytes.readInt32BE(bodyAt - 4)
  const topicLengthAt = bodyAt + bodyBytes
  if (bodyBytes < 0 || topicLengthAt + lengthBytes + 2 > end) return NOT_A_RECORD.unreadable
  const topicBytes = lengthBytes === 1 ? bytes.readInt8(topicLengthAt) : bytes.readInt16BE(topicLengthAt)
  const propertiesLengthAt = topicLengthAt + lengthBytes + topicBytes
  if (topicBytes < 0 || propertiesLengthAt + 2 > end) return NOT_A_RECORD.unreadable
  const propertiesBytes = bytes.readInt16BE(propertiesLengthAt)
  if (propertiesBytes < 0 || propertiesLengthAt + 2 + propertiesBytes !== end) return NOT_A_RECORD.unreadable
  if (checkCrc && bodyBytes > 0 && crc32At(bytes, bodyAt, topicLengthAt) !== bytes.readInt32BE(at + RECORD.bodyCrc))
    return NOT_A_RECORD.unreadable
  return size
}

/** Whether these four bytes mark a record that holds a message. */
export function isRecordMagic(magic: number): boolean {
  return magic === MAGIC.v1 || magic === MAGIC.v2
}

/** When the record at `at` was stored, epoch ms. */
export function storeTimestampOf(bytes: Buffer, at: number): number {
  const bornV6 = (bytes.readInt32BE(at + RECORD.sysFlag) & SYS_FLAG.bornHostV6) !== 0
  return readInt64(bytes, at + RECORD.storeTimestamp + (bornV6 ? HOST_BYTES.v6 - HOST_BYTES.v4 : 0))
}

/** Bytes from the start of a record that {@link storeTimestampOf} needs. */
export const STORE_TIMESTAMP_END = RECORD.storeHost + HOST_BYTES.v6 - HOST_BYTES.v4

/** Where the topic and the properties of a record lie; reused from record to record. */
export interface RecordText {
  topicAt: number
  topicEnd: number
  propertiesAt: number
}

/** Finds topic and properties of the sound record at `at`; the properties reach to its end. */
export function locateText(bytes: Buffer, at: number, into: RecordText): void {
  const bodyAt = at + RECORD.body + extraHostBytes(bytes.readInt32BE(at + RECORD.sysFlag))
  const lengthAt = bodyAt + bytes.readInt32BE(bodyAt - 4)
  const isV1 = bytes.readInt32BE(at + RECORD.magic) === MAGIC.v1
  into.topicAt = lengthAt + (isV1 ? 1 : 2)
  into.topicEnd = into.topicAt + (isV1 ? bytes.readInt8(lengthAt) : bytes.readInt16BE(lengthAt))
  into.propertiesAt = into.topicEnd + 2
}

/** Whether a record with this system flag has an entry in a consume queue. Inner batches belong to batch consume queues. */
export function hasQueueEntry(sysFlag: number): boolean {
  const transaction = sysFlag & SYS_FLAG.transactionMask
  return (
    transaction !== SYS_FLAG.transactionPrepared &&
    transaction !== SYS_FLAG.transactionRollback &&
    (sysFlag & SYS_FLAG.innerBatch) === 0
  )
}

/** Bytes by which IPv6 hosts lengthen a record. */
function extraHostBytes(sysFlag: number): number {
  const extra = HOST_BYTES.v6 - HOST_BYTES.v4
  return ((sysFlag & SYS_FLAG.bornHostV6) === 0 ? 0 : extra) + ((sysFlag & SYS_FLAG.storeHostV6) === 0 ? 0 : extra)
}
