import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../base/errors/index.ts'
import { SYS_FLAG } from '../sys-flag.ts'
import { COMPRESSION_TYPES, compressBody, compressionFlag, decompressBody, loadCompression } from './compression.ts'

beforeAll(() => Promise.all(COMPRESSION_TYPES.map(loadCompression)))

const bodies = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3000 }),
  // Text that repeats itself, with matches of many lengths and distances.
  fc
    .array(fc.constantFrom('order ', 'paid ', 'x', '0123456789abcdef'), { minLength: 1, maxLength: 4000 })
    .map((words) => Buffer.from(words.join(''))),
)

test.each(COMPRESSION_TYPES)('a body compressed with %s is whole again', (type) => {
  fc.assert(
    fc.property(bodies, (body) => {
      const packed = compressBody(body, type)
      expect(decompressBody(packed, compressionFlag(type), 'ID').equals(body)).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test.each(COMPRESSION_TYPES)('a body of several blocks is whole again with %s', (type) => {
  const body = Buffer.alloc(9 * 1024 * 1024, 'more than one block of four mebibytes ')
  for (let at = 0; at < body.length; at += 4099)
    body.writeInt32BE(Math.imul(at, 2_654_435_761), Math.min(at, body.length - 4))
  expect(decompressBody(compressBody(body, type), compressionFlag(type), 'ID').equals(body)).toBe(true)
})

test.each(COMPRESSION_TYPES)('a damaged body of %s is refused or read, never another failure', (type) => {
  const packed = compressBody(Buffer.alloc(5000, 'damaged later '), type)
  fc.assert(
    fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(packed.length), (at, flip, cut) => {
      const damaged = Buffer.from(packed)
      damaged[at] = (damaged[at] as number) ^ flip
      for (const bytes of [damaged, packed.subarray(0, cut), damaged.subarray(0, cut)]) {
        try {
          decompressBody(bytes, compressionFlag(type), 'ID')
        } catch (failure) {
          expect(codeOf(failure)).toBe('RMQ_BODY_UNREADABLE')
        }
      }
    }),
    { numRuns: 300 },
  )
})

test.each(COMPRESSION_TYPES)('noise under the flag of %s is refused', (type) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
      expect(() => decompressBody(Buffer.from(noise), compressionFlag(type), 'ID')).toThrow('cannot be read')
    }),
  )
})

test.each(['zlib', 'zstd'] as const)('a small body of %s that unpacks to too much is refused', (type) => {
  const packed = compressBody(Buffer.alloc(129 * 1024 * 1024), type)
  expect(packed.length).toBeLessThan(1024 * 1024)
  expect(() => decompressBody(packed, compressionFlag(type), 'ID')).toThrow('cannot be read')
})

test('a compression that nobody knows is refused by its number', () => {
  const sysFlag = SYS_FLAG.compressed | 0x400
  expect(() => decompressBody(Buffer.from('x'), sysFlag, 'ID')).toThrow('(compression of type 4) cannot be read')
})
