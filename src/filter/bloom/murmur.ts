const C1 = 0x87c37b91114253d5n
const C2 = 0x4cf5ad432745937fn
const BLOCK_BYTES = 16

/** The first 64 bits, unsigned, of MurmurHash3 x64 128 with seed 0. Apache uses Guava's `Hashing.murmur3_128`. */
export function murmur64(bytes: Buffer): bigint {
  let h1 = 0n
  let h2 = 0n
  const whole = bytes.length - (bytes.length % BLOCK_BYTES)
  for (let at = 0; at < whole; at += BLOCK_BYTES) {
    h1 = wrap((rotate(h1 ^ mixFirst(bytes.readBigUInt64LE(at)), 27n) + h2) * 5n + 0x52dce729n)
    h2 = wrap((rotate(h2 ^ mixSecond(bytes.readBigUInt64LE(at + 8)), 31n) + h1) * 5n + 0x38495ab5n)
  }
  const tail = Buffer.alloc(BLOCK_BYTES)
  bytes.copy(tail, 0, whole)
  h1 ^= mixFirst(tail.readBigUInt64LE(0))
  h2 ^= mixSecond(tail.readBigUInt64LE(8))
  const length = BigInt(bytes.length)
  h1 = wrap((h1 ^ length) + (h2 ^ length))
  h2 = wrap((h2 ^ length) + h1)
  return wrap(finish(h1) + finish(h2))
}

function mixFirst(value: bigint): bigint {
  return wrap(rotate(wrap(value * C1), 31n) * C2)
}

function mixSecond(value: bigint): bigint {
  return wrap(rotate(wrap(value * C2), 33n) * C1)
}

function finish(value: bigint): bigint {
  let mixed = wrap((value ^ (value >> 33n)) * 0xff51afd7ed558ccdn)
  mixed = wrap((mixed ^ (mixed >> 33n)) * 0xc4ceb9fe1a85ec53n)
  return mixed ^ (mixed >> 33n)
}

function rotate(value: bigint, by: bigint): bigint {
  return wrap((value << by) | (value >> (64n - by)))
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}
