// Hot path: counts every message consumed.
import type { Clock, Timer } from '../../../base/time/index.ts'

/** Running totals of one topic. */
export interface TopicTotals {
  pulls: number
  pulledMessages: number
  pullMs: number
  consumed: number
  failed: number
  consumeMs: number
}

const SAMPLE_MS = 10_000
const SAMPLES_PER_MINUTE = 6
const SAMPLES_PER_HOUR = 360

/** Figures of the last minute by topic, for administrators. Apache: `ConsumerStatsManager`. */
export class ConsumerStats {
  readonly #topics = new Map<string, { readonly totals: TopicTotals; readonly samples: TopicTotals[] }>()
  readonly #sampling: Timer

  constructor(clock: Clock) {
    this.#sampling = clock.setInterval(() => this.#sample(), SAMPLE_MS, { background: true })
  }

  /** The totals of a topic, to be added to. */
  of(topic: string): TopicTotals {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known.totals
    const totals = { pulls: 0, pulledMessages: 0, pullMs: 0, consumed: 0, failed: 0, consumeMs: 0 }
    this.#topics.set(topic, { totals, samples: [{ ...totals }] })
    return totals
  }

  /** Topic → figures under the names that administrators' tools read. Apache: `ConsumeStatus`. */
  statusTable(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.#topics].map(([topic, { totals, samples }]) => [topic, status(totals, samples)]))
  }

  stop(): void {
    this.#sampling.cancel()
  }

  #sample(): void {
    for (const { totals, samples } of this.#topics.values()) {
      samples.push({ ...totals })
      if (samples.length > SAMPLES_PER_HOUR) samples.shift()
    }
  }
}

function status(totals: TopicTotals, samples: readonly TopicTotals[]): Readonly<Record<string, number>> {
  const taken = Math.min(samples.length, SAMPLES_PER_MINUTE)
  const before = samples[samples.length - taken] ?? totals
  const seconds = (taken * SAMPLE_MS) / 1000
  const per = (sum: number, count: number): number => (count === 0 ? 0 : sum / count)
  const done = totals.consumed + totals.failed - before.consumed - before.failed
  return {
    pullRT: per(totals.pullMs - before.pullMs, totals.pulls - before.pulls),
    pullTPS: (totals.pulledMessages - before.pulledMessages) / seconds,
    consumeRT: per(totals.consumeMs - before.consumeMs, done),
    consumeOKTPS: (totals.consumed - before.consumed) / seconds,
    consumeFailedTPS: (totals.failed - before.failed) / seconds,
    consumeFailedMsgs: totals.failed - (samples[0]?.failed ?? 0),
  }
}
