import type { Statistic, StatisticSpan } from '../../remoting/index.ts'

/** A count at a moment. Apache: `CallSnapshot`. */
interface Snapshot {
  readonly atMs: number
  readonly sum: number
  readonly times: number
}

/** How often a window is sampled, and how many samples it keeps. Apache: `StatsItem`. */
const WINDOWS = {
  minute: { everyMs: 10_000, samples: 7 },
  hour: { everyMs: 600_000, samples: 7 },
  day: { everyMs: 3_600_000, samples: 25 },
} as const
type WindowName = keyof typeof WINDOWS

/** How often {@link Counted.sample} is to be called. */
export const SAMPLE_MS = WINDOWS.minute.everyMs

/** A sum that only grows, with what it was at past moments. Apache: `StatsItem` (5.3.3). */
export class Counted {
  /** Grows on hot paths. */
  sum = 0
  /** How often it grew. */
  times = 0
  readonly #windows: Record<WindowName, Snapshot[]> = { minute: [], hour: [], day: [] }

  /** Takes the samples that are due. */
  sample(nowMs: number): void {
    for (const name of Object.keys(WINDOWS) as WindowName[]) this.#sample(name, nowMs)
  }

  /** Whether nothing was added for a whole day. */
  get isIdle(): boolean {
    const { day } = this.#windows
    return day.length === WINDOWS.day.samples && day[0]?.times === this.times
  }

  /** What was added over the last minute, hour and day, as far as it was sampled. */
  spans(): Statistic {
    const { minute, hour, day } = this.#windows
    return { statsMinute: spanOf(minute), statsHour: spanOf(hour), statsDay: spanOf(day) }
  }

  #sample(name: WindowName, nowMs: number): void {
    const { everyMs, samples } = WINDOWS[name]
    const window = this.#windows[name]
    const last = window.at(-1)
    if (last !== undefined && nowMs - last.atMs < everyMs) return
    // What was counted before the first sample is taken to have begun one interval earlier.
    if (last === undefined) window.push({ atMs: nowMs - everyMs, sum: 0, times: 0 })
    window.push({ atMs: nowMs, sum: this.sum, times: this.times })
    if (window.length > samples) window.shift()
  }
}

function spanOf(window: readonly Snapshot[]): StatisticSpan {
  const [first, last] = [window[0], window.at(-1)]
  if (first === undefined || last === undefined || last.atMs === first.atMs) return { sum: 0, tps: 0, avgpt: 0 }
  const sum = last.sum - first.sum
  const times = last.times - first.times
  return { sum, tps: (sum * 1000) / (last.atMs - first.atMs), avgpt: times === 0 ? 0 : sum / times }
}
