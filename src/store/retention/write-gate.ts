/** Why a store refuses messages though it is open. */
export type Refusal = 'disk-nearly-full' | 'queues-not-written'

/** Whether messages are taken. Apache: `RunningFlags` (5.3.3). */
export class WriteGate {
  readonly #refusals = new Set<Refusal>()
  /** Read for every message. */
  isShut = false

  /** Begins or ends to refuse messages for this reason. */
  set(refusal: Refusal, isOn: boolean): void {
    if (isOn) this.#refusals.add(refusal)
    else this.#refusals.delete(refusal)
    this.isShut = this.#refusals.size > 0
  }
}
