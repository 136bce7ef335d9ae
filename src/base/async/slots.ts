import { type Deferred, deferred } from './deferred.ts'

/** So many pieces of work at a time; others wait for their turn, in order. */
export class Slots {
  readonly #max: number
  #waiting: readonly Deferred<void>[] = []
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Resolves when there is a free one, which is taken then. */
  async take(): Promise<void> {
    if (this.#taken < this.#max) {
      this.#taken++
      return
    }
    const turn = deferred()
    this.#waiting = [...this.#waiting, turn]
    await turn.promise
  }

  /** Gives one back, to the one who waits longest if anybody does. */
  release(): void {
    const [next, ...others] = this.#waiting
    this.#waiting = others
    if (next === undefined) this.#taken--
    else next.resolve()
  }
}
