// Hot path: every record of a checked log passes here.

import { join } from 'node:path'
import type { OpenFiles } from '../segments/open-files.ts'
import { EntryCursor } from './entry-cursor.ts'
import { isIndexFileName } from './file-name.ts'
import { IndexFile } from './index-file.ts'
import type { IndexLayout } from './layout.ts'
import { openIndexFile } from './open-index-file.ts'

/**
 * Checks the index against the log: every chain is whole, every entry points to a record with such a key, and every key
 * of a record has an entry. Records must be given in the order of the log. Changes nothing.
 */
export class IndexCheck {
  readonly #report: (problem: string) => void
  readonly #files: IndexFile[] = []
  readonly #entries: EntryCursor
  readonly #beginOffset: number
  readonly #endOffset: number
  /** After a crash what is behind the end of the index is not missing: opening the store adds it. */
  readonly #isComplete: boolean
  /** Why the last file cannot be read, when a crash may be the reason: opening the store makes it anew. */
  readonly unfinished: string | undefined

  constructor(layout: IndexLayout, open: OpenFiles, isComplete: boolean, report: (problem: string) => void) {
    this.#report = report
    this.#isComplete = isComplete
    const names = open.files.list(layout.directory).filter((one) => isIndexFileName(one.name))
    for (const [at, { name }] of names.entries()) {
      const file = openIndexFile(join(layout.directory, name), layout, open, this.#files.at(-1)?.header.endOffset ?? 0)
      if (file instanceof IndexFile) this.#files.push(file)
      else if (isComplete || at < names.length - 1) report(`index file ${name}: ${file}`)
      else this.unfinished = `index file ${name}: ${file}`
    }
    this.#beginOffset = this.#files[0]?.header.beginOffset ?? Number.POSITIVE_INFINITY
    this.#endOffset = this.#files.at(-1)?.header.endOffset ?? 0
    this.#entries = new EntryCursor({ files: this.#files, layout, open, isComplete, report })
  }

  /**
   * Compares a record's keys, which have the hashes from number `first` of the list on, with the entries that point to
   * it.
   */
  record(position: number, all: readonly number[], first = 0): void {
    const entries = this.#entries
    if (position < this.#beginOffset) return
    while (entries.isThere && entries.offset < position) this.#wrong()
    let next = first
    while (entries.offset === position && entries.hash === all[next] && entries.isThere) {
      next++
      entries.advance()
    }
    if (next === all.length && (entries.offset !== position || !entries.isThere)) return
    this.#compare(position, all.slice(first), all.slice(next))
  }

  /** {@link record} for a record whose entries are not simply its keys in order. */
  #compare(position: number, hashes: readonly number[], missing: number[]): void {
    const entries = this.#entries
    while (entries.isThere && entries.offset === position) {
      const at = missing.indexOf(entries.hash)
      // Apache's broker indexes the last record twice when it starts.
      if (at < 0 && !hashes.includes(entries.hash)) this.#wrong()
      else {
        if (at >= 0) missing.splice(at, 1)
        entries.advance()
      }
    }
    if (missing.length === 0 || (position >= this.#endOffset && !this.#isComplete)) return
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
    while (this.#entries.isThere) {
      if (this.#entries.offset < logEnd) this.#wrong()
      else {
        behind++
        this.#entries.advance()
      }
    }
    return behind
  }

  /** Skips entries of records that left the log. */
  begin(logStart: number): void {
    while (this.#entries.isThere && this.#entries.offset < logStart) this.#entries.advance()
  }

  /** Closes the file at hand. */
  close(): void {
    this.#entries.close()
  }

  #wrong(): void {
    const { name, number, offset } = this.#entries
    this.#report(`index file ${name}: entry ${number} points to ${offset}, where no record has such a key`)
    this.#entries.advance()
  }
}
