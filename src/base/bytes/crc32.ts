import { crc32 as crc32OfZlib } from 'node:zlib'

/** CRC-32 (zlib's polynomial) without its sign bit, as RocketMQ stores it. Apache: `UtilAll.crc32`. */
export function crc32(bytes: Uint8Array): number {
  return crc32OfZlib(bytes) & 0x7fff_ffff
}
