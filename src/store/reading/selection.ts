// Hot path: decides about every entry of every read.

import { readInt64 } from '../../base/bytes/index.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { StoreConfig } from '../config.ts'
import { BLANK_ENTRY_SIZE, ENTRY, ENTRY_BYTES } from '../consume-queue/entry.ts'
import type { EntryRange } from '../consume-queue/queue-tail.ts'
import type { ReadLimits, ReadStatus } from '../message-store.ts'

/** Bounds of one read whatever it asks for. Apache: `DefaultMessageStore.MAX_PULL_MSG_SIZE`. */
const READ_BYTES_MAX = 128 * 1024 * 1024
const READ_BYTES_MIN = 100

/** What a {@link Selection} works with. */
export interface SelectionParts {
  readonly log: CommitLog
  readonly config: StoreConfig
  /** Bytes behind the end of the log that count as recent. */
  readonly recentBytes: number
}

/**
 * Walks queue entries and picks the records of one read, up to its limits. Apache: `DefaultMessageStore.getMessage`,
 * `isTheBatchFull` (5.3.3).
 */
export class Selection {
  readonly #parts: SelectionParts
  readonly #limits: ReadLimits
  #entries: EntryRange
  readonly #fromOffset: number
  readonly #count: number
  readonly #bytesMax: number
  #index = 0
  /** Entries of records whose log file is missing are passed over. */
  #isCareful = false
  /** Stretches of the log with the picked records, joined where they touch. */
  readonly starts: number[] = []
  readonly ends: number[] = []
  status: ReadStatus = 'NO_MATCHED_MESSAGE'
  messageCount = 0
  bytes = 0
  lastPhysicalOffset = 0
  /** The record that only its content can decide about, and that is not in memory. */
  undecided: { readonly physicalOffset: number; readonly size: number } | undefined

  constructor(parts: SelectionParts, entries: EntryRange, fromOffset: number, limits: ReadLimits) {
    this.#parts = parts
    this.#limits = limits
    this.#entries = entries
    this.#fromOffset = fromOffset
    const lookedAtMax = Math.ceil(parts.config.maxFilterMessageSize / ENTRY_BYTES)
    this.#count = Math.min(entries.count, Math.max(lookedAtMax, limits.maxMessages))
    this.#bytesMax = Math.min(Math.max(limits.maxBytes ?? READ_BYTES_MAX, READ_BYTES_MIN), READ_BYTES_MAX)
  }

  /** Offset behind the last entry that was looked at. */
  get nextOffset(): number {
    return this.#fromOffset + this.#index
  }

  /** Goes on; false when it must be told about {@link undecided} by {@link decide} first. */
  advance(): boolean {
    const { bytes, at } = this.#entries
    const { log } = this.#parts
    const { accepts, acceptsRecord } = this.#limits
    while (this.#index < this.#count) {
      const entryAt = at + this.#index * ENTRY_BYTES
      const physicalOffset = readInt64(bytes, entryAt)
      const size = bytes.readInt32BE(entryAt + ENTRY.size)
      if (this.messageCount > 0 && this.#isFull(physicalOffset, size)) return true
      this.#index++
      const isGone = physicalOffset < log.minimum || size === BLANK_ENTRY_SIZE
      if (isGone || (this.#isCareful && !log.holds(physicalOffset))) {
        if (this.messageCount === 0) this.status = 'MESSAGE_WAS_REMOVING'
        continue
      }
      if (accepts !== undefined && !accepts(readInt64(bytes, entryAt + ENTRY.tagsCode))) {
        this.#passedOver()
        continue
      }
      if (acceptsRecord !== undefined) {
        const chunk = log.chunkAt(physicalOffset)
        if (chunk === undefined) {
          this.undecided = { physicalOffset, size }
          return false
        }
        if (!acceptsRecord(chunk.bytes, physicalOffset - chunk.start, size)) {
          this.#passedOver()
          continue
        }
      }
      this.#take(physicalOffset, size)
    }
    return true
  }

  /**
   * The same once more, for when records of it could not be found: without those whose log file is missing. To be
   * {@link detach}ed before.
   */
  again(): Selection {
    const again = new Selection(this.#parts, this.#entries, this.#fromOffset, this.#limits)
    again.#isCareful = true
    return again
  }

  /** Copies the entries, which the next append may move; to be called before anything is awaited. */
  detach(): void {
    const { bytes, at } = this.#entries
    this.#entries = {
      bytes: Buffer.from(bytes.subarray(at, at + this.#count * ENTRY_BYTES)),
      at: 0,
      count: this.#count,
    }
  }

  /** Decides about {@link undecided} by its record; `undefined`: it is no longer in the log. */
  decide(record: Buffer | undefined): void {
    if (this.undecided === undefined) return
    const { physicalOffset, size } = this.undecided
    this.undecided = undefined
    if (record === undefined) {
      if (this.messageCount === 0) this.status = 'MESSAGE_WAS_REMOVING'
    } else if (this.#limits.acceptsRecord?.(record, 0, size) === true) {
      this.#take(physicalOffset, size)
    } else {
      this.#passedOver()
    }
  }

  #passedOver(): void {
    if (this.messageCount === 0) this.status = 'NO_MATCHED_MESSAGE'
  }

  #take(physicalOffset: number, size: number): void {
    const last = this.ends.length - 1
    if (this.ends[last] === physicalOffset) {
      this.ends[last] = physicalOffset + size
    } else {
      this.starts.push(physicalOffset)
      this.ends.push(physicalOffset + size)
    }
    this.status = 'FOUND'
    this.messageCount++
    this.bytes += size
    this.lastPhysicalOffset = physicalOffset
  }

  #isFull(physicalOffset: number, size: number): boolean {
    const { config, log, recentBytes } = this.#parts
    const bytes = this.bytes + size
    if (this.messageCount + 1 > this.#limits.maxMessages || bytes > this.#bytesMax) return true
    if (log.end - physicalOffset <= recentBytes) {
      const isBig = bytes > config.maxTransferBytesOnMessageInMemory
      return isBig || this.messageCount > config.maxTransferCountOnMessageInMemory - 1
    }
    const isBig = bytes > config.maxTransferBytesOnMessageInDisk
    return isBig || this.messageCount > config.maxTransferCountOnMessageInDisk - 1
  }
}
