// Hot path: after a crash every entry of the newest index file passes here.

import { readInt64 } from '../../base/bytes/index.ts'
import type { IndexFile } from './index-file.ts'
import { INDEX_ENTRY, INDEX_ENTRY_BYTES, type IndexLayout } from './layout.ts'
import { Slots } from './slots.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 50_000

/** Most that an entry's time, which has whole seconds, lies before that of its message. */
const SECOND_MS = 999

/** The entries of one record. */
interface RecordEntries {
  offset: number
  seconds: number
  /** Number of its first entry. */
  first: number
  /** Slots it changed, and what each held before. */
  readonly slots: number[]
  readonly previous: number[]
}

/** How far the entries of a file can be believed. */
interface Believed {
  /** Number of the first entry that is not, or is none. */
  readonly next: number
  readonly slots: Slots
  readonly slotsUsed: number
  /** Ends in front of an entry of a record at or behind the wanted position. */
  readonly isAtPosition: boolean
  readonly last: RecordEntries
  /** The record before the last. */
  readonly before: { readonly offset: number; readonly seconds: number }
}

/**
 * Rebuilds a file's slots from its entries and cuts it where they end to be believable, or reach `position` of the log.
 * An entry is believed when it goes on where the chain of its slot ended, at the same or a later place of the log, so
 * pages that a loss of power took are noticed. Where something is missing, and at the end of the last file unless a
 * `position` is given, the last record's entries are given up, since they may not be complete.
 */
export async function restoreIndexFile(
  file: IndexFile,
  layout: IndexLayout,
  position: number,
  isLastFile: boolean,
): Promise<'whole' | 'cut' | 'empty'> {
  const { header } = file
  const { next, slots, slotsUsed, isAtPosition, last, before } = await believe(file, layout, position)
  if (next === header.next && (!isLastFile || Number.isFinite(position))) {
    file.replace({ ...header, slotsUsed }, slots)
    return 'whole'
  }
  const { beginOffset, beginTimestamp } = header
  const cutBehind = ({ offset, seconds }: Believed['before'], end: number, used: number): 'cut' => {
    const endTimestamp = Math.min(header.endTimestamp, beginTimestamp + seconds * 1000 + SECOND_MS)
    file.replace({ beginOffset, beginTimestamp, endOffset: offset, endTimestamp, slotsUsed: used, next: end }, slots)
    return 'cut'
  }
  if (isAtPosition && next > 1) return cutBehind(last, next, slotsUsed)
  if (last.first === 1) return 'empty'
  for (let at = last.slots.length - 1; at >= 0; at--) slots.set(last.slots[at] as number, last.previous[at] as number)
  const emptied = last.previous.filter((previous) => previous === 0).length
  return cutBehind(before, last.first, slotsUsed - emptied)
}

async function believe(file: IndexFile, layout: IndexLayout, position: number): Promise<Believed> {
  const { header } = file
  const slots = new Slots(layout.slots)
  const window = Buffer.allocUnsafeSlow(Math.min(WINDOW_ENTRIES, layout.entries) * INDEX_ENTRY_BYTES)
  const view = new DataView(window.buffer, window.byteOffset, window.length)
  const last: RecordEntries = { offset: header.beginOffset, seconds: 0, first: 1, slots: [], previous: [] }
  const before = { offset: 0, seconds: 0 }
  let slotsUsed = 0
  let next = 1
  let isAtPosition = false
  for (let isSound = true; isSound && next < header.next; ) {
    const held = await file.readEntries(window, next)
    const end = Math.min(next + held, header.next)
    isSound = held > 0
    for (let at = 0; next < end; at += INDEX_ENTRY_BYTES, next++) {
      const hash = view.getInt32(at)
      const offset = readInt64(window, at + INDEX_ENTRY.physicalOffset)
      const previous = view.getInt32(at + INDEX_ENTRY.previous)
      const slot = hash % layout.slots
      const isInOrder = next === 1 ? offset === header.beginOffset : offset >= last.offset
      isAtPosition = isInOrder && offset >= position
      isSound = hash >= 0 && isInOrder && !isAtPosition && previous === slots.get(slot)
      if (!isSound) break
      if (offset !== last.offset) {
        before.offset = last.offset
        before.seconds = last.seconds
        last.offset = offset
        last.first = next
        last.slots.length = 0
        last.previous.length = 0
      }
      last.seconds = view.getInt32(at + INDEX_ENTRY.seconds)
      last.slots.push(slot)
      last.previous.push(previous)
      if (previous === 0) slotsUsed++
      slots.set(slot, next)
    }
  }
  return { next, slots, slotsUsed, isAtPosition, last, before }
}
