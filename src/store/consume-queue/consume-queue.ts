// Hot path: an entry for every message.

import { join } from 'node:path'
import { readInt64 } from '../../base/bytes/index.ts'
import { topicHash } from '../index-file/key-hash.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles, type SegmentLayout, segmentName } from '../segments/segment-files.ts'
import { BLANK_ENTRY_SIZE, blankEntries, ENTRY, ENTRY_BYTES } from './entry.ts'
import { type EntryRange, QueueTail } from './queue-tail.ts'

/** What a queue needs to know of the log: from where on records are in memory. */
export interface HotLog {
  readonly hotStart: number
}

/** What a {@link ConsumeQueue} is made of. */
export interface ConsumeQueueParts {
  readonly topic: string
  readonly topicBytes: Buffer
  readonly queueId: number
  /** Tells queues apart that had the same name one after the other. */
  readonly serial: number
  readonly layout: SegmentLayout
  readonly open: OpenFiles
  readonly log: HotLog
}

/**
 * The messages of one queue in order: 20 bytes for each, in files of equal length. New entries gather in memory and are written
 * in batches, since the log can restore them; they stay in memory as long as their records do.
 *
 * min ≤ max ≤ next: readable are `[min, max)`; appended, but not readable yet, are `[max, next)`.
 * Apache: `ConsumeQueue` (5.3.3).
 */
export class ConsumeQueue {
  readonly topic: string
  readonly topicBytes: Buffer
  /** With which the hashes of its messages' keys begin. */
  readonly topicHash: number
  readonly queueId: number
  readonly serial: number
  readonly #parts: ConsumeQueueParts
  readonly #log: HotLog
  readonly #fileBytes: number
  #loadedFiles: SegmentFiles | undefined
  /** Offset that the next appended message gets. */
  next = 0
  /** True: the topic was dropped; what still arrives is ignored. */
  dropped = false
  #min = 0
  /** Entries below this are in the files. */
  #written = 0
  /** Up to here the files are on the disk. */
  #flushed = 0
  /** Log position behind the last entry's record; not known after {@link takeAsLeft}. */
  #physicalEnd = 0
  readonly #tail = new QueueTail()

  constructor(parts: ConsumeQueueParts) {
    this.topic = parts.topic
    this.topicBytes = parts.topicBytes
    this.topicHash = topicHash(parts.topic)
    this.queueId = parts.queueId
    this.serial = parts.serial
    this.#parts = parts
    this.#log = parts.log
    this.#fileBytes = parts.layout.fileBytes
  }

  /** Finds out from the files which entries there are. */
  load(): void {
    if (!this.#files.isEmpty) this.#findEnd()
  }

  /** Believes what a clean stop noted instead of looking at the files. */
  takeAsLeft(min: number, max: number): void {
    this.#min = min
    this.#written = max
    this.#flushed = max
    this.#tail.restartAt(max)
    this.next = max
  }

  /** When the last file was changed, for a clean stop to note; `undefined` when it is not there. */
  lastChangeMs(): number | undefined {
    const { layout, open } = this.#parts
    const last = (this.max - 1) * ENTRY_BYTES
    const facts = open.files.facts(join(layout.directory, segmentName(last - (last % this.#fileBytes))))
    return facts?.bytes === this.#fileBytes ? facts.modifiedMs : undefined
  }

  get min(): number {
    return this.#min
  }

  get max(): number {
    return this.#tail.end
  }

  /** First offset in memory. */
  get hotStart(): number {
    return this.#tail.start
  }

  get written(): number {
    return this.#written
  }

  get physicalEnd(): number {
    return this.#physicalEnd
  }

  get isDirty(): boolean {
    return this.#written < this.max
  }

  get unwrittenBytes(): number {
    return (this.max - this.#written) * ENTRY_BYTES
  }

  /** Adds the entry of the next message. */
  put(physicalOffset: number, size: number, tagsCode: number): void {
    if (this.#tail.isFull) this.#tail.makeRoom(this.#written, this.#log.hotStart)
    this.#tail.put(physicalOffset, size, tagsCode)
    this.#physicalEnd = physicalOffset + size
  }

  /** The entries in memory from `offset` (at least {@link hotStart}) on; valid until the next {@link put}. */
  hotEntries(offset: number): EntryRange {
    return this.#tail.from(offset)
  }

  /** Writes the entries that only memory holds. A queue that begins behind 0 gets blank entries in front. */
  writeOut(): void {
    while (this.#written < this.max) {
      const position = this.#written * ENTRY_BYTES
      const filled = position % this.#fileBytes
      if (this.#files.isEmpty && filled !== 0) {
        this.#files.writeSync(blankEntries(filled), position - filled)
      }
      const end = Math.min(this.max, this.nextFileOffset(this.#written))
      this.#files.writeSync(this.#tail.bytesOf(this.#written, end), position)
      this.#written = end
    }
  }

  /** Gives back memory of a queue that nobody wrote to for long. */
  rest(): void {
    if (this.isDirty || this.hotStart === this.max || this.#physicalEnd > this.#log.hotStart) return
    this.#tail.restartAt(this.max)
  }

  /** Resolves when the entries in the files are on the disk. */
  async datasync(): Promise<void> {
    const target = this.#written
    if (this.#flushed >= target) return
    await this.#files.datasync(this.#flushed * ENTRY_BYTES, target * ENTRY_BYTES)
    this.#flushed = target
  }

  /** Reads entries within one file; resolves to the number of bytes. */
  async readFile(into: Buffer, offset: number): Promise<number> {
    return this.#files.read(into, offset * ENTRY_BYTES)
  }

  /** {@link readFile}, at once. */
  readFileSync(into: Buffer, offset: number): number {
    return this.#files.readSync(into, offset * ENTRY_BYTES)
  }

  /** Entries of a file. */
  get fileEntries(): number {
    return this.#fileBytes / ENTRY_BYTES
  }

  /** First offset of the file behind the one that holds `offset`. */
  nextFileOffset(offset: number): number {
    return offset - (offset % this.fileEntries) + this.fileEntries
  }

  /**
   * Forgets the entries of records at or behind `physicalOffset`, in memory only: recovery puts them again. False: there are none.
   */
  rewindTo(physicalOffset: number): boolean {
    if (this.#physicalEnd <= physicalOffset) return false
    this.#truncate(this.#firstEntryFrom(physicalOffset))
    return true
  }

  /**
   * Makes `offset` the next one, for recovery. Behind the end: an empty queue begins there, another one gets blank entries in
   * between. Before the end: an earlier life of the topic ends here.
   */
  continueAt(offset: number): void {
    if (offset < this.max) {
      this.#truncate(offset)
    } else if (this.max === this.#first) {
      this.#files.removeFrom(0)
      this.#truncate(offset)
    } else {
      while (this.max < offset) this.put(0, BLANK_ENTRY_SIZE, 0)
    }
  }

  /** After recovery: writes all, and ends the files at the last entry, so that no stale one comes back. Memory keeps nothing. */
  settle(): void {
    this.writeOut()
    this.#tail.restartAt(this.max)
    if (!this.#files.isEmpty) this.#files.cutAt(this.max * ENTRY_BYTES)
  }

  /** After recovery: goes on behind the last entry. */
  resume(minimumPhysicalOffset: number): void {
    this.next = this.max
    this.correctMin(minimumPhysicalOffset)
  }

  /** Moves the first readable offset to the first entry whose record the log still has. Apache: `correctMinOffset`. */
  correctMin(minimumPhysicalOffset: number): void {
    this.#min = this.max === 0 ? 0 : Math.max(this.#min, this.#firstEntryFrom(minimumPhysicalOffset))
  }

  /** Removes the files. */
  drop(): void {
    this.dropped = true
    this.#files.removeAll()
  }

  /** One entry, at once: for start-up and clean-up. */
  entryAtSync(offset: number): Entry {
    const entry = Buffer.alloc(ENTRY_BYTES)
    if (this.#tail.has(offset)) entry.set(this.#tail.bytesOf(offset, offset + 1))
    else this.#files.readSync(entry, offset * ENTRY_BYTES)
    return { physicalOffset: readInt64(entry, 0), size: entry.readInt32BE(ENTRY.size) }
  }

  /** Files of queues that nobody uses are never looked at. */
  get #files(): SegmentFiles {
    this.#loadedFiles ??= SegmentFiles.load(this.#parts.layout, this.#parts.open)
    return this.#loadedFiles
  }

  /** First offset that files or memory hold. */
  get #first(): number {
    return this.#files.isEmpty ? this.hotStart : Math.min(this.#files.start / ENTRY_BYTES, this.hotStart)
  }

  /** Finds the last entry in the files. Entries are written in order, so those of a file are a prefix of it. */
  #findEnd(): void {
    const { start, fileBytes } = this.#files
    let end = start / ENTRY_BYTES
    for (let fileEnd = this.#files.end; fileEnd > start; fileEnd -= fileBytes) {
      const first = (fileEnd - fileBytes) / ENTRY_BYTES
      end = this.#search(first, fileEnd / ENTRY_BYTES, (entry) => !isValid(entry))
      if (end > first) break
    }
    this.#truncate(end)
    this.#flushed = end
    this.#min = start / ENTRY_BYTES
  }

  /** First offset whose record lies at or behind `physicalOffset`; blank entries stand for records long gone. */
  #firstEntryFrom(physicalOffset: number): number {
    return this.#search(this.#first, this.max, (entry) => {
      return !isValid(entry) || (entry.size !== BLANK_ENTRY_SIZE && entry.physicalOffset >= physicalOffset)
    })
  }

  /** First offset of `[low, high)` for which `isBehind` holds, else `high`. */
  #search(low: number, high: number, isBehind: (entry: Entry) => boolean): number {
    let from = low
    let to = high
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      if (isBehind(this.entryAtSync(middle))) to = middle
      else from = middle + 1
    }
    return from
  }

  /** Makes `offset` the end, and the beginning too when nothing is held before it. */
  #truncate(offset: number): void {
    if (offset >= this.hotStart && offset <= this.max) {
      this.#tail.cutAt(offset)
      this.#written = Math.min(this.#written, offset)
    } else {
      if (offset * ENTRY_BYTES < this.#files.start) this.#files.removeFrom(0)
      this.#tail.restartAt(offset)
      this.#written = offset
    }
    this.#flushed = Math.min(this.#flushed, offset)
    this.#min = this.max === this.#first ? offset : Math.min(this.#min, offset)
    const last = this.max > this.#first ? this.entryAtSync(this.max - 1) : NO_ENTRY
    this.#physicalEnd = last.size === BLANK_ENTRY_SIZE ? 0 : last.physicalOffset + last.size
  }
}

interface Entry {
  readonly physicalOffset: number
  /** 0: nothing was written there. */
  readonly size: number
}

const NO_ENTRY: Entry = { physicalOffset: 0, size: 0 }

function isValid(entry: Entry): boolean {
  return entry.physicalOffset >= 0 && entry.size > 0
}
