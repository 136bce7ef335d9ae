// Hot path: one entry is written for every message and read for every delivery.

import { readInt64 } from '../../base/bytes/index.ts'

/** An entry of a consume queue: where a record lies, how long it is, its tags code. Apache: `ConsumeQueue.CQ_STORE_UNIT_SIZE`. */
export const ENTRY = { physicalOffset: 0, size: 8, tagsCode: 12 } as const

/** Bytes of an entry. */
export const ENTRY_BYTES = 20

/** What an entry of a batch consume queue has behind the fields of {@link ENTRY}. Apache: `BatchConsumeQueue` (5.3.3). */
export const BATCH_ENTRY = {
  storeTimestamp: 20,
  queueOffset: 28,
  messages: 36,
  compactedOffset: 38,
  reserved: 42,
} as const

/** Bytes of an entry of a batch consume queue. */
export const BATCH_ENTRY_BYTES = 46

/** Stands for the compacted offset of an entry that no compaction has touched. */
export const NOT_COMPACTED = -1

/** Messages of one entry at most: their number is a signed 16-bit integer. */
export const BATCH_MESSAGES_MAX = 32_767

/** Size in an entry that stands for no record: it fills a queue's first file in front of a first offset other than 0. */
export const BLANK_ENTRY_SIZE = 0x7fff_ffff

/** The two kinds of queues: entry `i` is message `i`, or entries say themselves which messages they stand for. */
export type QueueKind = 'simple' | 'batch'

/** How the entries of a kind of queue look; the fields of {@link ENTRY} begin each of them. */
export interface EntryForm {
  readonly kind: QueueKind
  /** Bytes of an entry. */
  readonly bytes: number
  /** Whether an entry was written there, and as a whole. */
  isWritten(entry: Buffer): boolean
}

/** The form of each kind. Apache: `CQType` (5.3.3). */
export const ENTRY_FORMS: Readonly<Record<QueueKind, EntryForm>> = {
  simple: {
    kind: 'simple',
    bytes: ENTRY_BYTES,
    isWritten: (entry) => readInt64(entry, 0) >= 0 && entry.readInt32BE(ENTRY.size) > 0,
  },
  batch: {
    kind: 'batch',
    bytes: BATCH_ENTRY_BYTES,
    isWritten: (entry) =>
      readInt64(entry, 0) >= 0 &&
      entry.readInt32BE(ENTRY.size) > 0 &&
      readInt64(entry, BATCH_ENTRY.queueOffset) >= 0 &&
      entry.readInt16BE(BATCH_ENTRY.messages) > 0,
  },
}

/** Offset of the first message of an entry of a batch queue. */
export function batchStart(bytes: Buffer, at: number): number {
  return readInt64(bytes, at + BATCH_ENTRY.queueOffset)
}

/** Offset behind the last message of an entry of a batch queue. */
export function batchEnd(bytes: Buffer, at: number): number {
  return batchStart(bytes, at) + bytes.readInt16BE(at + BATCH_ENTRY.messages)
}

/** A file full of blank entries up to `bytes`. Apache: `ConsumeQueue.fillPreBlank`. */
export function blankEntries(bytes: number): Buffer {
  const blanks = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += ENTRY_BYTES) blanks.writeInt32BE(BLANK_ENTRY_SIZE, at + ENTRY.size)
  return blanks
}
