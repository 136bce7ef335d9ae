/** Offsets remembered at most; of the oldest it is then no longer known where they went. */
const REMEMBERED_MAX = 10_000

/** One half message under all its offsets. */
interface Chain {
  /** Where it lies now. */
  current: number
  isEnded: boolean
}

/**
 * Half messages that were stored again at the end of their queue. A producer may end one by its old offset while it is
 * being asked about the new one; without this table both ends would count, and the message would be delivered twice.
 */
export class MovedHalves {
  readonly #chains = new Map<number, Chain>()

  /** The half message at `from` now lies at `to`. */
  moved(from: number, to: number): void {
    const chain = this.#chains.get(from) ?? { current: from, isEnded: false }
    chain.current = to
    this.#chains.set(from, chain)
    this.#chains.set(to, chain)
    for (const offset of this.#chains.keys()) {
      if (this.#chains.size <= REMEMBERED_MAX) break
      this.#chains.delete(offset)
    }
  }

  /** The half message that lay at `offset` is ended. */
  ended(offset: number): void {
    const chain = this.#chains.get(offset)
    if (chain !== undefined) chain.isEnded = true
  }

  /** Where the half message of `offset` lies now; `undefined`: it is ended already. */
  current(offset: number): number | undefined {
    const chain = this.#chains.get(offset)
    if (chain === undefined) return offset
    return chain.isEnded ? undefined : chain.current
  }
}
