import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { ConsumeQueue } from './consume-queue.ts'

/** Bytes of new entries that are written without waiting for the interval. */
const PAGE_BYTES = 4096

/** Queues written in one turn of the event loop by {@link QueueWriter.writeSome}. */
const QUEUES_PER_TURN = 32

/** Brings new queue entries to the files, in batches. Apache: `FlushConsumeQueueService` (5.3.3). */
export class QueueWriter {
  readonly #logger: Logger
  /** With entries that only memory holds; the queue that waits longest comes first. */
  readonly #dirty = new Set<ConsumeQueue>()
  /** With entries that may not be on the disk. */
  readonly #unflushed = new Set<ConsumeQueue>()
  #failing = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** To be called after each new entry. */
  added(queue: ConsumeQueue): void {
    const bytes = queue.unwrittenBytes
    if (bytes >= PAGE_BYTES) this.#write(queue)
    else if (!this.#dirty.has(queue)) this.#dirty.add(queue)
  }

  /** Queues with entries that only memory holds. */
  get waiting(): number {
    return this.#dirty.size
  }

  /** Writes some of the queues that wait longest, as many as one turn of the event loop should; returns how many. */
  writeSome(): number {
    let count = 0
    for (const queue of this.#dirty) {
      if (count === QUEUES_PER_TURN || !this.#write(queue)) break
      count++
    }
    return count
  }

  /** Resolves when everything written before is on the disk; `atOnce` queues at the same time. */
  async datasync(atOnce: number): Promise<void> {
    const queues = [...this.#unflushed]
    for (let from = 0; from < queues.length; from += atOnce) {
      await Promise.all(queues.slice(from, from + atOnce).map((queue) => this.#datasync(queue)))
    }
  }

  async #datasync(queue: ConsumeQueue): Promise<void> {
    this.#unflushed.delete(queue)
    if (queue.dropped) return
    try {
      await queue.datasync()
    } catch (failure) {
      this.#unflushed.add(queue)
      throw failure
    }
  }

  /** A failure leaves the entries in memory for the next try: the log could restore them anyway. */
  #write(queue: ConsumeQueue): boolean {
    try {
      if (!queue.dropped) queue.writeOut()
    } catch (failure) {
      if (!this.#failing)
        this.#logger.error('writing a consume queue failed', { topic: queue.topic, reason: textOf(failure) })
      this.#failing = true
      this.#dirty.add(queue)
      return false
    }
    this.#failing = false
    this.#dirty.delete(queue)
    this.#unflushed.add(queue)
    return true
  }
}
