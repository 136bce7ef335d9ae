/** Spans for which a rate is told, seconds. Apache: `StoreStatsService.getPutTps`. */
const SPANS_S = [10, 60, 600] as const
const SAMPLES_MAX = SPANS_S[2] + 1

/** A sum that only grows, sampled once a second. Apache: `StoreStatsService` (5.3.3). */
export class Throughput {
  /** Grows on hot paths. */
  total = 0
  /** At the beginning of today and of yesterday, the broker's own time zone. Apache: `BrokerStats`. */
  todayMorning = 0
  yesterdayMorning = 0
  readonly #samples = new Float64Array(SAMPLES_MAX)
  readonly #times = new Float64Array(SAMPLES_MAX)
  #count = 0

  /** Called once a second. */
  sample(nowMs: number): void {
    const at = this.#count++ % SAMPLES_MAX
    this.#samples[at] = this.total
    this.#times[at] = nowMs
  }

  /** Called at midnight. */
  newDay(): void {
    this.yesterdayMorning = this.todayMorning
    this.todayMorning = this.total
  }

  /** Growth per second over the last `seconds`, or over what was sampled so far; 0 before two samples. */
  perSecond(seconds: number): number {
    const kept = Math.min(this.#count, SAMPLES_MAX)
    const back = Math.min(seconds, kept - 1)
    if (back < 1) return 0
    const last = (this.#count - 1) % SAMPLES_MAX
    const first = (this.#count - 1 - back) % SAMPLES_MAX
    const elapsedMs = (this.#times[last] ?? 0) - (this.#times[first] ?? 0)
    if (elapsedMs <= 0) return 0
    return (((this.#samples[last] ?? 0) - (this.#samples[first] ?? 0)) * 1000) / elapsedMs
  }
}

/** The rates of one or several sums added up, as tools read them: 10 s, 1 min and 10 min, divided by blanks. */
export function ratesText(...parts: readonly Throughput[]): string {
  return SPANS_S.map((seconds) => doubleText(parts.reduce((sum, part) => sum + part.perSecond(seconds), 0))).join(' ')
}

/** A number as Java prints a double. */
export function doubleText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
