import { type Logger, Trouble } from '../../base/log/index.ts'
import type { ConsumeQueue } from './consume-queue.ts'

/** Bytes of new entries that are written without waiting for the interval. */
const PAGE_BYTES = 4096

/** Queues written in one turn of the event loop by {@link QueueWriter.writeSome}. */
const QUEUES_PER_TURN = 32

/** Of these, so many may fail: a disk that refuses one mostly refuses all. */
const FAILURES_PER_TURN = 4

/** Brings new queue entries to the files, in batches. Apache: `FlushConsumeQueueService` (5.3.3). */
export class QueueWriter {
  /** With entries that only memory holds; the queue that waits longest comes first. */
  readonly #dirty = new Set<ConsumeQueue>()
  /** With entries that may not be on the disk. */
  readonly #unflushed = new Set<ConsumeQueue>()
  /** Whose last write failed. */
  readonly #failed = new Set<ConsumeQueue>()
  readonly #writing: Trouble

  constructor(logger: Logger) {
    this.#writing = new Trouble(logger, 'writing a consume queue', 'its entries wait in memory')
  }

  /** To be called after each new entry. */
  added(queue: ConsumeQueue): void {
    const bytes = queue.unwrittenBytes
    // While the disk refuses, one try each interval is enough.
    if (bytes >= PAGE_BYTES && !this.#failed.has(queue)) this.#write(queue)
    else if (!this.#dirty.has(queue)) this.#dirty.add(queue)
  }

  /** Queues with entries that only memory holds. */
  get waiting(): number {
    return this.#dirty.size
  }

  /**
   * Writes some of the queues that wait longest, as many as one turn of the event loop should; returns how many it
   * tried. One that cannot be written keeps waiting behind the others.
   */
  writeSome(): { readonly tried: number; readonly failed: number } {
    const triesMax = Math.min(QUEUES_PER_TURN, this.#dirty.size)
    let tried = 0
    let failed = 0
    for (const queue of this.#dirty) {
      if (tried === triesMax || failed === FAILURES_PER_TURN) break
      tried++
      if (!this.#write(queue)) failed++
    }
    return { tried, failed }
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
      this.#failed.add(queue)
      this.#writing.failed(failure, { topic: queue.topic })
      this.#dirty.delete(queue)
      this.#dirty.add(queue)
      return false
    }
    this.#failed.delete(queue)
    if (this.#failed.size === 0) this.#writing.worked()
    this.#dirty.delete(queue)
    this.#unflushed.add(queue)
    return true
  }
}
