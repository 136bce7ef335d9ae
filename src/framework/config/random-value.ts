import type { Random } from '../../base/random/index.ts'

const INT_LIMIT = 2_147_483_647

/**
 * `random.int`, `random.int(10)`, `random.int[1,9]`, `random.long`, `random.uuid`, `random.value`; undefined for other
 * keys.
 */
export function randomValue(key: string, random: Random): string | undefined {
  const match = /^random\.(int|long|uuid|value)(?:\((\d+)\)|\[(\d+),(\d+)\])?$/.exec(key)
  if (match === null) return undefined
  const [, kind, limit, from, to] = match
  const hex = (digits: number): string => Array.from({ length: digits }, () => random.below(16).toString(16)).join('')
  if (kind === 'value') return hex(32)
  if (kind === 'uuid') return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
  const low = Number(from ?? 0)
  const high = Math.min(Number(to ?? limit ?? INT_LIMIT), INT_LIMIT)
  return String(low + random.below(Math.max(1, high - low)))
}
