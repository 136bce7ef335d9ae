// Hot path: every append reserves its place here.

import { BLANK_BYTES, MAGIC } from '../../message/index.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import { AHEAD_BYTES } from '../segments/zeros.ts'
import type { Chunk, HotTail } from './hot-tail.ts'
import { type RecordVisitor, type ScanEnd, scanRecords } from './scan.ts'

/** The file is filled ahead of groups smaller than this: larger ones gain less than the zeros cost. */
const PREPARED_FOR_BYTES_MAX = AHEAD_BYTES / 4
const ZEROS = Buffer.alloc(AHEAD_BYTES)

/**
 * The log of all messages: files of equal length, the newest part in memory as well.
 *
 * minimum ≤ flushed ≤ written ≤ end: on the disk up to `flushed`, in the files up to `written`, in memory up to `end`.
 * Apache: `CommitLog`, `DefaultAppendMessageCallback` (5.3.3).
 */
export class CommitLog {
  readonly #files: SegmentFiles
  readonly #hot: HotTail
  #end: number
  #written: number
  #flushed: number
  #writtenTimestamp = 0
  #flushedTimestamp = 0
  #writtenClockSteps = 0
  #flushedClockSteps = 0
  /** A file was made whose name may not be on the disk. */
  #newFile = false
  /**
   * Up to here bytes of messages that were given up may lie behind the end; nothing is written before they are gone. 0:
   * none.
   */
  #restEnd = 0
  /** Such bytes were overwritten with zeros, which may not be on the disk. */
  #wasCut = false
  /** Up to here the file was filled with zeros ahead of the messages; see {@link prepare}. */
  #prepared = 0

  constructor(files: SegmentFiles, hot: HotTail, end: number) {
    this.#files = files
    this.#hot = hot
    this.#end = end
    this.#written = end
    this.#flushed = end
  }

  /** Where the first file begins. */
  get minimum(): number {
    return this.#files.start
  }

  /** Where the next record begins, unless it needs the next file. */
  get end(): number {
    return this.#end
  }

  get written(): number {
    return this.#written
  }

  get flushed(): number {
    return this.#flushed
  }

  /** Store time of the newest message that is on the disk; 0 until there is one. */
  get flushedTimestamp(): number {
    return this.#flushedTimestamp
  }

  /** How often the clock had stepped back when that message was stored. */
  get flushedClockSteps(): number {
    return this.#flushedClockSteps
  }

  /** From here on reads are answered from memory. */
  get hotStart(): number {
    return Math.min(this.#hot.start, this.#end)
  }

  /**
   * Largest record, or sum of the records of a batch, that fits into a file with the blank record that must close it.
   */
  get recordBytesMax(): number {
    return this.#files.fileBytes - BLANK_BYTES
  }

  get fileBytes(): number {
    return this.#files.fileBytes
  }

  /**
   * Room for `bytes` (at most {@link recordBytesMax}) in one chunk and one file; they begin at the chunk's present end.
   * A file without room for them and 8 more bytes is closed by a blank record, since a blank must always fit.
   */
  reserve(bytes: number): Chunk {
    const fileEnd = this.#files.fileEnd(this.#end)
    if (bytes + BLANK_BYTES > fileEnd - this.#end) {
      const chunk = this.#hot.roomAt(this.#end, BLANK_BYTES, false)
      const at = this.#end - chunk.start
      chunk.view.setInt32(at, fileEnd - this.#end)
      chunk.view.setInt32(at + 4, MAGIC.blank)
      chunk.end += BLANK_BYTES
      this.#end = fileEnd
    }
    return this.#hot.roomAt(this.#end, bytes, this.#end % this.#files.fileBytes === 0)
  }

  /** Takes the bytes that were encoded into the reserved room. */
  advance(chunk: Chunk, bytes: number): void {
    chunk.end += bytes
    this.#end = chunk.end
  }

  /**
   * Writes what was appended since the last call: one write for each chunk. When a write fails everything since then is
   * given up, in memory and as far as possible in the files, and the failure is thrown. `newestTimestamp` is the store
   * time of the last message, `clockSteps` how often the clock had stepped back then.
   */
  write(newestTimestamp: number, clockSteps: number): void {
    try {
      this.#removeRest()
      this.#hot.forEachFrom(this.#written, (bytes, position) => {
        if (position >= this.#files.end) this.#newFile = true
        this.#files.writeSync(bytes, position)
      })
      this.#written = this.#end
      this.#writtenTimestamp = newestTimestamp
      this.#writtenClockSteps = clockSteps
    } catch (failure) {
      this.#rewind()
      throw failure
    }
  }

  /**
   * To be called before each sync that somebody waits for. A sync of bytes in room that the file has not had before
   * takes the disk up to twice as long, since the file system must note the room as well. So the next part of the file
   * is filled with zeros from time to time, and the syncs of the groups to come write in place.
   */
  prepare(): void {
    const from = this.#written
    if (from <= this.#prepared || from - this.#flushed > PREPARED_FOR_BYTES_MAX) return
    const to = Math.min(from + AHEAD_BYTES, this.#files.fileEnd(from))
    this.#prepared = to
    try {
      this.#files.writeSync(ZEROS.subarray(0, to - from), from)
    } catch {
      // There may still be room for messages; only their syncs take longer.
    }
  }

  /** Gives memory back; everything from `keepFrom` on stays. */
  shrink(keepFrom: number): void {
    this.#hot.shrink(Math.min(keepFrom, this.#written))
  }

  /**
   * Resolves when everything written before is on the disk. After a failure the pages may count as clean though they
   * never got there, so what is still in memory is written again, for the next try.
   */
  async datasync(): Promise<void> {
    const target = this.#written
    const targetTimestamp = this.#writtenTimestamp
    const targetClockSteps = this.#writtenClockSteps
    try {
      await this.#files.datasync(this.#flushed, target)
      if (this.#newFile) {
        // Before the wait: a file that is made meanwhile needs another one.
        this.#newFile = false
        await this.#files.syncNames()
      }
      if (target < this.#flushed) return
      this.#flushed = target
      this.#flushedTimestamp = targetTimestamp
      this.#flushedClockSteps = targetClockSteps
    } catch (failure) {
      this.#newFile = true
      this.#hot.forEachFrom(this.#flushed, (bytes, position) => {
        if (position < this.#written) this.#files.writeSync(bytes, position)
      })
      throw failure
    }
  }

  /** The chunk that holds `position`, for views of it. */
  chunkAt(position: number): Chunk | undefined {
    return this.#hot.find(position)
  }

  /** Reads from the files, within one file. */
  readFile(into: Uint8Array, position: number): Promise<number> {
    return this.#files.read(into, position)
  }

  /** Reads records of the files in order, from the beginning of one on. */
  scan(from: number, visit: RecordVisitor): Promise<ScanEnd> {
    return scanRecords(this.#files, from, 'none', visit)
  }

  /** Where the file that holds `position` ends. */
  fileEnd(position: number): number {
    return this.#files.fileEnd(position)
  }

  /** Whether there is a file for `position`; false where one was removed or is missing. */
  holds(position: number): boolean {
    return this.#files.has(position - (position % this.#files.fileBytes))
  }

  /**
   * For a clean stop: leaves nothing behind the last record, neither files that nothing was written to; resolves when
   * that is on the disk.
   */
  async finish(): Promise<void> {
    this.#removeRest()
    this.#files.removeFrom(this.#written)
    if (this.#wasCut) await this.#files.datasync(this.#written - 1, this.#written + 1)
  }

  /** When the oldest file was changed last, epoch ms; `undefined` when nothing of the log can be removed. */
  oldestChangeMs(): number | undefined {
    return this.#isOldestSafe ? this.#files.firstChangeMs() : undefined
  }

  /** Removes the oldest file; resolves to false when it must stay. Rejects with what the file system throws. */
  async removeOldest(): Promise<boolean> {
    if (!this.#isOldestSafe || !this.#files.removeFirst()) return false
    // A loss of power must not bring back a file without the next one: with several disks nothing else keeps their
    // order.
    await this.#files.syncNames()
    return true
  }

  /**
   * Whether the oldest file and the beginning of the next one are on the disk: what is not is not old, whatever a clock
   * says, and a loss of power that left no file at all would make the log begin at 0 again.
   */
  get #isOldestSafe(): boolean {
    return this.#files.fileEnd(this.minimum) < this.#flushed
  }

  #rewind(): void {
    const attempted = Math.min(this.#end, this.#files.fileEnd(this.#written))
    this.#hot.cutAt(this.#written)
    this.#end = this.#written
    this.#restEnd = Math.max(this.#restEnd, attempted)
    try {
      this.#removeRest()
    } catch {
      // The disk refuses even zeros: it is tried again before the next write.
    }
  }

  /** Whole records among them would be taken for messages after a crash, in the place of those that came later. */
  #removeRest(): void {
    if (this.#restEnd === 0) return
    this.#wasCut = true
    this.#files.cutAt(this.#written, Math.max(this.#restEnd, this.#prepared), true)
    this.#restEnd = 0
  }
}
