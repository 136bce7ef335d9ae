/** A pending call. */
export interface Timer {
  /** Stops it; harmless when it has run or was stopped. */
  cancel(): void
}

/** Time as a port: the system's, or a simulated one that a test moves. */
export interface Clock {
  /** Milliseconds since the epoch; may step when the machine's time is set. */
  now(): number
  /** Milliseconds that never step back, with a fraction; for measuring. */
  monotonicMs(): number
  /** Calls back once after `ms`. A running timer keeps the process alive unless `background` is true. */
  setTimeout(callback: () => void, ms: number, options?: TimerOptions): Timer
  /** Calls back every `ms`. A running timer keeps the process alive unless `background` is true. */
  setInterval(callback: () => void, ms: number, options?: TimerOptions): Timer
  /** Calls back at the end of this turn of the event loop, after pending input was read. */
  setImmediate(callback: () => void): Timer
}

/** How a timer behaves. */
export interface TimerOptions {
  /** True: the timer alone does not keep the process alive. Default false. */
  readonly background?: boolean
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout(callback, ms, options) {
    const timer = setTimeout(callback, ms)
    if (options?.background) timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
  setInterval(callback, ms, options) {
    const timer = setInterval(callback, ms)
    if (options?.background) timer.unref()
    return { cancel: () => clearInterval(timer) }
  },
  setImmediate(callback) {
    const immediate = setImmediate(callback)
    return { cancel: () => clearImmediate(immediate) }
  },
}
