// Hot path: a property that is compared with a number is read as one for every message.

/** A number with Java's type, which decides how texts are read when they are compared with it. */
export interface SqlNumber {
  readonly type: 'int' | 'long' | 'double'
  /** A `bigint` exactly where a long is beyond ±(2^53 − 1). */
  readonly value: number | bigint
}

const INT_MAX = 2_147_483_647
const LONG_MAX = 2n ** 63n - 1n
const LONG_MIN = -(2n ** 63n)
/** So many digits are always exact in a number. */
const EXACT_DIGITS = 15
/** Digits of the largest long. */
const LONG_DIGITS = 19

/**
 * The text as a Java `int`; `undefined` when it is none. Apache: `Integer.valueOf` in `ComparisonExpression.__compare`.
 */
export function readInt(text: string): number | undefined {
  const value = readLong(text)
  return typeof value === 'number' && value <= INT_MAX && value >= -INT_MAX - 1 ? value : undefined
}

/** The text as a Java `long`: a sign or none, digits, nothing else; `undefined` when it is none. */
export function readLong(text: string): number | bigint | undefined {
  const first = text.charCodeAt(0)
  const isNegative = first === 0x2d
  const from = isNegative || first === 0x2b ? 1 : 0
  const digits = text.length - from
  if (digits === 0) return undefined
  if (digits > EXACT_DIGITS) return readLongDigits(text, from, isNegative)
  let value = 0
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return readLongDigits(text, from, isNegative)
    value = value * 10 + digit
  }
  return isNegative ? 0 - value : value
}

/**
 * The text as a Java `double`; `undefined` when it is none. Apache: `Double.valueOf` in
 * `ComparisonExpression.__compare`.
 */
export function readDouble(text: string): number | undefined {
  const trimmed = trimControls(text)
  const decimal = DECIMAL.exec(trimmed)?.[1]
  if (decimal !== undefined) return Number(decimal)
  const named = NAMED.exec(trimmed)
  if (named !== null) return named[2] === 'NaN' ? Number.NaN : named[1] === '-' ? -Infinity : Infinity
  const hex = HEX.exec(trimmed)
  return hex === null ? undefined : hexValue(hex[1] === '-', hex[2] ?? '', hex[3] ?? '', Number(hex[4]))
}

/** Negative, zero or positive, as Java's `Double.compareTo`: NaN is above all and equal to itself, −0 below 0. */
export function compareDoubles(left: number, right: number): number {
  if (left < right) return -1
  if (left > right) return 1
  if (Object.is(left, right)) return 0
  if (Number.isNaN(left)) return 1
  if (Number.isNaN(right)) return -1
  return Object.is(left, -0) ? -1 : 1
}

/** Negative, zero or positive; both may be of either form. */
export function compareLongs(left: number | bigint, right: number | bigint): number {
  return left < right ? -1 : left > right ? 1 : 0
}

const DECIMAL = /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?$/
const NAMED = /^([+-]?)(NaN|Infinity)$/
const HEX = /^([+-]?)0[xX](?=\.?[0-9a-fA-F])([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)[fFdD]?$/

/** Java's `trim`: everything up to the blank, at both ends. */
function trimControls(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** The rare forms of a long: many digits, leading zeros, digits of other scripts, which Java takes, too. */
function readLongDigits(text: string, from: number, isNegative: boolean): number | bigint | undefined {
  let digits = ''
  for (let at = from; at < text.length; at++) {
    const digit = digitValue(text.charCodeAt(at))
    if (digit === undefined) return undefined
    if (digit !== 0 || digits !== '') digits += digit
    if (digits.length > LONG_DIGITS) return undefined
  }
  const value = isNegative ? -BigInt(digits) : BigInt(digits)
  if (value > LONG_MAX || value < LONG_MIN) return undefined
  const exact = Number(value)
  return Number.isSafeInteger(exact) ? exact : value
}

/** Digits of every script stand ten in a row, from 0 to 9. Apache: `Character.digit`. */
function digitValue(unit: number): number | undefined {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  if (unit < 0x80 || !isDigit(unit)) return undefined
  let zero = unit
  while (isDigit(zero - 1)) zero--
  return unit - zero
}

function isDigit(unit: number): boolean {
  return /^\p{Nd}$/u.test(String.fromCharCode(unit))
}

const EXPONENT_MAX = 1_000_000
/** Bits of a double's fraction, and the exponent of its smallest bit. */
const PRECISION = 53
const SMALLEST_EXPONENT = -1074

/** `0x1.8p1`: the nearest double, the even one of two. */
function hexValue(isNegative: boolean, whole: string, fraction: string, power: number): number {
  let bits = BigInt(`0x${whole}${fraction}`)
  let exponent = Math.max(-EXPONENT_MAX, Math.min(EXPONENT_MAX, power)) - 4 * fraction.length
  const length = bits === 0n ? 0 : bits.toString(2).length
  const surplus = Math.max(length - PRECISION, SMALLEST_EXPONENT - exponent)
  if (surplus > length) bits = 0n
  else if (surplus > 0) {
    const rest = bits & ((1n << BigInt(surplus)) - 1n)
    const half = 1n << BigInt(surplus - 1)
    bits >>= BigInt(surplus)
    if (rest > half || (rest === half && (bits & 1n) === 1n)) bits += 1n
    exponent += surplus
  }
  // An exponent beyond the largest leaves nothing or everything.
  const value = bits === 0n ? 0 : exponent > 1023 ? Infinity : Number(bits) * 2 ** exponent
  return isNegative ? -value : value
}
