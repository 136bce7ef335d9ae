/**
 * Java's `String.hashCode`: 31-polynomial over UTF-16 units, 32 bits, signed. Tags, keys and queues are chosen by it.
 */
export function javaHashCode(text: string): number {
  return javaHashOn(0, text)
}

/** {@link javaHashCode} of a text with something before it, of which `start` is the hash. */
export function javaHashOn(start: number, text: string): number {
  let hash = start
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}

/** What {@link javaHashOf} knows how to hash. */
export type JavaHashable = string | number | bigint | boolean

/**
 * Java's `hashCode` of a `String`, an `Integer`, a `Long` (whole numbers that are no int, and every bigint outside of
 * it), a `Double` (any other number) or a `Boolean`.
 */
export function javaHashOf(value: JavaHashable): number {
  if (typeof value === 'string') return javaHashCode(value)
  if (typeof value === 'boolean') return value ? 1231 : 1237
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    const bits = Buffer.alloc(8)
    bits.writeDoubleBE(value)
    return bits.readInt32BE(0) ^ bits.readInt32BE(4)
  }
  const wide = BigInt.asIntN(64, BigInt(value))
  const isInt = wide === BigInt.asIntN(32, wide)
  return Number(BigInt.asIntN(32, isInt ? wide : wide ^ (wide >> 32n)))
}
