import type { Clock, Timer } from './clock.ts'

interface Pending {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
}

/** A clock that stands still until a test moves it; callbacks run in order of their time, then of their making. */
export class SimulatedClock implements Clock {
  #nowMs: number
  #order = 0
  readonly #pending = new Set<Pending>()

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  setTimeout(callback: () => void, ms: number): Timer {
    return this.#add(callback, ms)
  }

  setInterval(callback: () => void, ms: number): Timer {
    let current: Timer
    const again = (): void => {
      current = this.#add(again, ms)
      callback()
    }
    current = this.#add(again, ms)
    return { cancel: () => current.cancel() }
  }

  setImmediate(callback: () => void): Timer {
    return this.#add(callback, 0)
  }

  /** Moves time by `ms`, running what becomes due, promises in between included. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#pending.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.callback()
      await settle()
    }
    this.#nowMs = untilMs
    await settle()
  }

  #add(callback: () => void, ms: number): Timer {
    const pending: Pending = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, callback }
    this.#pending.add(pending)
    return { cancel: () => this.#pending.delete(pending) }
  }

  #next(untilMs: number): Pending | undefined {
    let first: Pending | undefined
    for (const candidate of this.#pending) {
      if (candidate.atMs > untilMs) continue
      const earlier =
        first === undefined ||
        candidate.atMs < first.atMs ||
        (candidate.atMs === first.atMs && candidate.order < first.order)
      if (earlier) first = candidate
    }
    return first
  }
}

/** Lets promise reactions run, so that what a timer started gets as far as it can. */
async function settle(): Promise<void> {
  for (let round = 0; round < 50; round++) await Promise.resolve()
}
