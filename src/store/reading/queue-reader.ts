// Hot path: every pull reads here.

import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import type { EntryRange } from '../consume-queue/queue-tail.ts'
import type { ReadLimits, ReadResult, ReadStatus } from '../message-store.ts'
import type { EntryReader } from './entry-reader.ts'
import type { LogReader } from './log-reader.ts'
import { Selection, type SelectionParts } from './selection.ts'

/** What a {@link QueueReader} works with. */
export interface QueueReaderParts extends SelectionParts {
  readonly entries: EntryReader
  readonly reader: LogReader
}

/**
 * Reads messages of a queue: at once when they are in memory, else by promise. Apache:
 * `DefaultMessageStore.getMessage`.
 */
export class QueueReader {
  readonly #parts: QueueReaderParts

  constructor(parts: QueueReaderParts) {
    this.#parts = parts
  }

  read(queue: ConsumeQueue | undefined, fromOffset: number, limits: ReadLimits): ReadResult | Promise<ReadResult> {
    if (queue === undefined || queue.max === 0) return nothing(queue, 'NO_MESSAGE_IN_QUEUE', 0)
    if (fromOffset < queue.min) return nothing(queue, 'OFFSET_TOO_SMALL', queue.min)
    if (fromOffset === queue.max) return nothing(queue, 'OFFSET_OVERFLOW_ONE', fromOffset)
    if (fromOffset > queue.max) return nothing(queue, 'OFFSET_OVERFLOW_BADLY', queue.max)
    const entries = this.#parts.entries.now(queue, fromOffset)
    if (entries === undefined) return this.#readCold(queue, fromOffset, limits)
    const selection = new Selection(this.#parts, queue, entries, fromOffset, limits)
    const slices = selection.advance() ? this.#parts.reader.now(selection) : undefined
    return slices === undefined ? this.#finishCold(queue, selection, fromOffset) : resultOf(queue, selection, slices)
  }

  async #readCold(queue: ConsumeQueue, fromOffset: number, limits: ReadLimits): Promise<ReadResult> {
    const entries: EntryRange = await this.#parts.entries.load(queue, fromOffset)
    if (entries.count === 0) {
      // What a batch queue lacks cannot be told by an offset, so that the reader goes on behind all of it.
      const next = queue.kind === 'simple' ? Math.min(queue.max, queue.entries.nextFile(fromOffset)) : queue.max
      return nothing(queue, 'OFFSET_FOUND_NULL', next)
    }
    const selection = new Selection(this.#parts, queue, entries, fromOffset, limits)
    selection.advance()
    return this.#finishCold(queue, selection, fromOffset)
  }

  async #finishCold(queue: ConsumeQueue, first: Selection, fromOffset: number): Promise<ReadResult> {
    first.detach()
    const slices = await this.#load(queue, first)
    if (slices !== undefined) return resultOf(queue, first, slices)
    const second = first.again()
    second.advance()
    const left = await this.#load(queue, second)
    // Another file of the log was deleted meanwhile: only what it held is passed over.
    if (left === undefined) return nothing(queue, 'MESSAGE_WAS_REMOVING', Math.max(queue.min, fromOffset + 1))
    return resultOf(queue, second, left)
  }

  /** Finishes the selection and brings its records; `undefined` when some are no longer in the log. */
  async #load(queue: ConsumeQueue, selection: Selection): Promise<readonly Buffer[] | undefined> {
    for (;;) {
      if (selection.undecided !== undefined) {
        const { physicalOffset, size } = selection.undecided
        selection.decide(await this.#parts.reader.bytesAt(physicalOffset, size))
      } else if (selection.missingUnit !== undefined) {
        selection.unitLoaded(await this.#parts.units.load(queue, selection.missingUnit))
      } else {
        break
      }
      selection.advance()
    }
    return this.#parts.reader.now(selection) ?? (await this.#parts.reader.load(selection))
  }
}

function resultOf(queue: ConsumeQueue, selection: Selection, slices: readonly Buffer[]): ReadResult {
  return {
    status: selection.status,
    nextOffset: selection.nextOffset,
    minOffset: queue.min,
    maxOffset: queue.max,
    messageCount: selection.messageCount,
    bytes: selection.bytes,
    slices,
    lastPhysicalOffset: selection.lastPhysicalOffset,
  }
}

function nothing(queue: ConsumeQueue | undefined, status: ReadStatus, nextOffset: number): ReadResult {
  return {
    status,
    nextOffset,
    minOffset: queue?.min ?? 0,
    maxOffset: queue?.max ?? 0,
    messageCount: 0,
    bytes: 0,
    slices: [],
    lastPhysicalOffset: 0,
  }
}
