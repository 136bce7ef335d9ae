import { randomInt } from 'node:crypto'

/** Chance as a port: the machine's, or one that repeats from a seed. */
export interface Random {
  /** A whole number from 0 up to, not including, `limit` (at most 2^31). */
  below(limit: number): number
}

/** Chance from the machine. */
export const systemRandom: Random = { below: (limit) => randomInt(limit) }

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    below(limit) {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
    },
  }
}
