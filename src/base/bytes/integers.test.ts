import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readInt16, readInt32, readInt64, readInt64Of, viewOf, writeInt64, writeInt64To } from './index.ts'

test('all ways to read and write an integer agree with those of a Buffer', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(bytes, fc.nat(8), fc.maxSafeInteger(), (given, at, value) => {
      const buffer = Buffer.from(given)
      const view = viewOf(buffer)
      expect(readInt16(buffer, at)).toBe(buffer.readInt16BE(at))
      expect(readInt32(buffer, at)).toBe(buffer.readInt32BE(at))
      expect(readInt64(buffer, at)).toBe(Number(buffer.readBigInt64BE(at)))
      expect(readInt64Of(view, at)).toBe(readInt64(buffer, at))
      expect([writeInt64(buffer, value, at), buffer.readBigInt64BE(at)]).toEqual([at + 8, BigInt(value)])
      expect([writeInt64To(view, -value, at), buffer.readBigInt64BE(at)]).toEqual([at + 8, BigInt(-value)])
    }),
  )
})
