import { join } from 'node:path'
import { readInt64 } from '../../base/bytes/index.ts'
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

/** One entry of some file, as the cursor goes through all of them. */
interface Entry {
  readonly file: string
  readonly number: number
  readonly hash: number
  readonly offset: number
}

/**
 * Checks the index against the log: every chain is whole, every entry points to a record with such a key, and every key of a record has an entry.
 * Records must be given in the order of the log. Changes nothing.
 */
export class IndexCheck {
  readonly #layout: IndexLayout
  readonly #open: OpenFiles
  readonly #report: (problem: string) => void
  readonly #files: IndexFile[] = []
  readonly #entries: Iterator<Entry>
  readonly #slots: Buffer
  #next: Entry | undefined
  /** After a crash what is behind the end of the index is not missing: opening the store adds it. */
  readonly #isComplete: boolean
  /** Why the last file cannot be read, when a crash may be the reason: opening the store makes it anew. */
  readonly unfinished: string | undefined

  constructor(layout: IndexLayout, open: OpenFiles, isComplete: boolean, report: (problem: string) => void) {
    this.#layout = layout
    this.#open = open
    this.#report = report
    this.#isComplete = isComplete
    this.#slots = Buffer.alloc(layout.slots * SLOT_BYTES)
    const names = open.files.list(layout.directory).filter((one) => isIndexFileName(one.name))
    for (const [at, { name }] of names.entries()) {
      const file = openIndexFile(join(layout.directory, name), layout, open, this.#files.at(-1)?.header.endOffset ?? 0)
      if (file instanceof IndexFile) this.#files.push(file)
      else if (isComplete || at < names.length - 1) report(`index file ${name}: ${file}`)
      else this.unfinished = `index file ${name}: ${file}`
    }
    this.#entries = this.#all()
    this.#advance()
  }

  /** Compares a record's keys, which have these hashes, with the entries that point to it. */
  record(position: number, hashes: readonly number[]): void {
    const first = this.#files[0]?.header
    const last = this.#files.at(-1)?.header
    if (first === undefined || last === undefined || position < first.beginOffset) return
    while (this.#next !== undefined && this.#next.offset < position) this.#wrong(this.#next)
    const missing = [...hashes]
    for (let entry = this.#next; entry?.offset === position; entry = this.#next) {
      if (!hashes.includes(entry.hash)) this.#wrong(entry)
      else {
        const at = missing.indexOf(entry.hash)
        // Apache's broker indexes the last record twice when it starts.
        if (at >= 0) missing.splice(at, 1)
        this.#advance()
      }
    }
    if (missing.length === 0 || (position >= last.endOffset && !this.#isComplete)) return
    this.#report(`log position ${position}: ${missing.length} of ${hashes.length} keys are not in the index`)
  }

  /** Entries of all files. */
  get keys(): number {
    return this.#files.reduce((sum, { header }) => sum + header.next - 1, 0)
  }

  /** Log position of the last indexed record, -1 for none. */
  get end(): number {
    const last = this.#files.at(-1)?.header
    return last === undefined || (last.next <= 1 && last.endOffset === 0) ? -1 : last.endOffset
  }

  /** To be called behind the last record of the log, which ends there; returns how many entries point behind that. */
  finish(logEnd: number): number {
    let behind = 0
    while (this.#next !== undefined) {
      if (this.#next.offset < logEnd) this.#wrong(this.#next)
      else {
        behind++
        this.#advance()
      }
    }
    return behind
  }

  /** Skips entries of records that left the log. */
  begin(logStart: number): void {
    while (this.#next !== undefined && this.#next.offset < logStart) this.#advance()
  }

  #wrong({ file, number, offset }: Entry): void {
    this.#report(`index file ${file}: entry ${number} points to ${offset}, where no record has such a key`)
    this.#advance()
  }

  #advance(): void {
    const { value, done } = this.#entries.next()
    this.#next = done === true ? undefined : value
  }

  *#all(): Generator<Entry, undefined> {
    for (const file of this.#files) yield* this.#entriesOf(file)
    return undefined
  }

  *#entriesOf(file: IndexFile): Generator<Entry> {
    const layout = this.#layout
    const name = file.path.slice(layout.directory.length + 1)
    const opened = this.#open.files.open(file.path, { readOnly: true })
    const { next, slotsUsed } = file.header
    const window = Buffer.allocUnsafe(Math.min(WINDOW_ENTRIES, layout.entries) * INDEX_ENTRY_BYTES)
    this.#slots.fill(0)
    let used = 0
    try {
      for (let number = 1, at = window.length; number < next; number++, at += INDEX_ENTRY_BYTES) {
        if (at === window.length) {
          opened.readSync(window, entryPosition(layout, number))
          at = 0
        }
        const hash = window.readInt32BE(at)
        const slotAt = (hash % layout.slots) * SLOT_BYTES
        const previous = hash < 0 ? -1 : this.#slots.readInt32BE(slotAt)
        if (window.readInt32BE(at + INDEX_ENTRY.previous) !== previous) {
          this.#report(`index file ${name}: entry ${number} does not continue the chain of its slot`)
          return
        }
        if (previous === 0) used++
        this.#slots.writeInt32BE(number, slotAt)
        yield { file: name, number, hash, offset: readInt64(window, at + INDEX_ENTRY.physicalOffset) }
      }
      if (used !== slotsUsed) this.#report(`index file ${name}: ${used} slots are used, its header says ${slotsUsed}`)
      if (!this.#isComplete) return
      const slots = Buffer.allocUnsafe(this.#slots.length)
      opened.readSync(slots, INDEX_HEADER_BYTES)
      if (!slots.equals(this.#slots)) this.#report(`index file ${name}: its slots do not lead to its newest entries`)
    } finally {
      opened.close()
    }
  }
}
