// Hot path: the checksum of every body.

import { crc32 as crc32OfZlib } from 'node:zlib'
import { byteAt } from './integers.ts'

/** Up to so many bytes the tables are faster than a call of zlib, which costs as much as they take for this many. */
const SMALL_BYTES_MAX = 384

const POLYNOMIAL = 0xedb88320

/** `TABLES[k][b]`: what a byte `b` with `k` more behind it adds. */
const TABLES: readonly Int32Array[] = makeTables()
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/** CRC-32 (zlib's polynomial) without its sign bit, as RocketMQ stores it. Apache: `UtilAll.crc32`. */
export function crc32(bytes: Uint8Array): number {
  return crc32At(bytes, 0, bytes.length)
}

/** {@link crc32} of the bytes `[from, to)`, without a view of them when they are few. */
export function crc32At(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > SMALL_BYTES_MAX) {
    return crc32OfZlib(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)) & 0x7fff_ffff
  }
  let sum = -1
  let at = from
  for (const eightEnd = to - 7; at < eightEnd; at += 8) {
    sum ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
    sum =
      entryOf(T7, sum & 0xff) ^
      entryOf(T6, (sum >>> 8) & 0xff) ^
      entryOf(T5, (sum >>> 16) & 0xff) ^
      entryOf(T4, sum >>> 24) ^
      entryOf(T3, byteAt(bytes, at + 4)) ^
      entryOf(T2, byteAt(bytes, at + 5)) ^
      entryOf(T1, byteAt(bytes, at + 6)) ^
      entryOf(T0, byteAt(bytes, at + 7))
  }
  for (; at < to; at++) sum = (sum >>> 8) ^ entryOf(T0, (sum ^ byteAt(bytes, at)) & 0xff)
  return ~sum & 0x7fff_ffff
}

function entryOf(table: Int32Array, index: number): number {
  return table[index] as number
}

function makeTables(): Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256))
  const [first] = tables as [Int32Array]
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ POLYNOMIAL
    first[byte] = sum
  }
  for (const [index, table] of tables.entries()) {
    const before = tables[index - 1]
    if (before === undefined) continue
    for (let byte = 0; byte < 256; byte++) {
      const sum = entryOf(before, byte)
      table[byte] = (sum >>> 8) ^ entryOf(first, sum & 0xff)
    }
  }
  return tables
}
