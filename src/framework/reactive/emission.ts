/**
 * Which messages caused a result. A result is emitted in one uninterrupted chain of calls, from the operator that made
 * it down to the subscriber that sends it; so what is sent while {@link Emission.run} runs belongs to that emission,
 * and to no other.
 */
let current: Emission | undefined

/** What one message, or several together, have caused. */
export class Emission {
  readonly #sends: Promise<void>[] = []

  /** Runs work; what is sent meanwhile was caused by this one. */
  run(work: () => void): void {
    const before = current
    current = this
    try {
      work()
    } finally {
      current = before
    }
  }

  /** Resolves when everything that was caused so far is stored; rejects when something could not be. */
  async stored(): Promise<void> {
    await Promise.all(this.#sends)
  }

  /** Something was sent. */
  add(sent: Promise<void>): void {
    this.#sends.push(sent)
  }
}

/** The emission that runs now. */
export function currentEmission(): Emission | undefined {
  return current
}
