// Hot path: one entry is written for every message and read for every delivery.

/** An entry of a consume queue: where a record lies, how long it is, its tags code. Apache: `ConsumeQueue.CQ_STORE_UNIT_SIZE`. */
export const ENTRY = { physicalOffset: 0, size: 8, tagsCode: 12 } as const

/** Bytes of an entry. */
export const ENTRY_BYTES = 20

/** Size in an entry that stands for no record: it fills a queue's first file in front of a first offset other than 0. */
export const BLANK_ENTRY_SIZE = 0x7fff_ffff

/** A file full of blank entries up to `bytes`. Apache: `ConsumeQueue.fillPreBlank`. */
export function blankEntries(bytes: number): Buffer {
  const blanks = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += ENTRY_BYTES) blanks.writeInt32BE(BLANK_ENTRY_SIZE, at + ENTRY.size)
  return blanks
}
