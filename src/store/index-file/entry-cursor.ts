// Hot path: a check passes every entry of the index through here.

import { readInt64Of, viewOf } from '../../base/bytes/index.ts'
import type { OpenFile } from '../../base/files/index.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import type { IndexFile } from './index-file.ts'
import {
  entryPosition,
  INDEX_ENTRY,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  type IndexLayout,
  SLOT_BYTES,
} from './layout.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 10_000

/** What an {@link EntryCursor} works with. */
export interface EntryCursorParts {
  readonly files: readonly IndexFile[]
  readonly layout: IndexLayout
  readonly open: OpenFiles
  /** After a crash the slots in the files are not the newest. */
  readonly isComplete: boolean
  readonly report: (problem: string) => void
}

/**
 * Goes through the entries of all index files in order, checking on the way that each goes on where the chain of its
 * slot ended.
 */
export class EntryCursor {
  readonly #parts: EntryCursorParts
  /** What the slots of the present file hold after the entries so far. */
  readonly #slots: Buffer
  readonly #slotsView: DataView
  readonly #window: Buffer
  readonly #view: DataView
  #file = -1
  #opened: OpenFile | undefined
  #next = 0
  /** Number of the first entry in the window, and of the one behind those that can be believed. */
  #windowStart = 0
  #soundEnd = 0
  /** The entries behind {@link #soundEnd} cannot be believed. */
  #isBroken = false
  #used = 0
  /** False: behind the last entry of the last file. */
  isThere = true
  /** Of the present entry. */
  number = 0
  hash = 0
  offset = 0

  constructor(parts: EntryCursorParts) {
    this.#parts = parts
    this.#slots = Buffer.alloc(parts.layout.slots * SLOT_BYTES)
    this.#slotsView = viewOf(this.#slots)
    this.#window = Buffer.allocUnsafe(Math.min(WINDOW_ENTRIES, parts.layout.entries) * INDEX_ENTRY_BYTES)
    this.#view = viewOf(this.#window)
    this.advance()
  }

  /** Name of the present file. */
  get name(): string {
    const path = this.#parts.files[this.#file]?.path ?? ''
    return path.slice(this.#parts.layout.directory.length + 1)
  }

  /** Goes to the next entry. */
  advance(): void {
    while (this.#opened === undefined || !this.#readEntry()) {
      this.#close()
      if (!this.#openNext()) {
        this.isThere = false
        return
      }
    }
  }

  /** False: the file has no more entries, or none that can be believed. */
  #readEntry(): boolean {
    if (this.#next >= this.#soundEnd && !this.#readWindow()) return false
    const at = (this.#next - this.#windowStart) * INDEX_ENTRY_BYTES
    this.number = this.#next++
    this.hash = this.#view.getInt32(at)
    this.offset = readInt64Of(this.#view, at + INDEX_ENTRY.physicalOffset)
    return true
  }

  /**
   * Reads the next entries of the file; false: there are none, or none that can be believed. Their chains are checked
   * at once: in a loop without anything else the machine waits for several slots at a time.
   */
  #readWindow(): boolean {
    const { next: end } = this.#parts.files[this.#file]?.header ?? { next: 0 }
    if (this.#next >= end) {
      this.#checkSlots()
      return false
    }
    if (this.#isBroken) return false
    const { layout, report } = this.#parts
    this.#opened?.readSync(this.#window, entryPosition(layout, this.#next))
    this.#windowStart = this.#next
    const windowEnd = Math.min(end, this.#next + this.#window.length / INDEX_ENTRY_BYTES)
    this.#soundEnd = this.#checkChains(this.#next, windowEnd, layout.slots)
    if (this.#soundEnd === windowEnd) return true
    this.#isBroken = true
    report(`index file ${this.name}: entry ${this.#soundEnd} does not continue the chain of its slot`)
    return this.#soundEnd > this.#next
  }

  /** Number of the first entry of the window that does not continue the chain of its slot, else `end`. */
  #checkChains(start: number, end: number, slotCount: number): number {
    const view = this.#view
    const slots = this.#slotsView
    let used = 0
    let number = start
    for (let at = 0; number < end; number++, at += INDEX_ENTRY_BYTES) {
      const hash = view.getInt32(at)
      if (hash < 0) break
      const slotAt = (hash % slotCount) * SLOT_BYTES
      const previous = slots.getInt32(slotAt)
      if (view.getInt32(at + INDEX_ENTRY.previous) !== previous) break
      if (previous === 0) used++
      slots.setInt32(slotAt, number)
    }
    this.#used += used
    return number
  }

  /** At the end of a file: do its header and its slots say what its entries say? */
  #checkSlots(): void {
    const { files, isComplete, report } = this.#parts
    const slotsUsed = files[this.#file]?.header.slotsUsed
    if (this.#used !== slotsUsed) {
      report(`index file ${this.name}: ${this.#used} slots are used, its header says ${slotsUsed}`)
    }
    if (!isComplete) return
    const slots = Buffer.allocUnsafe(this.#slots.length)
    this.#opened?.readSync(slots, INDEX_HEADER_BYTES)
    if (!slots.equals(this.#slots)) report(`index file ${this.name}: its slots do not lead to its newest entries`)
  }

  #openNext(): boolean {
    this.#file++
    const file = this.#parts.files[this.#file]
    if (file === undefined) return false
    this.#opened = this.#parts.open.files.open(file.path, { readOnly: true })
    this.#slots.fill(0)
    this.#next = 1
    this.#soundEnd = 1
    this.#isBroken = false
    this.#used = 0
    return true
  }

  #close(): void {
    this.#opened?.close()
    this.#opened = undefined
  }

  /** Closes the file at hand. */
  close(): void {
    this.#close()
  }
}
