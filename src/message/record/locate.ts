// Hot path: whoever reads a record in place, the store's recovery first of all, finds its parts with these.

import { readInt16, readInt32, readInt64 } from '../../base/bytes/index.ts'
import { SYS_FLAG } from '../sys-flag.ts'
import { HOST_BYTES, MAGIC, RECORD, RECORD_BYTES_MIN } from './layout.ts'

/** Where the topic and the properties of a record lie; one object is used again from record to record. */
export interface RecordText {
  topicAt: number
  topicEnd: number
  /** They reach to the end of the record. */
  propertiesAt: number
}

/** Where everything that has no fixed place lies. */
export interface RecordParts extends RecordText {
  /** Behind the producer's address. */
  storeTimestampAt: number
  storeHostAt: number
  /** Behind the broker's address. */
  reconsumeTimesAt: number
  bodyAt: number
  bodyEnd: number
}

/** Bytes by which an IPv6 address moves what follows it. */
const V6_SHIFT = HOST_BYTES.v6 - HOST_BYTES.v4

/** Bytes of the length field in front of the properties. */
const PROPERTIES_LENGTH_BYTES = 2

/** Bytes from the start of a record that {@link storeTimestampOf} needs. */
export const STORE_TIMESTAMP_END = RECORD.storeHost + V6_SHIFT

/** Bytes from the start of a record up to its body, at most. */
export const RECORD_HEAD_BYTES = RECORD.body + 2 * V6_SHIFT

/** Topic and properties can be as long as their length fields allow. */
const REST_BYTES_MAX = RECORD_HEAD_BYTES + 2 * (2 + 0x7fff)

/** Parts to fill, one object for a reader's whole life. */
export function newRecordParts(): RecordParts {
  return {
    topicAt: 0,
    topicEnd: 0,
    propertiesAt: 0,
    storeTimestampAt: 0,
    storeHostAt: 0,
    reconsumeTimesAt: 0,
    bodyAt: 0,
    bodyEnd: 0,
  }
}

/** Whether these four bytes mark a record that holds a message. */
export function isRecordMagic(magic: number): boolean {
  return magic === MAGIC.v1 || magic === MAGIC.v2
}

/**
 * Finds the parts of what may be a record at `at`, of which at most `available` bytes are there; reads nothing behind
 * them. Answers `undefined`, or why it is none. Apache: `MessageDecoder.decode`, `CommitLog.checkMessageAndReturnSize`
 * (5.3.3).
 */
export function locateRecord(bytes: Buffer, at: number, available: number, into: RecordParts): string | undefined {
  if (available < RECORD_BYTES_MIN) return `only ${available} bytes are left`
  const size = readInt32(bytes, at)
  if (size < RECORD_BYTES_MIN || size > available) return `its size is ${size}`
  const magic = readInt32(bytes, at + RECORD.magic)
  if (!isRecordMagic(magic)) return `its magic is ${magic}`
  const end = at + size
  const sysFlag = readInt32(bytes, at + RECORD.sysFlag)
  const bornShift = bornHostShift(sysFlag)
  const shift = bornShift + storeHostShift(sysFlag)
  const bodyAt = at + RECORD.body + shift
  const lengthBytes = topicLengthBytes(magic)
  if (bodyAt + lengthBytes + PROPERTIES_LENGTH_BYTES > end) return 'its hosts pass its end'
  const bodyEnd = bodyAt + readInt32(bytes, at + RECORD.bodyLength + shift)
  const topicAt = bodyEnd + lengthBytes
  if (bodyEnd < bodyAt || topicAt + PROPERTIES_LENGTH_BYTES > end) return 'its body passes its end'
  const topicEnd = topicAt + topicBytes(bytes, bodyEnd, lengthBytes)
  const propertiesAt = topicEnd + PROPERTIES_LENGTH_BYTES
  if (topicEnd < topicAt || propertiesAt > end) return 'its topic passes its end'
  if (propertiesAt + readInt16(bytes, topicEnd) !== end) return 'its parts do not add up to its size'
  into.topicAt = topicAt
  into.topicEnd = topicEnd
  into.propertiesAt = propertiesAt
  into.storeTimestampAt = at + RECORD.storeTimestamp + bornShift
  into.storeHostAt = at + RECORD.storeHost + bornShift
  into.reconsumeTimesAt = at + RECORD.reconsumeTimes + shift
  into.bodyAt = bodyAt
  into.bodyEnd = bodyEnd
  return undefined
}

/**
 * Whether the length of the body explains that of the record whose {@link RECORD_HEAD_BYTES} first bytes lie at `at`.
 */
export function isBodySizeLikely(bytes: Buffer, at: number): boolean {
  const sysFlag = readInt32(bytes, at + RECORD.sysFlag)
  const bodyBytes = readInt32(bytes, at + RECORD.bodyLength + bornHostShift(sysFlag) + storeHostShift(sysFlag))
  const restBytes = readInt32(bytes, at) - bodyBytes
  return bodyBytes >= 0 && restBytes >= RECORD_BYTES_MIN && restBytes <= REST_BYTES_MAX
}

/** Finds topic and properties of the record at `at`, which {@link locateRecord} or the store has found sound. */
export function locateText(bytes: Buffer, at: number, into: RecordText): void {
  const sysFlag = readInt32(bytes, at + RECORD.sysFlag)
  const shift = bornHostShift(sysFlag) + storeHostShift(sysFlag)
  const bodyEnd = at + RECORD.body + shift + readInt32(bytes, at + RECORD.bodyLength + shift)
  const lengthBytes = topicLengthBytes(readInt32(bytes, at + RECORD.magic))
  into.topicAt = bodyEnd + lengthBytes
  into.topicEnd = into.topicAt + topicBytes(bytes, bodyEnd, lengthBytes)
  into.propertiesAt = into.topicEnd + PROPERTIES_LENGTH_BYTES
}

const text: RecordText = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }

/** Where the properties of the sound record at `at` begin; they end with the record. */
export function recordPropertiesAt(bytes: Buffer, at: number): number {
  locateText(bytes, at, text)
  return text.propertiesAt
}

/** When the record at `at` was stored, epoch ms. */
export function storeTimestampOf(bytes: Buffer, at: number): number {
  return readInt64(bytes, at + RECORD.storeTimestamp + bornHostShift(readInt32(bytes, at + RECORD.sysFlag)))
}

function bornHostShift(sysFlag: number): number {
  return (sysFlag & SYS_FLAG.bornHostV6) === 0 ? 0 : V6_SHIFT
}

function storeHostShift(sysFlag: number): number {
  return (sysFlag & SYS_FLAG.storeHostV6) === 0 ? 0 : V6_SHIFT
}

function topicLengthBytes(magic: number): number {
  return magic === MAGIC.v1 ? 1 : 2
}

function topicBytes(bytes: Buffer, at: number, lengthBytes: number): number {
  return lengthBytes === 1 ? ((bytes[at] as number) << 24) >> 24 : readInt16(bytes, at)
}
