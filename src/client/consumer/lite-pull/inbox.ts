import { type Deferred, deferred, untilAborted, withTimeout } from '../../../base/async/index.ts'
import type { Clock } from '../../../base/time/index.ts'
import type { CachedMessage, ProcessQueue } from '../process-queue/process-queue.ts'

/** Messages of one queue on their way to the program. */
export interface Handout {
  readonly processQueue: ProcessQueue
  readonly batch: readonly CachedMessage[]
}

/**
 * What was pulled and waits until the program asks for it: queues take turns, so that a full one does not keep the
 * others waiting. Apache: `DefaultLitePullConsumerImpl.consumeRequestCache`.
 */
export class Inbox {
  readonly #clock: Clock
  readonly #waiting = new Set<Deferred<void>>()
  #ready: ProcessQueue[] = []
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True: nothing is handed out any more. */
  get closed(): boolean {
    return this.#closed
  }

  /** A queue has messages. */
  offer(processQueue: ProcessQueue): void {
    if (processQueue.ready || !processQueue.hasWaiting) return
    processQueue.ready = true
    this.#ready.push(processQueue)
    const [first] = this.#waiting
    if (first === undefined) return
    this.#waiting.delete(first)
    first.resolve()
  }

  /**
   * The next messages of the queue whose turn it is, at most `max`; waits up to `timeoutMs` for them (`undefined`: for
   * as long as it takes), then gives `undefined`, as it does when it is closed.
   * @throws RMQ_BODY_UNREADABLE  the next message cannot be decompressed; asking again goes on behind it
   */
  async next(max: number, timeoutMs?: number, signal?: AbortSignal): Promise<Handout | undefined> {
    signal?.throwIfAborted()
    const deadlineMs = timeoutMs === undefined ? undefined : this.#clock.monotonicMs() + timeoutMs
    while (!this.#closed) {
      const found = this.#take(max)
      if (found !== undefined) {
        found.processQueue.lastConsumeMs = this.#clock.now()
        return found
      }
      const leftMs = deadlineMs === undefined ? undefined : deadlineMs - this.#clock.monotonicMs()
      if (leftMs !== undefined && leftMs <= 0) return undefined
      await this.#arrival(leftMs, signal)
    }
    return undefined
  }

  /** Messages that were handed out are handed out once more, before those behind them. */
  putBack({ processQueue, batch }: Handout): void {
    if (processQueue.dropped) return
    for (const cached of batch) processQueue.putBack(cached)
    this.offer(processQueue)
  }

  /** Hands out nothing more; those who wait get `undefined`. */
  close(): void {
    this.#closed = true
    this.#ready = []
    for (const waiting of this.#waiting) waiting.resolve()
    this.#waiting.clear()
  }

  #take(max: number): Handout | undefined {
    for (let processQueue = this.#ready.shift(); processQueue !== undefined; processQueue = this.#ready.shift()) {
      processQueue.ready = false
      if (processQueue.dropped) continue
      const taken = processQueue.take(max)
      const [first] = taken
      const bad = taken.findIndex((cached) => cached.unreadable !== undefined)
      if (bad === -1) {
        this.offer(processQueue)
        return { processQueue, batch: taken }
      }
      this.putBack({ processQueue, batch: taken.slice(Math.max(1, bad)) })
      if (bad > 0) return { processQueue, batch: taken.slice(0, bad) }
      if (first !== undefined) processQueue.finish(first)
      this.offer(processQueue)
      throw first?.unreadable
    }
    return undefined
  }

  async #arrival(leftMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const arrival = deferred<void>()
    this.#waiting.add(arrival)
    try {
      const limited =
        leftMs === undefined ? arrival.promise : withTimeout(this.#clock, arrival.promise, leftMs, () => undefined)
      await untilAborted(limited, signal)
    } finally {
      // Whoever was woken and no longer wants it passes the turn on.
      const isWoken = !this.#waiting.delete(arrival)
      const [next] = this.#waiting
      if (isWoken && signal?.aborted === true && next !== undefined && this.#ready.length > 0) {
        this.#waiting.delete(next)
        next.resolve()
      }
    }
  }
}
