// Hot path: every record of the log asks here for its entry.

import { readInt64, readInt64Of } from '../../base/bytes/index.ts'
import {
  BATCH_ENTRY,
  BLANK_ENTRY_SIZE,
  batchEnd,
  batchStart,
  ENTRY,
  ENTRY_FORMS,
  type QueueKind,
} from '../consume-queue/entry.ts'
import {
  EXT_UNIT,
  type ExtUnit,
  extPositionAt,
  isExtAddress,
  storeTimestampOfUnit,
  tagsCodeOfUnit,
} from '../consume-queue/ext-units.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import { EntryWindow } from './entry-window.ts'
import type { ExpectedEntry } from './expected-entry.ts'
import { type Findings, SENTENCES_MAX } from './findings.ts'

/** What a {@link QueueCheck} works with. */
export interface QueueCheckParts {
  /** `topic/queueId`, for sentences. */
  readonly name: string
  readonly kind: QueueKind
  readonly files: SegmentFiles
  /** The files of the units that entries may point to. */
  readonly units: () => SegmentFiles
  /** Where the log begins; entries of records before that are past. */
  readonly logStart: number
  /** After a stop that was not clean: entries that are not there yet are pending, for the next start makes them. */
  readonly isClean: boolean
  readonly problems: Findings
  readonly pending: Findings
}

/**
 * Checks the entries of one queue against the log. Records are given in the order of the log, so their entries mostly
 * ascend: those passed over on the way belong to no record. Reads each entry once and changes nothing.
 */
export class QueueCheck {
  readonly #parts: QueueCheckParts
  readonly #window: EntryWindow
  readonly #isBatch: boolean
  #units: SegmentFiles | undefined
  readonly #unitHead = Buffer.alloc(EXT_UNIT.bitMap)
  /** Place below which entries were judged. */
  #next: number
  /** Offset behind the entries that were judged. */
  #end: number
  #min: number | undefined
  /** Records without an entry, at least until the topic turns out to have been made again. */
  #missing: { readonly offset: number; readonly position: number }[] = []
  #missingCount = 0
  /** Entries that lead to records of the log. */
  entries = 0

  constructor(parts: QueueCheckParts) {
    this.#parts = parts
    this.#isBatch = parts.kind === 'batch'
    this.#window = new EntryWindow(parts.files, ENTRY_FORMS[parts.kind])
    this.#next = this.#window.first
    this.#end = this.#isBatch ? 0 : this.#next
  }

  get kind(): QueueKind {
    return this.#parts.kind
  }

  /** First offset whose record the log has; the end when there is none. */
  get min(): number {
    return this.#min ?? this.#end
  }

  /** Behind the last message; after {@link end}. */
  get max(): number {
    return this.#end
  }

  /** Judges the entry of a record. */
  record(expected: ExpectedEntry): void {
    const { position, queueOffset } = expected
    while (this.#isBefore(expected) && this.#skip());
    if (this.#missingCount > 0 && queueOffset <= (this.#missing[0]?.offset ?? -1)) {
      // The topic was deleted and made again.
      this.#missing = []
      this.#missingCount = 0
    }
    const place = this.#isBatch ? this.#next : queueOffset
    const at = this.#entryAt(place)
    const target = at < 0 ? -1 : readInt64Of(this.#window.view, at)
    if (at < 0 || (this.#isBatch && target !== position)) {
      this.#missingCount++
      if (this.#missing.length < SENTENCES_MAX) this.#missing.push({ offset: queueOffset, position })
      return
    }
    const isJudged = place < this.#next
    // It may be right for a later record with the same offset, and is judged there.
    if (!isJudged && target > position) return
    const fault = this.#faultOf(at, expected)
    if (fault !== undefined) this.#parts.problems.add(`${this.#parts.name} entry ${queueOffset} ${fault}`)
    if (isJudged) return
    this.#min ??= queueOffset
    this.#passed(place, at)
    this.entries++
  }

  /** To be called behind the last record of the log, which ends there. */
  end(logEnd: number): void {
    const { isClean, name, pending, problems } = this.#parts
    let behind = 0
    for (let at = this.#window.at(this.#next); at >= 0; at = this.#window.at(this.#next)) {
      const { bytes } = this.#window
      if (readInt64(bytes, at) >= logEnd && bytes.readInt32BE(at + ENTRY.size) !== BLANK_ENTRY_SIZE) {
        behind++
        this.#passed(this.#next, at)
      } else if (!this.#skip()) break
    }
    if (behind > 0) {
      const told = isClean ? problems : pending
      told.add(`${name}: ${behind} entries up to ${this.#end - 1} point behind the end of the log`)
    }
    if (!isClean && this.#missingCount > 0) pending.add(`${name}: ${this.#missingCount} records have no entry yet`)
    if (isClean) {
      for (const { offset, position } of this.#missing) {
        problems.add(`log position ${position}: ${name} has no entry ${offset}`)
      }
      const more = this.#missingCount - this.#missing.length
      if (more > 0) problems.add(`${name}: ${more} more records have no entry`)
    }
    const stray = this.#window.fileBehind(this.#next)
    if (stray !== undefined) problems.add(`${name} ends at ${this.#next}, but has a file from ${stray} on`)
  }

  /** Whether the next entry cannot be that of the record. */
  #isBefore({ position, queueOffset }: ExpectedEntry): boolean {
    if (!this.#isBatch) return this.#next < queueOffset
    const at = this.#window.at(this.#next)
    return at >= 0 && readInt64Of(this.#window.view, at) < position
  }

  /** Passes over the next entry, to which no record led; false: there is none. */
  #skip(): boolean {
    const at = this.#window.at(this.#next)
    if (at < 0) return false
    const { name, logStart, problems } = this.#parts
    const { bytes } = this.#window
    const target = readInt64(bytes, at)
    const size = bytes.readInt32BE(at + ENTRY.size)
    const isPast = size === BLANK_ENTRY_SIZE || target < logStart
    if (!isPast) {
      const number = this.#isBatch ? batchStart(bytes, at) : this.#next
      const what = `points to ${target} (${size} bytes), where no record of this queue and offset lies`
      problems.add(`${name} entry ${number} ${what}`)
    }
    this.#passed(this.#next, at)
    return true
  }

  #passed(place: number, at: number): void {
    this.#next = place + 1
    this.#end = this.#isBatch ? batchEnd(this.#window.bytes, at) : this.#next
  }

  /** What is wrong with an entry. */
  #faultOf(at: number, expected: ExpectedEntry): string | undefined {
    const { position, size, tagsCode, mayBeDue, storeTimestamp, queueOffset, messages } = expected
    const { bytes, view } = this.#window
    const target = readInt64Of(view, at)
    const targetSize = view.getInt32(at + ENTRY.size)
    if (target !== position || targetSize !== size)
      return `points to ${target} (${targetSize} bytes), not ${position} (${size})`
    let code = readInt64Of(view, at + ENTRY.tagsCode)
    if (isExtAddress(code)) {
      const unit = this.#unitAt(extPositionAt(bytes, at + ENTRY.tagsCode))
      if (unit === undefined) return 'points to a unit that is not there'
      if (storeTimestampOfUnit(unit) !== storeTimestamp)
        return `was stored at ${storeTimestampOfUnit(unit)} by its unit, its record says ${storeTimestamp}`
      code = tagsCodeOfUnit(unit)
    }
    const isDue = mayBeDue && code >= storeTimestamp
    if (code !== tagsCode && !isDue) return `has the tags code ${code}, its record says ${tagsCode}`
    if (!this.#isBatch) return undefined
    const time = readInt64(bytes, at + BATCH_ENTRY.storeTimestamp)
    if (time !== storeTimestamp) return `was stored at ${time}, its record says ${storeTimestamp}`
    const first = batchStart(bytes, at)
    const end = batchEnd(bytes, at)
    if (first === queueOffset && end === queueOffset + messages) return undefined
    return `has the messages from ${first} to ${end}, its record those from ${queueOffset} to ${queueOffset + messages}`
  }

  /** The unit at a position, `undefined` when no whole one is there; valid until the next call. */
  #unitAt(position: number): ExtUnit | undefined {
    this.#units ??= this.#parts.units()
    const head = this.#unitHead
    if (this.#units.readSync(head, position) < head.length) return undefined
    const isWhole = head.readInt16BE(0) === EXT_UNIT.bitMap + head.readInt16BE(EXT_UNIT.bitMapBytes)
    return isWhole ? { bytes: head, at: 0 } : undefined
  }

  /** {@link EntryWindow.at}, but blank entries are none. */
  #entryAt(place: number): number {
    const at = this.#window.at(place)
    return at >= 0 && this.#window.view.getInt32(at + ENTRY.size) === BLANK_ENTRY_SIZE ? -1 : at
  }
}
