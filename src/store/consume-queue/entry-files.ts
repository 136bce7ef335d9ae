// Hot path: an entry for every message.

import { join } from 'node:path'
import { readInt64 } from '../../base/bytes/index.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { type SegmentLayout, segmentName } from '../segments/segment-layout.ts'
import { blankEntries, type EntryForm } from './entry.ts'
import { type EntryRange, QueueTail } from './queue-tail.ts'

/** Bytes that a search reads at once: they cost what a single entry costs. */
const WINDOW_BYTES = 4096
const scratch = Buffer.allocUnsafeSlow(WINDOW_BYTES)

/** What a queue needs to know of the log. */
export interface HotLog {
  /** From here on records are in memory. */
  readonly hotStart: number
  /** Where the log begins; 0 while the store is being opened. */
  readonly start: number
}

/** What {@link EntryFiles} are made of. */
export interface EntryFilesParts {
  readonly form: EntryForm
  readonly layout: SegmentLayout
  readonly open: OpenFiles
  readonly log: HotLog
}

/**
 * Entries of equal length, one behind the other, in files of equal length. New ones gather in memory and are written in
 * batches, since the log can restore them; they stay in memory as long as their records do. An entry is named by its
 * place: 0 for the first one the queue ever had.
 *
 * start ≤ hotStart ≤ end and written ≤ end: in memory are `[hotStart, end)`, in the files `[start, written)`.
 */
export class EntryFiles {
  readonly entryBytes: number
  readonly #parts: EntryFilesParts
  readonly #tail: QueueTail
  readonly #fileBytes: number
  #loadedFiles: SegmentFiles | undefined
  /** Entries below this are in the files. */
  #written = 0
  /** Up to here the files are on the disk. */
  #flushed = 0
  /** The greatest end that there was before entries were cut off. */
  #cutFrom = 0

  constructor(parts: EntryFilesParts) {
    this.#parts = parts
    this.entryBytes = parts.form.bytes
    this.#tail = new QueueTail(parts.form.bytes)
    this.#fileBytes = parts.layout.fileBytes
  }

  /**
   * Finds out from the files which entries there are. Entries are written in order, so those of a file are a prefix of
   * it.
   */
  load(): void {
    if (this.#files.isEmpty) return
    const { start, fileBytes } = this.#files
    const { form } = this.#parts
    let end = start / this.entryBytes
    for (let fileEnd = this.#files.end; fileEnd > start; fileEnd -= fileBytes) {
      const first = (fileEnd - fileBytes) / this.entryBytes
      end = this.search(first, fileEnd / this.entryBytes, (entry) => !form.isWritten(entry))
      if (end > first) break
    }
    this.cutAt(end)
    this.#flushed = end
  }

  /** Believes a note about the end instead of looking at the files. */
  takeAsLeft(end: number): void {
    this.#written = end
    this.#flushed = end
    this.#tail.restartAt(end)
  }

  /** When the last file was changed; `undefined` when it is not there. */
  lastChangeMs(): number | undefined {
    const { layout, open } = this.#parts
    const last = (this.end - 1) * this.entryBytes
    const facts = open.files.facts(join(layout.directory, segmentName(last - (last % this.#fileBytes))))
    return facts?.bytes === this.#fileBytes ? facts.modifiedMs : undefined
  }

  /** First place that files or memory hold. */
  get start(): number {
    return this.#files.isEmpty ? this.hotStart : Math.min(this.#files.start / this.entryBytes, this.hotStart)
  }

  /** Place of the next entry. */
  get end(): number {
    return this.#tail.end
  }

  /** First place in memory. */
  get hotStart(): number {
    return this.#tail.start
  }

  get written(): number {
    return this.#written
  }

  /** The memory that {@link put} writes into. */
  get memory(): Buffer {
    return this.#tail.bytes
  }

  /** Adds an entry; returns where it begins in {@link memory}, for what its kind has more than others. */
  put(physicalOffset: number, size: number, tagsCode: number): number {
    if (this.#tail.isFull) this.#tail.makeRoom(this.#written, this.#parts.log.hotStart)
    return this.#tail.put(physicalOffset, size, tagsCode)
  }

  /** The entries in memory from `place` (at least {@link hotStart}) on; valid until the next {@link put}. */
  hot(place: number): EntryRange {
    return this.#tail.from(place)
  }

  /** Writes the entries that only memory holds. Files that begin with a later entry get blank ones in front. */
  writeOut(): void {
    while (this.#written < this.end) {
      const position = this.#written * this.entryBytes
      const filled = position % this.#fileBytes
      if (this.#files.isEmpty && filled !== 0) this.#files.writeSync(blankEntries(filled), position - filled)
      const end = Math.min(this.end, this.nextFile(this.#written))
      this.#files.writeSync(this.#tail.bytesOf(this.#written, end), position)
      this.#written = end
    }
  }

  /** Gives back the memory of entries that are all in the files. */
  forgetHot(): void {
    if (this.#written === this.end) this.#tail.restartAt(this.end)
  }

  /** Resolves when the entries in the files are on the disk. */
  async datasync(): Promise<void> {
    const target = this.#written
    if (this.#flushed >= target) return
    await this.#files.datasync(this.#flushed * this.entryBytes, target * this.entryBytes)
    this.#flushed = target
  }

  /** Reads entries within one file; resolves to the number of bytes. */
  async readFile(into: Buffer, place: number): Promise<number> {
    return this.#files.read(into, place * this.entryBytes)
  }

  /** {@link readFile}, at once. */
  readFileSync(into: Buffer, place: number): number {
    return this.#files.readSync(into, place * this.entryBytes)
  }

  /** Entries of a file. */
  get perFile(): number {
    return this.#fileBytes / this.entryBytes
  }

  /** First place of the file behind the one that holds `place`. */
  nextFile(place: number): number {
    return place - (place % this.perFile) + this.perFile
  }

  /** A copy of one entry, at once: for start-up and clean-up. Zeros where nothing is. */
  entrySync(place: number): Buffer {
    const entry = Buffer.alloc(this.entryBytes)
    if (this.#tail.has(place)) entry.set(this.#tail.bytesOf(place, place + 1))
    else this.readFileSync(entry, place)
    return entry
  }

  /** First place of `[low, high)` for whose entry `isBehind` holds, else `high`; at once, for start-up and clean-up. */
  search(low: number, high: number, isBehind: (entry: Buffer) => boolean): number {
    const { entryBytes } = this
    let from = low
    let to = high
    let window: Buffer | undefined
    let first = 0
    while (from < to) {
      if (window === undefined && (to - from) * entryBytes <= WINDOW_BYTES) {
        window = this.#windowSync(from, to)
        first = from
      }
      const middle = Math.floor((from + to) / 2)
      const at = (middle - first) * entryBytes
      if (isBehind(window?.subarray(at, at + entryBytes) ?? this.entrySync(middle))) to = middle
      else from = middle + 1
    }
    return from
  }

  /** The entries `[from, to)` when one read brings them; valid until the next search. */
  #windowSync(from: number, to: number): Buffer | undefined {
    const isInMemory = to > this.hotStart && from < this.end
    if (isInMemory || to > this.nextFile(from)) return undefined
    const window = scratch.subarray(0, (to - from) * this.entryBytes)
    window.fill(0, this.readFileSync(window, from))
    return window
  }

  /** Makes `place` the end, and the beginning too when nothing is held before it; in memory only. */
  cutAt(place: number): void {
    this.#cutFrom = Math.max(this.#cutFrom, this.end)
    if (place >= this.hotStart && place <= this.end) {
      this.#tail.cutAt(place)
      this.#written = Math.min(this.#written, place)
    } else {
      if (place * this.entryBytes < this.#files.start) this.#files.removeFrom(0)
      this.#tail.restartAt(place)
      this.#written = place
    }
    this.#flushed = Math.min(this.#flushed, place)
  }

  /** Removes the files and all entries; the next one is at `place`. */
  restartAt(place: number): void {
    this.#files.removeFrom(0)
    this.#tail.restartAt(place)
    this.#written = place
    this.#flushed = place
  }

  /** Writes all, and ends the files at the last entry, so that no stale one comes back. Memory keeps nothing. */
  settle(): void {
    this.writeOut()
    this.#tail.restartAt(this.end)
    if (this.#files.isEmpty) return
    // Where no entry is left, the name of an empty file tells which one comes next.
    this.#files.cutAt(this.end * this.entryBytes, this.#cutFrom * this.entryBytes, this.end > 0)
    // The zeros, and the length of a file that was too short, must reach the disk even if no entry is new.
    this.#flushed = Math.min(this.#flushed, Math.max(0, this.#written - 1))
  }

  /**
   * Removes files all of whose records lie before `logStart`, but never the last; resolves to how many.
   * Apache: `MappedFileQueue.deleteExpiredFileByOffset` (5.3.3).
   */
  async removeBefore(logStart: number): Promise<number> {
    // With so few entries there is one file; most queues are not even looked at.
    if (this.end <= this.perFile) return 0
    const { isWritten } = this.#parts.form
    for (let removed = 0; ; removed++) {
      const last = this.entrySync(this.nextFile(this.#files.start / this.entryBytes) - 1)
      if (!isWritten(last) || readInt64(last, 0) >= logStart) return removed
      // A loss of power must not bring back a file without the next one.
      if (removed > 0) await this.#files.syncNames()
      if (!this.#files.removeFirst()) return removed
    }
  }

  /** Whether there is a file behind the one that the next entry goes to; a crash may leave such. */
  get hasStrayFiles(): boolean {
    return this.#files.startFrom(this.end * this.entryBytes + 1) !== undefined
  }

  /** Whether there are files, but no entry in them. */
  get hasOnlyEmptyFiles(): boolean {
    return !this.isEmpty && this.start === this.end
  }

  /** Whether there is no file. */
  get isEmpty(): boolean {
    return this.#files.isEmpty
  }

  /** Removes the folder. */
  removeAll(): void {
    this.#files.removeAll()
  }

  /** Gives files that a crash left too short their length. */
  complete(): void {
    this.#files.complete()
  }

  /** After a crash: the names of the files are not known to be on the disk. */
  noteNames(root: string): void {
    this.#files.noteNames(root)
  }

  /** Closes the files; whoever calls this removes them. */
  release(): void {
    this.#loadedFiles?.releaseAll()
  }

  /** Files of queues that nobody uses are never looked at. */
  get #files(): SegmentFiles {
    this.#loadedFiles ??= SegmentFiles.load(this.#parts.layout, this.#parts.open)
    return this.#loadedFiles
  }
}
