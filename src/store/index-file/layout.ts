/** Fields of an index file's header. Apache: `IndexHeader` (5.3.3). */
export const INDEX_HEADER = {
  /** Store time of the first entry, epoch ms. */
  beginTimestamp: 0,
  endTimestamp: 8,
  /** Log position of the first indexed record. */
  beginOffset: 16,
  endOffset: 24,
  /** Slots that are not 0. */
  slotsUsed: 32,
  /** Number of the next entry; the first one is 1. */
  next: 36,
} as const

export const INDEX_HEADER_BYTES = 40

/** Number of a slot's newest entry, 0 for none. */
export const SLOT_BYTES = 4

/** Fields of an entry. `seconds` counts from the file's first entry, `previous` is the next older entry of the slot. */
export const INDEX_ENTRY = { hash: 0, physicalOffset: 4, seconds: 12, previous: 16 } as const

export const INDEX_ENTRY_BYTES = 20

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
