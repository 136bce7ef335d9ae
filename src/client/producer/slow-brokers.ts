// Hot path: one entry per message sent, when it is switched on.

/** An answer that takes so long keeps new messages from the broker for so long. Apache: `MQFaultStrategy` (5.3.3). */
const PENALTIES: readonly (readonly [latencyMs: number, avoidMs: number])[] = [
  [15_000, 30_000],
  [5000, 10_000],
  [3000, 6000],
  [1800, 5000],
  [550, 2000],
]
/** A failed send counts as one that took so long. */
const FAILURE_MS = 10_000

/**
 * Remembers which brokers answer slowly or not at all, so that messages go to others for a while. Apache:
 * `LatencyFaultToleranceImpl`. A broker is as good as new when its time is over; nothing is asked of it meanwhile.
 */
export class SlowBrokers {
  readonly #avoidedUntilMs = new Map<string, number>()

  /** A send was answered after so long. */
  answered(brokerName: string, latencyMs: number, nowMs: number): void {
    const avoidMs = penaltyOf(latencyMs)
    if (avoidMs > 0) this.#avoidedUntilMs.set(brokerName, nowMs + avoidMs)
    else this.#avoidedUntilMs.delete(brokerName)
  }

  /** A send was not answered, or refused. */
  failed(brokerName: string, nowMs: number): void {
    this.#avoidedUntilMs.set(brokerName, nowMs + penaltyOf(FAILURE_MS))
  }

  /** Whether messages should go elsewhere now. */
  isAvoided(brokerName: string, nowMs: number): boolean {
    return (this.#avoidedUntilMs.get(brokerName) ?? 0) > nowMs
  }
}

function penaltyOf(latencyMs: number): number {
  for (const [slowMs, avoidMs] of PENALTIES) if (latencyMs >= slowMs) return avoidMs
  return 0
}
