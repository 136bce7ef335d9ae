import { readInt64 } from '../../base/bytes/index.ts'
import type { IndexFile } from './index-file.ts'
import { INDEX_ENTRY, INDEX_ENTRY_BYTES, type IndexLayout } from './layout.ts'

/** What is looked for: entries with that hash of messages stored in that time, both ends included. */
export interface KeyQuery {
  readonly hash: number
  readonly max: number
  /** Epoch ms. */
  readonly begin: number
  readonly end: number
}

/** Entries read at once; chains lead backwards, mostly to the neighbourhood. */
const WINDOW_ENTRIES = 204

/** Entries know whole seconds only, so that a message is up to so many ms younger than its entry. */
const SECOND_MS = 999

/**
 * Where records whose key has that hash lie, ascending. Other keys may have the same hash, so the records must be
 * looked at. A message stored within the time is always found; one stored less than a second outside may be. Apache:
 * `IndexService.queryOffset`, `IndexFile.selectPhyOffset` (5.3.3), which miss messages of the first second.
 */
export async function findOffsets(
  files: readonly IndexFile[],
  layout: IndexLayout,
  query: KeyQuery,
): Promise<number[]> {
  const found: number[] = []
  for (const file of files.toReversed()) {
    if (found.length >= query.max) break
    if (touches(file, query)) await walk(file, layout, query, found)
    if (file.header.beginTimestamp < query.begin) break
  }
  return [...new Set(found)].sort((left, right) => left - right)
}

function touches({ header }: IndexFile, { begin, end }: KeyQuery): boolean {
  return header.next > 1 && begin <= header.endTimestamp && end >= header.beginTimestamp - SECOND_MS
}

/** Follows the chain of the slot from the newest entry to the oldest. */
async function walk(file: IndexFile, layout: IndexLayout, query: KeyQuery, found: number[]): Promise<void> {
  const window = Buffer.allocUnsafe(Math.min(WINDOW_ENTRIES, layout.entries) * INDEX_ENTRY_BYTES)
  const { beginTimestamp } = file.header
  let first = 0
  let held = 0
  for (let entry = await file.newestEntry(query.hash % layout.slots); entry > 0 && found.length < query.max; ) {
    if (entry < first || entry >= first + held) {
      // What is in the file and what only memory has are read apart.
      const oldest = entry < file.written ? 1 : file.written
      first = Math.max(oldest, entry - window.length / INDEX_ENTRY_BYTES + 1)
      held = await file.readEntries(window, first)
      if (entry >= first + held) return
    }
    const at = (entry - first) * INDEX_ENTRY_BYTES
    // The first entry's seconds count from the end of the file before.
    const time = beginTimestamp + (entry === 1 ? 0 : window.readInt32BE(at + INDEX_ENTRY.seconds) * 1000)
    if (time + SECOND_MS < query.begin) return
    if (window.readInt32BE(at) === query.hash && time <= query.end) {
      found.push(readInt64(window, at + INDEX_ENTRY.physicalOffset))
    }
    const previous = window.readInt32BE(at + INDEX_ENTRY.previous)
    // An entry never leads to a newer one, whatever the file says.
    entry = previous < entry ? previous : 0
  }
}
