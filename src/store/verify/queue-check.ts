// Hot path: every record of the log asks here for its entry.

import { readInt64 } from '../../base/bytes/index.ts'
import { BLANK_ENTRY_SIZE, ENTRY, ENTRY_BYTES } from '../consume-queue/entry.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import { type Findings, SENTENCES_MAX } from './findings.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 256

/** Codes at or below this are places in the queue's extension, not tags. Apache: `ConsumeQueueExt.isExtAddr`. */
const EXT_ADDRESS_MAX = -0x8000_0001

/** What a {@link QueueCheck} works with. */
export interface QueueCheckParts {
  /** `topic/queueId`, for sentences. */
  readonly name: string
  readonly files: SegmentFiles
  /** Where the log begins; entries of records before that are past. */
  readonly logStart: number
  /** After a stop that was not clean: entries that are not there yet are pending, for the next start makes them. */
  readonly isClean: boolean
  readonly problems: Findings
  readonly pending: Findings
}

/**
 * Checks the entries of one queue against the log. Records are given in the order of the log, so their queue offsets mostly ascend:
 * entries passed over on the way belong to no record. Reads each entry once and changes nothing.
 */
export class QueueCheck {
  readonly #parts: QueueCheckParts
  readonly #window: Buffer
  #windowStart = 0
  #windowEnd = 0
  /** Entries below this were judged. */
  #next: number
  #min: number | undefined
  /** Records without an entry, at least until the topic turns out to have been made again. */
  #missing: { readonly offset: number; readonly position: number }[] = []
  #missingCount = 0
  /** Records whose offset a later record took: the topic was deleted and made again. */
  superseded = 0

  constructor(parts: QueueCheckParts) {
    this.#parts = parts
    const fileEntries = parts.files.fileBytes / ENTRY_BYTES
    this.#window = Buffer.alloc(Math.min(WINDOW_ENTRIES, fileEntries) * ENTRY_BYTES)
    this.#next = parts.files.start / ENTRY_BYTES
  }

  /** First offset whose record the log has; the end when there is none. */
  get min(): number {
    return this.#min ?? this.#next
  }

  /** Behind the last entry; after {@link end}. */
  get max(): number {
    return this.#next
  }

  /** Judges the entry of a record. */
  record(offset: number, position: number, size: number, tagsCode: number): void {
    while (this.#next < offset && this.#skip());
    const firstMissing = this.#missing[0]
    if (firstMissing !== undefined && offset <= firstMissing.offset) {
      this.superseded += this.#missingCount
      this.#missing = []
      this.#missingCount = 0
    }
    const at = this.#at(offset)
    if (at < 0) {
      this.#missingCount++
      if (this.#missing.length < SENTENCES_MAX) this.#missing.push({ offset, position })
      return
    }
    const target = readInt64(this.#window, at)
    if (offset < this.#next && target !== position) {
      this.#wrong(offset, at, position, size)
      return
    }
    if (target > position) {
      // It may be right for a later record with the same offset, and is judged there.
      this.superseded++
      return
    }
    if (target !== position || this.#window.readInt32BE(at + ENTRY.size) !== size)
      this.#wrong(offset, at, position, size)
    else this.#judgeCode(offset, at, tagsCode)
    this.#min ??= offset
    this.#next = offset + 1
  }

  /** To be called behind the last record of the log, which ends there. */
  end(logEnd: number): void {
    const { isClean, name, pending, problems, files } = this.#parts
    let behind = 0
    for (let at = this.#at(this.#next, true); at >= 0; at = this.#at(this.#next, true)) {
      const target = readInt64(this.#window, at)
      if (target >= logEnd && this.#window.readInt32BE(at + ENTRY.size) !== BLANK_ENTRY_SIZE) {
        behind++
        this.#next++
      } else if (!this.#skip()) break
    }
    if (behind > 0) {
      const told = isClean ? problems : pending
      told.add(`${name}: ${behind} entries up to ${this.#next - 1} point behind the end of the log`)
    }
    if (!isClean && this.#missingCount > 0) pending.add(`${name}: ${this.#missingCount} records have no entry yet`)
    if (isClean) {
      for (const { offset, position } of this.#missing) {
        problems.add(`log position ${position}: ${name} has no entry ${offset}`)
      }
      const more = this.#missingCount - this.#missing.length
      if (more > 0) problems.add(`${name}: ${more} more records have no entry`)
    }
    const stray = files.starts.find((start) => start > this.#next * ENTRY_BYTES)
    if (stray !== undefined)
      problems.add(`${name} ends at ${this.#next}, but has a file from ${stray / ENTRY_BYTES} on`)
  }

  /** Passes over the next entry, to which no record led; false: there is none. */
  #skip(): boolean {
    const at = this.#at(this.#next, true)
    if (at < 0) return false
    const { name, logStart, problems } = this.#parts
    const target = readInt64(this.#window, at)
    const size = this.#window.readInt32BE(at + ENTRY.size)
    const isPast = size === BLANK_ENTRY_SIZE || target < logStart
    if (!isPast) {
      problems.add(
        `${name} entry ${this.#next} points to ${target} (${size} bytes), where no record of this queue and offset lies`,
      )
    }
    this.#next++
    return true
  }

  #wrong(offset: number, at: number, position: number, size: number): void {
    const target = readInt64(this.#window, at)
    const targetSize = this.#window.readInt32BE(at + ENTRY.size)
    this.#parts.problems.add(
      `${this.#parts.name} entry ${offset} points to ${target} (${targetSize} bytes), not ${position} (${size})`,
    )
  }

  #judgeCode(offset: number, at: number, tagsCode: number): void {
    const code = readInt64(this.#window, at + ENTRY.tagsCode)
    if (code === tagsCode || code <= EXT_ADDRESS_MAX) return
    this.#parts.problems.add(
      `${this.#parts.name} entry ${offset} has the tags code ${code}, its record says ${tagsCode}`,
    )
  }

  /** Where the entry lies in the window, -1 when there is none; a blank one counts only if `isBlankToo`. */
  #at(offset: number, isBlankToo = false): number {
    if (offset < this.#windowStart || offset >= this.#windowEnd) {
      if (offset < 0) return -1
      this.#windowStart = offset
      this.#windowEnd =
        offset + Math.floor(this.#parts.files.readSync(this.#window, offset * ENTRY_BYTES) / ENTRY_BYTES)
      if (offset >= this.#windowEnd) return -1
    }
    const at = (offset - this.#windowStart) * ENTRY_BYTES
    const size = this.#window.readInt32BE(at + ENTRY.size)
    if (size <= 0 || this.#window.readInt32BE(at) < 0) return -1
    return size === BLANK_ENTRY_SIZE && !isBlankToo ? -1 : at
  }
}
