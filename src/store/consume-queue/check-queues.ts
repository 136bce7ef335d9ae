import { readInt64 } from '../../base/bytes/index.ts'
import type { ConsumeQueue, QueueEntry } from './consume-queue.ts'
import { BATCH_ENTRY, BLANK_ENTRY_SIZE, batchEnd, batchStart, ENTRY } from './entry.ts'
import {
  EXT_UNIT,
  type ExtUnit,
  extPositionAt,
  isExtAddress,
  storeTimestampOfUnit,
  tagsCodeOfUnit,
} from './ext-units.ts'
import { LIGHT_QUEUE_ID } from './light-names.ts'
import type { QueueTable } from './queue-table.ts'

/** Entries of a queue read at once. */
const WINDOW_ENTRIES = 256

/** What a record says that its entry must say, too; `undefined`: any tags code is right. */
export type ExpectedEntry = Omit<QueueEntry, 'tagsCode' | 'bitMap'> & { readonly tagsCode: number | undefined }

/** A queue, the messages of it that the log confirmed, and some of its entries read ahead. */
interface CheckedQueue {
  readonly queue: ConsumeQueue
  readonly window: Buffer
  windowStart: number
  windowEnd: number
  confirmed: number
  /** In a batch queue: the entry of the next record. */
  place: number
}

/**
 * Checks queues against the records of the log, which come in order: each has its entry, and each entry its record. Changes
 * nothing.
 */
export class QueueCheck {
  readonly #queues: QueueTable
  readonly #logStart: number
  readonly #report: (problem: string) => void
  readonly #checked = new Map<ConsumeQueue, CheckedQueue>()

  constructor(queues: QueueTable, logStart: number, report: (problem: string) => void) {
    this.#queues = queues
    this.#logStart = logStart
    this.#report = report
  }

  /** A record of this queue. */
  record(topic: string, queueId: number, expected: ExpectedEntry): void {
    const { physicalOffset: position, queueOffset } = expected
    const queue = this.#queues.get(topic, queueId)
    if (queue === undefined) {
      this.#report(`log position ${position}: there is no queue ${topic}/${queueId}`)
      return
    }
    const checked = this.#checkedOf(queue)
    const entryAt = this.#entryAt(checked, queue.kind === 'simple' ? queueOffset : checked.place++)
    if (entryAt < 0) {
      this.#report(`log position ${position}: ${topic}/${queueId} has no entry ${queueOffset}`)
      return
    }
    const fault = faultOf(checked.window, entryAt, queue, expected)
    if (fault === undefined) checked.confirmed += expected.messages
    else this.#report(`${topic}/${queueId} entry ${queueOffset} ${fault}`)
  }

  isBatch(topic: string): boolean {
    return this.#queues.kindOf(topic) === 'batch'
  }

  /** A record that this light queue has an entry for, if the store keeps light queues. */
  lightRecord(name: string, expected: ExpectedEntry): void {
    if (this.#queues.get(name, LIGHT_QUEUE_ID) === undefined && !this.#queues.keepsLightQueues) return
    // No folder can have such a name, so that no queue has it.
    if (this.#queues.getOrAdd(name, LIGHT_QUEUE_ID) === undefined) return
    this.record(name, LIGHT_QUEUE_ID, expected)
  }

  /** The log is over: entries below its beginning may point to records that were deleted; all others must have been confirmed. */
  end(): void {
    for (const queue of this.#queues) {
      queue.correctMin(this.#logStart)
      const confirmed = this.#checked.get(queue)?.confirmed ?? 0
      const expected = queue.kind === 'simple' ? queue.max - queue.min : this.#messagesOf(queue)
      if (confirmed === expected) continue
      const name = `${queue.topic}/${queue.queueId}`
      this.#report(`${name} has ${expected} entries, of which ${confirmed} point to a record of this queue and offset`)
    }
  }

  /** Messages of a batch queue, in which offsets may be missing. */
  #messagesOf(queue: ConsumeQueue): number {
    const checked = this.#checkedOf(queue)
    let messages = 0
    for (let place = firstPlace(queue, this.#logStart); place < queue.entries.end; place++) {
      const at = this.#entryAt(checked, place)
      if (at >= 0) messages += checked.window.readInt16BE(at + BATCH_ENTRY.messages)
    }
    return messages
  }

  /** Where the entry lies in the queue's window, -1 when there is none. */
  #entryAt(checked: CheckedQueue, place: number): number {
    const { entries } = checked.queue
    if (place < 0 || place >= entries.end) return -1
    if (place < checked.windowStart || place >= checked.windowEnd) {
      checked.windowStart = place
      checked.windowEnd = place + Math.floor(entries.readFileSync(checked.window, place) / entries.entryBytes)
      if (place >= checked.windowEnd) return -1
    }
    const at = (place - checked.windowStart) * entries.entryBytes
    return checked.window.readInt32BE(at + ENTRY.size) === BLANK_ENTRY_SIZE ? -1 : at
  }

  #checkedOf(queue: ConsumeQueue): CheckedQueue {
    let checked = this.#checked.get(queue)
    if (checked === undefined) {
      const { entries } = queue
      const window = Buffer.alloc(Math.min(WINDOW_ENTRIES, entries.perFile) * entries.entryBytes)
      const place = queue.kind === 'simple' ? 0 : firstPlace(queue, this.#logStart)
      checked = { queue, window, windowStart: 0, windowEnd: 0, confirmed: 0, place }
      this.#checked.set(queue, checked)
    }
    return checked
  }
}

function firstPlace({ entries }: ConsumeQueue, logStart: number): number {
  return entries.search(entries.start, entries.end, (entry) => readInt64(entry, 0) >= logStart)
}

/** The unit at a position, `undefined` when no whole one is there. */
function unitAt({ units }: ConsumeQueue, position: number): ExtUnit | undefined {
  const head = Buffer.alloc(EXT_UNIT.bitMap)
  if (units.readSync(head, position) < head.length) return undefined
  const isWhole = head.readInt16BE(0) === EXT_UNIT.bitMap + head.readInt16BE(EXT_UNIT.bitMapBytes)
  return isWhole ? { bytes: head, at: 0 } : undefined
}

/** What is wrong with an entry. */
function faultOf(bytes: Buffer, at: number, queue: ConsumeQueue, expected: ExpectedEntry): string | undefined {
  const { physicalOffset, size, tagsCode, queueOffset, messages, storeTimestamp } = expected
  const target = readInt64(bytes, at)
  const targetSize = bytes.readInt32BE(at + ENTRY.size)
  if (target !== physicalOffset || targetSize !== size) {
    return `points to ${target} (${targetSize} bytes), not ${physicalOffset} (${size})`
  }
  const stored = readInt64(bytes, at + ENTRY.tagsCode)
  const unit = isExtAddress(stored) ? unitAt(queue, extPositionAt(bytes, at + ENTRY.tagsCode)) : undefined
  if (isExtAddress(stored) && unit === undefined) return 'points to a unit that is not there'
  if (unit !== undefined && storeTimestampOfUnit(unit) !== storeTimestamp) {
    return `was stored at ${storeTimestampOfUnit(unit)} by its unit, not ${storeTimestamp}`
  }
  const code = unit === undefined ? stored : tagsCodeOfUnit(unit)
  if (tagsCode !== undefined && code !== tagsCode) return `has the tags code ${code}, not ${tagsCode}`
  if (queue.kind === 'simple') return undefined
  const time = readInt64(bytes, at + BATCH_ENTRY.storeTimestamp)
  if (time !== storeTimestamp) return `was stored at ${time}, not ${storeTimestamp}`
  const first = batchStart(bytes, at)
  const end = batchEnd(bytes, at)
  if (first === queueOffset && end === queueOffset + messages) return undefined
  return `has the messages from ${first} to ${end}, not ${queueOffset} to ${queueOffset + messages}`
}
