// Hot path: an entry for every message.

import { readInt64, writeInt64 } from '../../base/bytes/index.ts'
import { topicHash } from '../index-file/key-hash.ts'
import type { SegmentLayout } from '../segments/segment-layout.ts'
import { BATCH_ENTRY, BLANK_ENTRY_SIZE, batchEnd, batchStart, ENTRY, NOT_COMPACTED, type QueueKind } from './entry.ts'
import { EntryFiles, type EntryFilesParts, type HotLog } from './entry-files.ts'
import { ExtUnits, extPositionOf, writeExtAddress } from './ext-units.ts'
import type { EntryRange } from './queue-tail.ts'

/** What a record brings to its entry. */
export interface QueueEntry {
  readonly physicalOffset: number
  readonly size: number
  readonly tagsCode: number
  readonly storeTimestamp: number
  /** Of its first message. */
  readonly queueOffset: number
  /** Messages in the record; more than one only in a batch queue. */
  readonly messages: number
  /** Which consumers' filters want the message; kept where the queue has units. */
  readonly bitMap: Buffer | undefined
}

/** What a {@link ConsumeQueue} is made of. */
export interface ConsumeQueueParts extends EntryFilesParts {
  readonly topic: string
  readonly topicBytes: Buffer
  readonly queueId: number
  /** Tells queues apart that had the same name one after the other. */
  readonly serial: number
  /** Where the units of a simple queue lie that its entries may point to. */
  readonly extLayout: SegmentLayout
  /** Whether new entries get units. */
  readonly putsUnits: boolean
}

/**
 * The messages of one queue in order. In a simple queue entry `i` is message `i`; in a batch queue an entry stands for
 * the messages of one record, whose offsets it names.
 *
 * min ≤ max ≤ next: readable are `[min, max)`; appended, but not readable yet, are `[max, next)`.
 * Apache: `ConsumeQueue`, `BatchConsumeQueue` (5.3.3).
 */
export class ConsumeQueue {
  readonly topic: string
  readonly topicBytes: Buffer
  /** With which the hashes of its messages' keys begin. */
  readonly topicHash: number
  readonly queueId: number
  readonly serial: number
  readonly kind: QueueKind
  readonly entries: EntryFiles
  readonly #log: HotLog
  readonly #putsUnits: boolean
  /** Units that entries point to, if there are any. */
  readonly units: ExtUnits
  /** Offset that the next appended message gets. */
  next = 0
  /** True: the topic was dropped; what still arrives is ignored. */
  dropped = false
  #min = 0
  /** Offset behind the last message of a batch queue; that of a simple one follows from its entries. */
  #batchMax = 0
  /** Beginning of the log for which `#min` holds. */
  #minFor: number
  /** Log position behind the last entry's record; not known after {@link takeAsLeft}. */
  #physicalEnd = 0

  constructor(parts: ConsumeQueueParts) {
    this.topic = parts.topic
    this.topicBytes = parts.topicBytes
    this.topicHash = topicHash(parts.topic)
    this.queueId = parts.queueId
    this.serial = parts.serial
    this.kind = parts.form.kind
    this.#log = parts.log
    this.entries = new EntryFiles(parts)
    this.#minFor = parts.log.start
    this.units = new ExtUnits(parts.extLayout, parts.open)
    this.#putsUnits = parts.putsUnits && this.kind === 'simple'
  }

  /** Finds out from the files which entries there are. */
  load(): void {
    this.entries.load()
    const { start, end } = this.entries
    if (this.kind === 'batch' && end > start) this.#batchMax = batchEnd(this.entries.entrySync(end - 1), 0)
    this.#min = this.#offsetAt(start)
    this.#measureLog()
  }

  /**
   * Believes what a clean stop noted instead of looking at the files; `min` was that for a log beginning at `logStart`.
   */
  takeAsLeft(min: number, max: number, entries: number, logStart: number): void {
    this.#min = min
    this.#minFor = logStart
    this.#batchMax = max
    this.entries.takeAsLeft(entries)
    this.next = max
  }

  /** First readable offset; it follows the beginning of the log at once. */
  get min(): number {
    if (this.#log.start > this.#minFor) this.#followLog()
    return this.#min
  }

  get max(): number {
    return this.kind === 'batch' ? this.#batchMax : this.entries.end
  }

  /** First offset in memory. */
  get hotStart(): number {
    const { hotStart, end, memory } = this.entries
    if (this.kind === 'simple') return hotStart
    return hotStart === end ? this.#batchMax : batchStart(memory, 0)
  }

  get physicalEnd(): number {
    return this.#physicalEnd
  }

  get isDirty(): boolean {
    return this.entries.written < this.entries.end
  }

  get unwrittenBytes(): number {
    return (this.entries.end - this.entries.written) * this.entries.entryBytes
  }

  /** Adds the entry of the next message. */
  put(entry: QueueEntry): void {
    const { physicalOffset, size } = entry
    const at = this.entries.put(physicalOffset, size, entry.tagsCode)
    this.#physicalEnd = physicalOffset + size
    if (this.kind === 'batch') this.#putBatch(entry, at)
    else if (this.#putsUnits) this.#putUnit(entry, at)
  }

  /**
   * The entries in memory from the one with message `offset` (at least {@link hotStart}) on; valid until the next
   * {@link put}.
   */
  hotEntries(offset: number): EntryRange {
    return this.entries.hot(this.kind === 'simple' ? offset : this.#hotPlaceOf(offset))
  }

  /** Writes the entries that only memory holds. A queue that begins behind 0 gets blank entries in front. */
  writeOut(): void {
    this.units.writeOut()
    this.entries.writeOut()
  }

  /** Gives back memory of a queue that nobody wrote to for long. */
  rest(): void {
    if (this.isDirty || this.entries.hotStart === this.entries.end || this.#physicalEnd > this.#log.hotStart) return
    this.entries.forgetHot()
  }

  /** Resolves when the entries in the files are on the disk. */
  async datasync(): Promise<void> {
    await this.units.datasync()
    await this.entries.datasync()
  }

  /**
   * Forgets the entries of records at or behind `physicalOffset`, in memory only: recovery puts them again. False:
   * there are none.
   */
  rewindTo(physicalOffset: number): boolean {
    if (this.#physicalEnd <= physicalOffset) return false
    this.#truncate(this.#firstEntryFrom(physicalOffset))
    return true
  }

  /**
   * Makes `offset` the next one, for recovery. Behind the end: an empty queue begins there, another one gets blank
   * entries in between. Before the end: an earlier life of the topic ends here.
   */
  continueAt(offset: number): void {
    const { start, end } = this.entries
    if (offset < this.max) {
      this.#truncate(this.placeOf(offset))
      this.#batchMax = Math.min(this.#batchMax, offset)
    } else if (start === end) {
      this.entries.restartAt(this.kind === 'simple' ? offset : 0)
      if (this.#putsUnits) this.units.cutAt(0)
      this.#batchMax = offset
      this.#min = offset
      this.#physicalEnd = 0
    } else if (this.kind === 'simple') {
      // They lie where the log goes on, so that entries stay in the order of their records.
      const position = this.#physicalEnd
      while (this.entries.end < offset) this.entries.put(position, BLANK_ENTRY_SIZE, 0)
    } else {
      this.#batchMax = offset
    }
  }

  /** Gives files that a crash left too short their length. */
  complete(): void {
    this.entries.complete()
    this.units.complete()
  }

  /**
   * Begins at 0 again when the files, which begin later, have no entry: the crash took all there were. False: it is not
   * so.
   */
  forgetEmptyFiles(): boolean {
    const { start, end } = this.entries
    if (this.max === 0 || start !== end || this.entries.isEmpty) return false
    this.entries.restartAt(0)
    this.#batchMax = 0
    this.#min = 0
    this.#physicalEnd = 0
    return true
  }

  /** Place of the entry with message `offset`, at once: for start-up. */
  placeOf(offset: number): number {
    if (this.kind === 'simple') return offset
    return this.entries.search(this.entries.start, this.entries.end, (entry) => batchEnd(entry, 0) > offset)
  }

  /** After recovery: writes all, and ends the files at the last entry, so that no stale one comes back. */
  settle(): void {
    this.units.settle()
    this.entries.settle()
  }

  /** After recovery: goes on behind the last entry. */
  resume(minimumPhysicalOffset: number): void {
    this.next = this.max
    this.correctMin(minimumPhysicalOffset)
  }

  /** Moves the first readable offset to the first entry whose record the log still has. Apache: `correctMinOffset`. */
  correctMin(minimumPhysicalOffset: number): void {
    const first = this.#offsetAt(this.#firstEntryFrom(minimumPhysicalOffset))
    this.#min = this.max === 0 ? 0 : Math.max(this.#min, first)
    this.#minFor = minimumPhysicalOffset
  }

  /** Removes files of entries whose records lie before `logStart`, but never the last; resolves to how many. */
  async removeBefore(logStart: number): Promise<number> {
    if (this.dropped) return 0
    const removed = await this.entries.removeBefore(logStart)
    const first = this.#putsUnits && !this.dropped ? this.#firstEntryFrom(logStart) : this.entries.end
    if (first < this.entries.end) {
      const position = extPositionOf(this.entries.entrySync(first))
      if (position !== undefined) this.units.removeBefore(position)
    }
    return removed
  }

  /**
   * Removes all files when no record is left that the queue points to; the next message still gets the next offset.
   * False: there is such a record, or nothing to remove.
   */
  removeWhenEmpty(logStart: number): boolean {
    const { max } = this
    if (this.dropped || max === 0 || max < this.next || this.entries.isEmpty) return false
    if (readInt64(this.entries.entrySync(this.entries.end - 1), 0) >= logStart) return false
    this.units.removeAll()
    this.entries.removeAll()
    this.takeAsLeft(max, max, this.kind === 'simple' ? max : 0, logStart)
    return true
  }

  /** Gives the files up; whoever calls this removes them. */
  drop(): void {
    this.dropped = true
    this.units.release()
    this.entries.release()
  }

  /** Where the record of the first entry lies that is not blank; `undefined`: there is none. */
  firstRecord(): number | undefined {
    const { start, end } = this.entries
    const first = this.entries.search(start, end, (entry) => entry.readInt32BE(ENTRY.size) !== BLANK_ENTRY_SIZE)
    return first === end ? undefined : readInt64(this.entries.entrySync(first), 0)
  }

  /** After a crash: the names of the files, which another process may have made, are not known to be on the disk. */
  noteNames(root: string): void {
    this.entries.noteNames(root)
    this.units.noteNames(root)
  }

  /** Puts what the entry has no room for where its tags code then leads. */
  #putUnit({ tagsCode, storeTimestamp, bitMap }: QueueEntry, at: number): void {
    const position = this.units.put(tagsCode, storeTimestamp, bitMap)
    if (position >= 0) writeExtAddress(this.entries.memory, position, at + ENTRY.tagsCode)
  }

  /** What a batch queue's entry says of its messages. */
  #putBatch({ storeTimestamp, queueOffset, messages }: QueueEntry, at: number): void {
    const { memory } = this.entries
    writeInt64(memory, storeTimestamp, at + BATCH_ENTRY.storeTimestamp)
    writeInt64(memory, queueOffset, at + BATCH_ENTRY.queueOffset)
    memory.writeInt16BE(messages, at + BATCH_ENTRY.messages)
    memory.writeInt32BE(NOT_COMPACTED, at + BATCH_ENTRY.compactedOffset)
    memory.writeInt32BE(0, at + BATCH_ENTRY.reserved)
    this.#batchMax = queueOffset + messages
  }

  #followLog(): void {
    try {
      this.correctMin(this.#log.start)
    } catch {
      // A file cannot be read: the offset stays too small, and the reads from there say what is wrong.
    }
  }

  /** Place of the entry in memory with message `offset`, or of the next one. */
  #hotPlaceOf(offset: number): number {
    const { hotStart, end, memory, entryBytes } = this.entries
    let from = hotStart
    let to = end
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      if (batchEnd(memory, (middle - hotStart) * entryBytes) > offset) to = middle
      else from = middle + 1
    }
    return from
  }

  /** Offset of the first message of the entry at `place`. */
  #offsetAt(place: number): number {
    if (this.kind === 'simple') return place
    return place === this.entries.end ? this.#batchMax : batchStart(this.entries.entrySync(place), 0)
  }

  /**
   * Place of the first entry whose record lies at or behind `physicalOffset`; blank entries stand for records long
   * gone.
   */
  #firstEntryFrom(physicalOffset: number): number {
    return this.entries.search(this.entries.start, this.entries.end, (entry) => {
      const size = entry.readInt32BE(ENTRY.size)
      const position = readInt64(entry, 0)
      const isBeforeAll = size === BLANK_ENTRY_SIZE && position === 0
      return size <= 0 || (!isBeforeAll && position >= physicalOffset)
    })
  }

  /** Makes `place` the end, and the beginning too when nothing is held before it. */
  #truncate(place: number): void {
    this.#batchMax = this.#offsetAt(place)
    const position = place < this.entries.end ? extPositionOf(this.entries.entrySync(place)) : undefined
    if (position !== undefined) this.units.cutAt(position)
    this.entries.cutAt(place)
    this.#min = this.entries.end === this.entries.start ? this.max : Math.min(this.#min, this.max)
    this.#measureLog()
  }

  #measureLog(): void {
    const { start, end } = this.entries
    if (end === start) {
      this.#physicalEnd = 0
      return
    }
    const last = this.entries.entrySync(end - 1)
    const size = last.readInt32BE(ENTRY.size)
    this.#physicalEnd = readInt64(last, 0) + (size === BLANK_ENTRY_SIZE ? 0 : size)
  }
}
