// Hot path: sees every call of a listener begin and end.
import { deferred, withTimeout } from '../../base/async/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import type { CachedMessage } from './process-queue/process-queue.ts'
import type { ConsumerStats } from './push/consumer-stats.ts'

/** One call of a listener. */
export interface RunningCall {
  readonly batch: readonly CachedMessage[]
  /** When it began, monotonic. */
  readonly startedMs: number
  /** True: it took too long, and nothing it says counts any more. */
  expired: boolean
}

/** What looking after the calls needs. */
export interface RunningCallsParts {
  /** A call that takes longer is given up. */
  readonly consumeTimeoutMs: number
  readonly stats: ConsumerStats
  readonly clock: Clock
}

/** How often listeners that do not return are looked for, at most. */
const EXPIRY_CHECK_MS = 60_000

/**
 * The calls of a listener that are under way: counts what comes of them, finds those that do not return, and tells when
 * none is left. Apache: `ProcessQueue.cleanExpiredMsg` (5.3.3), which looks at single messages.
 * Invariant: a call expires at most once, and only while it is under way.
 */
export class RunningCalls<Call extends RunningCall> {
  readonly #parts: RunningCallsParts
  readonly #onExpired: (call: Call) => void
  /** Oldest first. */
  readonly #calls = new Set<Call>()
  readonly #watching: Timer
  #whenIdle: (() => void) | undefined

  constructor(parts: RunningCallsParts, onExpired: (call: Call) => void) {
    this.#parts = parts
    this.#onExpired = onExpired
    const everyMs = Math.min(parts.consumeTimeoutMs, EXPIRY_CHECK_MS)
    this.#watching = parts.clock.setInterval(() => this.#expire(), everyMs, { background: true })
  }

  /** How many. */
  get size(): number {
    return this.#calls.size
  }

  /** All of them. */
  all(): readonly Call[] {
    return [...this.#calls]
  }

  begin(call: Call): void {
    this.#calls.add(call)
  }

  /** False when it had ended before. */
  end(call: Call): boolean {
    if (!this.#calls.delete(call)) return false
    if (this.#calls.size === 0) this.#whenIdle?.()
    return true
  }

  /** Counts a result: so many messages of the batch are consumed, the others are not. */
  count({ batch, startedMs }: Call, consumed: number): void {
    const topic = batch[0]?.message.topic
    if (topic === undefined) return
    const { clock, stats } = this.#parts
    const totals = stats.of(topic)
    totals.consumed += consumed
    totals.failed += batch.length - consumed
    totals.consumeMs += clock.monotonicMs() - startedMs
  }

  /** No call expires any more; resolves with true when none is under way, with false when that takes too long. */
  async stop(timeoutMs: number): Promise<boolean> {
    this.#watching.cancel()
    if (this.#calls.size === 0) return true
    const idle = deferred<boolean>()
    this.#whenIdle = () => idle.resolve(true)
    return withTimeout(this.#parts.clock, idle.promise, timeoutMs, () => false)
  }

  #expire(): void {
    const { clock, consumeTimeoutMs } = this.#parts
    const before = clock.monotonicMs() - consumeTimeoutMs
    // Others may begin meanwhile; they are not late.
    for (const call of this.all()) {
      if (call.startedMs > before) break
      if (call.expired) continue
      call.expired = true
      this.#onExpired(call)
    }
  }
}
