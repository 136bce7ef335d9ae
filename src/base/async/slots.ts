import { type Deferred, deferred } from './deferred.ts'

/**
 * Places gone from the front of the queue before it is cut: one cut for many, so that a long queue costs no more per
 * place.
 */
const GONE_MAX = 1024

interface Waiting {
  readonly count: number
  readonly turn: Deferred<void>
}

/** So many pieces of work at a time, or so many bytes; others wait for their turn, in order. */
export class Slots {
  readonly #max: number
  #free: number
  #waiting: Waiting[] = []
  /** Before it are those who had their turn. */
  #first = 0

  constructor(max: number) {
    this.#max = max
    this.#free = max
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length - this.#first
  }

  /** Resolves when `count` are free, which are taken then. Who wants more than there are gets all of them. */
  async take(count = 1): Promise<void> {
    const wanted = Math.min(count, this.#max)
    if (this.waiting === 0 && wanted <= this.#free) {
      this.#free -= wanted
      return
    }
    const turn = deferred()
    this.#waiting.push({ count: wanted, turn })
    await turn.promise
  }

  /** Gives back what `take(count)` took, to those who wait longest if anybody does. */
  release(count = 1): void {
    this.#free += Math.min(count, this.#max)
    for (let next = this.#waiting[this.#first]; next !== undefined; next = this.#waiting[this.#first]) {
      if (next.count > this.#free) return
      this.#free -= next.count
      this.#first++
      if (this.#first === GONE_MAX || this.waiting === 0) {
        this.#waiting = this.#waiting.slice(this.#first)
        this.#first = 0
      }
      next.turn.resolve()
    }
  }
}
