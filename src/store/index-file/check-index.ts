// Hot path: the checker compares every key of every record.

import { basename, join } from 'node:path'
import { readInt64 } from '../../base/bytes/index.ts'
import type { OpenFile } from '../../base/files/index.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { isIndexFileName } from './file-name.ts'
import { IndexFile } from './index-file.ts'
import {
  entryPosition,
  INDEX_ENTRY,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  type IndexLayout,
  SLOT_BYTES,
} from './layout.ts'
import { openIndexFile } from './open-index-file.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 10_000

/**
 * Checks the index against the log: every chain is whole, every entry points to a record with such a key, and every key of a record has an entry.
 * Records must be given in the order of the log. Changes nothing.
 */
export class IndexCheck {
  readonly #layout: IndexLayout
  readonly #open: OpenFiles
  readonly #report: (problem: string) => void
  readonly #files: IndexFile[] = []
  readonly #slots: Buffer
  readonly #slotsView: DataView
  readonly #window: Buffer
  readonly #view: DataView
  /** After a crash what is behind the end of the index is not missing: opening the store adds it. */
  readonly #isComplete: boolean
  /** The cursor stands in front of entry `#number` of the file, if there is one. */
  #fileNumber = -1
  #file: IndexFile | undefined
  #opened: OpenFile | undefined
  #number = 0
  #used = 0
  /** Where the next entry lies in the window. */
  #at = 0
  /** The entry that comes next; offset -1 for none. */
  #hash = 0
  #offset = -1
  /** Positions of the first and the last indexed record. */
  readonly #beginOffset: number
  readonly #endOffset: number

  constructor(layout: IndexLayout, open: OpenFiles, isComplete: boolean, report: (problem: string) => void) {
    this.#layout = layout
    this.#open = open
    this.#report = report
    this.#isComplete = isComplete
    this.#slots = Buffer.alloc(layout.slots * SLOT_BYTES)
    this.#slotsView = viewOf(this.#slots)
    this.#window = Buffer.allocUnsafeSlow(Math.min(WINDOW_ENTRIES, layout.entries) * INDEX_ENTRY_BYTES)
    this.#view = viewOf(this.#window)
    for (const { name } of open.files.list(layout.directory).filter((one) => isIndexFileName(one.name))) {
      const file = openIndexFile(join(layout.directory, name), layout, open, this.#files.at(-1)?.header.endOffset ?? 0)
      if (file instanceof IndexFile) this.#files.push(file)
      else report(`index file ${name}: ${file}`)
    }
    this.#beginOffset = this.#files[0]?.header.beginOffset ?? Number.POSITIVE_INFINITY
    this.#endOffset = this.#files.at(-1)?.header.endOffset ?? -1
    this.#advance()
  }

  /**
   * Compares a record's keys, which have the hashes from number `first` of the list on, with the entries that point to
   * it.
   */
  record(position: number, hashes: readonly number[], first = 0): void {
    if (position < this.#beginOffset) return
    while (this.#offset >= 0 && this.#offset < position) this.#wrong()
    let next = first
    while (this.#offset === position && this.#hash === hashes[next]) {
      next++
      this.#advance()
    }
    if (next < hashes.length || this.#offset === position) this.#compare(position, hashes.slice(first), next - first)
  }

  /** To be called behind the last record. */
  end(): void {
    while (this.#offset >= 0) this.#wrong()
  }

  /** Skips entries of records that left the log. */
  begin(logStart: number): void {
    while (this.#offset >= 0 && this.#offset < logStart) this.#advance()
  }

  /** Closes what is still open. */
  close(): void {
    this.#opened?.close()
    this.#opened = undefined
  }

  /** {@link record} for a record whose entries are not simply its keys in order; so many of them were. */
  #compare(position: number, hashes: readonly number[], matched: number): void {
    const missing = hashes.slice(matched)
    while (this.#offset === position) {
      if (!hashes.includes(this.#hash)) {
        this.#wrong()
        continue
      }
      // Apache's broker indexes the last record twice when it starts.
      const at = missing.indexOf(this.#hash)
      if (at >= 0) missing.splice(at, 1)
      this.#advance()
    }
    if (missing.length === 0 || (position > this.#endOffset && !this.#isComplete)) return
    this.#report(`log position ${position}: ${missing.length} of ${hashes.length} keys are not in the index`)
  }

  #wrong(): void {
    const [number, offset] = [this.#number - 1, this.#offset]
    this.#report(`index file ${this.#name}: entry ${number} points to ${offset}, where no record has such a key`)
    this.#advance()
  }

  /** Goes to the next entry, of the next file if need be. */
  #advance(): void {
    while (!this.#advanceInFile()) {
      this.close()
      this.#file = this.#files[++this.#fileNumber]
      if (this.#file === undefined) {
        this.#offset = -1
        return
      }
      this.#opened = this.#open.files.open(this.#file.path, { readOnly: true })
      this.#slots.fill(0)
      this.#number = 1
      this.#used = 0
      this.#at = this.#window.length
    }
  }

  /** Goes to the next entry of the file; false: it has no more that can be believed. */
  #advanceInFile(): boolean {
    const [file, opened] = [this.#file, this.#opened]
    if (file === undefined || opened === undefined) return false
    if (this.#number >= file.header.next) {
      this.#checkSlots(file, opened)
      return false
    }
    if (this.#at === this.#window.length) {
      this.#window.fill(0, opened.readSync(this.#window, entryPosition(this.#layout, this.#number)))
      this.#at = 0
    }
    const view = this.#view
    const at = this.#at
    const hash = view.getInt32(at)
    const slotAt = (hash % this.#layout.slots) * SLOT_BYTES
    const previous = hash < 0 ? -1 : this.#slotsView.getInt32(slotAt)
    if (view.getInt32(at + INDEX_ENTRY.previous) !== previous) {
      this.#report(`index file ${this.#name}: entry ${this.#number} does not continue the chain of its slot`)
      return false
    }
    if (previous === 0) this.#used++
    this.#slotsView.setInt32(slotAt, this.#number)
    this.#hash = hash
    this.#offset = readInt64(this.#window, at + INDEX_ENTRY.physicalOffset)
    this.#at = at + INDEX_ENTRY_BYTES
    this.#number++
    return true
  }

  /** Compares the slots of a file that was read to its end with those that its entries ask for. */
  #checkSlots({ header: { slotsUsed } }: IndexFile, opened: OpenFile): void {
    if (this.#used !== slotsUsed) {
      this.#report(`index file ${this.#name}: ${this.#used} slots are used, its header says ${slotsUsed}`)
    }
    if (!this.#isComplete) return
    const slots = Buffer.allocUnsafe(this.#slots.length)
    opened.readSync(slots, INDEX_HEADER_BYTES)
    if (!slots.equals(this.#slots)) {
      this.#report(`index file ${this.#name}: its slots do not lead to its newest entries`)
    }
  }

  get #name(): string {
    return basename(this.#file?.path ?? '')
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
