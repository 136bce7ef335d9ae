import { crc32 as crc32OfZlib } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32, crc32At } from './index.ts'

test('short and long bytes, anywhere in a buffer, have the checksum that zlib gives them', () => {
  const length = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 370, max: 400 }))
  fc.assert(
    fc.property(length, fc.integer({ min: 0, max: 9 }), fc.integer(), (bytes, from, seed) => {
      const buffer = Buffer.from(Array.from({ length: from + bytes + 3 }, (_, at) => Math.imul(at + 1, seed) >>> 13))
      const part = buffer.subarray(from, from + bytes)
      const expected = crc32OfZlib(part) & 0x7fff_ffff
      expect([crc32At(buffer, from, from + bytes), crc32(part)]).toEqual([expected, expected])
    }),
  )
})
