// Hot path: one entry is written for every message and read for every delivery.

import { defineLayout, field } from '../../base/bytes/index.ts'

/** An entry of a consume queue. Number `i` of a queue lies at byte `20 i`. Apache: `ConsumeQueue.CQ_STORE_UNIT_SIZE` (5.3.3). */
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

/** Size in an entry that stands for no record: it fills a queue's first file in front of a first offset other than 0. */
export const BLANK_ENTRY_SIZE = 0x7fff_ffff

/** A file full of blank entries up to `bytes`. Apache: `ConsumeQueue.fillPreBlank`. */
export function blankEntries(bytes: number): Buffer {
  const blanks = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += ENTRY_BYTES) blanks.writeInt32BE(BLANK_ENTRY_SIZE, at + ENTRY.size)
  return blanks
}
