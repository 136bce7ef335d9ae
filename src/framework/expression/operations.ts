import { javaHashCode, javaHashOf } from '../../base/bytes/index.ts'

/** Longest pattern of `matches`. */
export const PATTERN_LENGTH_MAX = 256
/** Longest text that a pattern is applied to; a longer one does not match. */
const MATCHED_TEXT_MAX = 4_096

/** An own property of an object or map; nothing inherited, so that no expression reaches code. */
export function propertyOf(target: unknown, name: unknown): unknown {
  if (target instanceof Map) return target.get(name)
  if (typeof target !== 'object' || target === null || Buffer.isBuffer(target)) return undefined
  const key = String(name)
  return Object.hasOwn(target, key) ? (target as Record<string, unknown>)[key] : undefined
}

/** Equal as SpEL sees it: numbers and their texts are not; `null` and missing are. */
export function isEqual(left: unknown, right: unknown): boolean {
  return (left ?? undefined) === (right ?? undefined)
}

/** True, or the text that Spring converts to it. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}

/** Order of two numbers or two texts; a number and a numeric text compare as numbers. `undefined`: not comparable. */
export function compare(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0
  const [first, second] = [Number(left ?? Number.NaN), Number(right ?? Number.NaN)]
  return Number.isNaN(first) || Number.isNaN(second) ? undefined : first - second
}

/** Whether a text matches a pattern as a whole. */
export function matches(text: unknown, pattern: RegExp): boolean {
  if (text === undefined || text === null) return false
  const subject = String(text)
  return subject.length <= MATCHED_TEXT_MAX && pattern.test(subject)
}

type Method = (target: unknown, ...args: readonly unknown[]) => unknown

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

/** The methods that an expression may call; there are no others. */
export const METHODS: Readonly<Record<string, { readonly arity: number; readonly call: Method }>> = {
  equals: { arity: 1, call: isEqual },
  equalsIgnoreCase: { arity: 1, call: (target, other) => text(target).toLowerCase() === text(other).toLowerCase() },
  startsWith: { arity: 1, call: (target, start) => text(target).startsWith(text(start)) },
  endsWith: { arity: 1, call: (target, end) => text(target).endsWith(text(end)) },
  contains: { arity: 1, call: containsItem },
  containsKey: { arity: 1, call: (target, key) => propertyOf(target, key) !== undefined },
  get: { arity: 1, call: propertyOf },
  toLowerCase: { arity: 0, call: (target) => text(target).toLowerCase() },
  toUpperCase: { arity: 0, call: (target) => text(target).toUpperCase() },
  trim: { arity: 0, call: (target) => text(target).trim() },
  isEmpty: { arity: 0, call: (target) => lengthOf(target) === 0 },
  length: { arity: 0, call: lengthOf },
  size: { arity: 0, call: lengthOf },
  toString: { arity: 0, call: text },
  intValue: { arity: 0, call: (target) => Math.trunc(Number(target)) },
  hashCode: { arity: 0, call: hashCodeOf },
}

function containsItem(target: unknown, item: unknown): boolean {
  if (Array.isArray(target)) return target.some((member) => isEqual(member, item))
  return typeof target === 'string' && item !== undefined && item !== null && target.includes(String(item))
}

function lengthOf(target: unknown): number {
  if (typeof target === 'string' || Array.isArray(target) || Buffer.isBuffer(target)) return target.length
  return typeof target === 'object' && target !== null ? Object.keys(target).length : 0
}

/** As Java computes it, so that both choose the same partition. */
export function hashCodeOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return javaHashOf(value)
    default:
      return javaHashCode(JSON.stringify(value) ?? '')
  }
}
