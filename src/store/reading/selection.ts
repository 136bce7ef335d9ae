// Hot path: decides about every entry of every read.

import { readInt64 } from '../../base/bytes/index.ts'
import { checkRecord } from '../../message/index.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { StoreConfig } from '../config.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { BATCH_ENTRY, BLANK_ENTRY_SIZE, batchEnd, batchStart, ENTRY, ENTRY_BYTES } from '../consume-queue/entry.ts'
import {
  bitMapOfUnit,
  extPositionAt,
  isExtAddress,
  storeTimestampOfUnit,
  tagsCodeOfUnit,
} from '../consume-queue/ext-units.ts'
import type { EntryRange } from '../consume-queue/queue-tail.ts'
import type { ReadLimits, ReadStatus } from '../message-store.ts'
import type { UnitReader } from './unit-reader.ts'

/** Bounds of one read whatever it asks for. Apache: `DefaultMessageStore.MAX_PULL_MSG_SIZE`. */
const READ_BYTES_MAX = 128 * 1024 * 1024
const READ_BYTES_MIN = 100

/** What a {@link Selection} works with. */
export interface SelectionParts {
  readonly log: CommitLog
  readonly config: StoreConfig
  /** Bytes behind the end of the log that count as recent. */
  readonly recentBytes: number
  readonly units: UnitReader
}

/**
 * Walks queue entries and picks the records of one read, up to its limits. Apache: `DefaultMessageStore.getMessage`,
 * `isTheBatchFull` (5.3.3).
 */
export class Selection {
  readonly #parts: SelectionParts
  readonly #limits: ReadLimits
  #entries: EntryRange
  readonly #isBatch: boolean
  readonly #queue: ConsumeQueue
  readonly #fromOffset: number
  readonly #count: number
  /** Entries of a batch queue that begin there are not looked at any more. */
  readonly #endOffset: number
  readonly #bytesMax: number
  #index = 0
  /** Messages of the entry that is looked at. */
  #messages = 1
  /** Offset behind the last entry that was looked at. */
  nextOffset: number
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
  /** Position of the unit that decides about the entry looked at, when it is not in memory. */
  missingUnit: number | undefined
  /** The unit at {@link missingUnit} is nowhere. */
  #isUnitLost = false

  constructor(parts: SelectionParts, queue: ConsumeQueue, entries: EntryRange, fromOffset: number, limits: ReadLimits) {
    this.#parts = parts
    this.#queue = queue
    this.#limits = limits
    this.#entries = entries
    this.#fromOffset = fromOffset
    this.nextOffset = fromOffset
    this.#isBatch = entries.entryBytes !== ENTRY_BYTES
    const lookedAtMax = Math.ceil(parts.config.maxFilterMessageSize / entries.entryBytes)
    const offsetsMax = Math.max(lookedAtMax, limits.maxMessages)
    this.#count = Math.min(entries.count, offsetsMax)
    this.#endOffset = fromOffset + offsetsMax
    this.#bytesMax = Math.min(Math.max(limits.maxBytes ?? READ_BYTES_MAX, READ_BYTES_MIN), READ_BYTES_MAX)
  }

  /** Goes on; false when it must be told about {@link undecided} or {@link missingUnit} first. */
  advance(): boolean {
    const { bytes, at, entryBytes } = this.#entries
    const { log } = this.#parts
    const { accepts, acceptsUnit, acceptsRecord } = this.#limits
    while (this.#index < this.#count) {
      const entryAt = at + this.#index * entryBytes
      if (this.#isBatch) {
        if (batchStart(bytes, entryAt) >= this.#endOffset) return true
        this.#messages = bytes.readInt16BE(entryAt + BATCH_ENTRY.messages)
      }
      const physicalOffset = readInt64(bytes, entryAt)
      const size = bytes.readInt32BE(entryAt + ENTRY.size)
      if (this.messageCount > 0 && this.#isFull(physicalOffset, size)) return true
      this.#index++
      this.nextOffset = this.#isBatch ? batchEnd(bytes, entryAt) : this.#fromOffset + this.#index
      // A blank entry, a record that left the log, or an entry whose bytes were damaged.
      const isGone =
        physicalOffset < log.minimum || size <= 0 || physicalOffset + size > log.end || size === BLANK_ENTRY_SIZE
      if (isGone || (this.#isCareful && !log.holds(physicalOffset))) {
        if (this.messageCount === 0) this.status = 'MESSAGE_WAS_REMOVING'
        continue
      }
      if (accepts !== undefined || acceptsUnit !== undefined) {
        const tagsCode = readInt64(bytes, entryAt + ENTRY.tagsCode)
        const isWanted = isExtAddress(tagsCode)
          ? this.#wantsUnit(extPositionAt(bytes, entryAt + ENTRY.tagsCode))
          : accepts === undefined || accepts(tagsCode)
        if (this.missingUnit !== undefined) {
          this.#index--
          return false
        }
        if (!isWanted) {
          this.#passedOver()
          continue
        }
      }
      if (acceptsRecord !== undefined) {
        const chunk = log.chunkAt(physicalOffset)
        if (chunk === undefined) {
          this.undecided = { physicalOffset, size }
          return false
        }
        if (!isWanted(acceptsRecord, chunk.bytes, physicalOffset - chunk.start, size)) {
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
    const again = new Selection(this.#parts, this.#queue, this.#entries, this.#fromOffset, this.#limits)
    again.#isCareful = true
    return again
  }

  /** Copies the entries, which the next append may move; to be called before anything is awaited. */
  detach(): void {
    const { bytes, at, entryBytes } = this.#entries
    this.#entries = {
      bytes: Buffer.from(bytes.subarray(at, at + this.#count * entryBytes)),
      at: 0,
      count: this.#count,
      entryBytes,
    }
  }

  /** Decides about {@link undecided} by its record; `undefined`: it is no longer in the log. */
  decide(record: Buffer | undefined): void {
    if (this.undecided === undefined) return
    const { physicalOffset, size } = this.undecided
    this.undecided = undefined
    if (record === undefined) {
      if (this.messageCount === 0) this.status = 'MESSAGE_WAS_REMOVING'
    } else if (isWanted(this.#limits.acceptsRecord, record, 0, size)) {
      this.#take(physicalOffset, size)
    } else {
      this.#passedOver()
    }
  }

  /** Goes on after {@link missingUnit} was brought into memory, or not. */
  unitLoaded(isThere: boolean): void {
    this.missingUnit = undefined
    this.#isUnitLost = !isThere
  }

  /** What the unit of an entry says; a unit that is nowhere cannot keep a message from anybody. */
  #wantsUnit(position: number): boolean {
    const unit = this.#parts.units.now(this.#queue, position)
    if (unit === undefined && !this.#isUnitLost) {
      this.missingUnit = position
      return false
    }
    this.#isUnitLost = false
    if (unit === undefined) return true
    const { accepts, acceptsUnit } = this.#limits
    if (accepts !== undefined && !accepts(tagsCodeOfUnit(unit))) return false
    const bitMap = acceptsUnit === undefined ? undefined : bitMapOfUnit(unit)
    return bitMap === undefined || acceptsUnit === undefined || acceptsUnit(storeTimestampOfUnit(unit), bitMap)
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
    this.messageCount += this.#messages
    this.bytes += size
    this.lastPhysicalOffset = physicalOffset
  }

  #isFull(physicalOffset: number, size: number): boolean {
    const { config, log, recentBytes } = this.#parts
    const bytes = this.bytes + size
    if (this.messageCount + this.#messages > this.#limits.maxMessages || bytes > this.#bytesMax) return true
    if (log.end - physicalOffset <= recentBytes) {
      const isBig = bytes > config.maxTransferBytesOnMessageInMemory
      return isBig || this.messageCount > config.maxTransferCountOnMessageInMemory - 1
    }
    const isBig = bytes > config.maxTransferBytesOnMessageInDisk
    return isBig || this.messageCount > config.maxTransferCountOnMessageInDisk - 1
  }
}

/** Asks about what is a record; a damaged entry may lead to the middle of one. */
function isWanted(accepts: ReadLimits['acceptsRecord'], bytes: Buffer, at: number, size: number): boolean {
  const isRecord = checkRecord(bytes, at, Math.min(size, bytes.length - at), 'none') === size
  return isRecord && accepts?.(bytes, at, size) === true
}
