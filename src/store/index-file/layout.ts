import { defineLayout, field } from '../../base/bytes/index.ts'

/** The head of an index file. Apache: `IndexHeader` (5.3.3). */
export const INDEX_HEADER_LAYOUT = defineLayout({
  beginTimestamp: field.int64('Store time of the first entry’s message, epoch ms.'),
  endTimestamp: field.int64('Store time of the last entry’s message, epoch ms.'),
  beginOffset: field.int64('Position in the log of the first indexed record.'),
  endOffset: field.int64('Position in the log of the last indexed record.'),
  slotsUsed: field.int32('Slots that are not 0.'),
  next: field.int32('Number of the next entry; the first one is 1.'),
})

/** A slot: keys whose hash, modulo the number of slots, is its number. Apache: `IndexFile` (5.3.3). */
export const SLOT_LAYOUT = defineLayout({
  newest: field.int32('Number of its newest entry, 0 for none.'),
})

/** An entry: one key of one message. */
export const INDEX_ENTRY_LAYOUT = defineLayout({
  hash: field.int32('Java’s hash of `topic#key`, without its sign.'),
  physicalOffset: field.int64('Position of the record in the log.'),
  seconds: field.int32('Whole seconds from the begin timestamp, as the header had it before, to the store time.'),
  previous: field.int32('Number of the next older entry of the same slot, 0 for none.'),
})

/** Offsets of {@link INDEX_HEADER_LAYOUT}. */
export const INDEX_HEADER = INDEX_HEADER_LAYOUT.at

export const INDEX_HEADER_BYTES = INDEX_HEADER_LAYOUT.bytes

export const SLOT_BYTES = SLOT_LAYOUT.bytes

/** Offsets of {@link INDEX_ENTRY_LAYOUT}. */
export const INDEX_ENTRY = INDEX_ENTRY_LAYOUT.at

export const INDEX_ENTRY_BYTES = INDEX_ENTRY_LAYOUT.bytes

/** How many slots and entries each index file has. */
export interface IndexLayout {
  readonly directory: string
  /** `maxHashSlotNum`. */
  readonly slots: number
  /** `maxIndexNum`; one of them, number 0, is never used. */
  readonly entries: number
}

/** Length of every index file. */
export function indexFileBytes({ slots, entries }: IndexLayout): number {
  return INDEX_HEADER_BYTES + slots * SLOT_BYTES + entries * INDEX_ENTRY_BYTES
}

/** Where an entry lies in its file. */
export function entryPosition({ slots }: IndexLayout, entry: number): number {
  return INDEX_HEADER_BYTES + slots * SLOT_BYTES + entry * INDEX_ENTRY_BYTES
}
