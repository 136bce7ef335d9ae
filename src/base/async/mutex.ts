import { deferred } from './deferred.ts'

/** Runs one piece of work at a time per key, in order of arrival. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>()

  async run<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.#tails.get(key)
    const mine = deferred()
    this.#tails.set(key, mine.promise)
    if (before !== undefined) await before
    try {
      return await work()
    } finally {
      if (this.#tails.get(key) === mine.promise) this.#tails.delete(key)
      mine.resolve()
    }
  }
}
