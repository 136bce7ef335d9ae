// Hot path: one entry is written for every message and read for every delivery.

import { defineLayout, field, readInt64 } from '../../base/bytes/index.ts'

/**
 * An entry of a consume queue. Number `i` of a queue lies at byte `20 i`. Apache: `ConsumeQueue.CQ_STORE_UNIT_SIZE`
 * (5.3.3).
 */
export const ENTRY_LAYOUT = defineLayout({
  physicalOffset: field.int64('Position of the record in the log.'),
  size: field.int32(
    'Bytes of the record; 0: nothing was written here; 2,147,483,647: a blank entry, which stands for none.',
  ),
  tagsCode: field.int64(
    'Java’s hash of the tag, 0 without one; of a delayed message that waits, when it is due, epoch ms.',
  ),
})

/** Offsets of {@link ENTRY_LAYOUT}. */
export const ENTRY = ENTRY_LAYOUT.at

/** Bytes of an entry. */
export const ENTRY_BYTES = ENTRY_LAYOUT.bytes

/** An entry of a batch consume queue; it begins as that of the other kind does. Apache: `BatchConsumeQueue` (5.3.3). */
export const BATCH_ENTRY_LAYOUT = defineLayout({
  physicalOffset: field.int64('Position of the record in the log.'),
  size: field.int32('Bytes of the record; 0: nothing was written here.'),
  tagsCode: field.int64('Java’s hash of the tag, 0 without one.'),
  storeTimestamp: field.int64('When the broker stored the record, epoch ms.'),
  queueOffset: field.int64('Of the first message of the record.'),
  messages: field.int16('How many messages the record holds.'),
  compactedOffset: field.int32('-1.'),
  reserved: field.int32('0.'),
})

/** Offsets of {@link BATCH_ENTRY_LAYOUT}. */
export const BATCH_ENTRY = BATCH_ENTRY_LAYOUT.at

/** Bytes of an entry of a batch consume queue. */
export const BATCH_ENTRY_BYTES = BATCH_ENTRY_LAYOUT.bytes

/** Stands for the compacted offset of an entry that no compaction has touched. */
export const NOT_COMPACTED = -1

/** Messages of one entry at most: their number is a signed 16-bit integer. */
export const BATCH_MESSAGES_MAX = 32_767

/**
 * Size in an entry that stands for no record: it fills a queue's first file in front of a first offset other than 0.
 */
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
