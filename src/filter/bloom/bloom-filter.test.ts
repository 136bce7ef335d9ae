import { expect, test } from 'vitest'
import { BloomFilter, hasBits, setBits } from './bloom-filter.ts'

test('the default numbers make 112 bits, three for each group, where Apache puts them', () => {
  const bloom = new BloomFilter(20, 32)
  // From a consumerFilter.json that Apache 5.3.3 wrote.
  expect(bloom.bitsOf('CG_SQL', 'GoldenTopicA')).toEqual({ bitNum: 112, bitPos: [40, 20, 0] })
  expect(bloom.owns({ bitNum: 112, bitPos: [1, 2, 3] })).toBe(true)
})

test('other numbers make other bits', () => {
  const bloom = new BloomFilter(1, 64)
  const { bitNum, bitPos } = bloom.bitsOf('a-much-longer-group-than-a-block-of-the-hash', 'Topic')
  expect(bitPos).toHaveLength(7)
  expect(bitPos.every((position) => position >= 0 && position < bitNum)).toBe(true)
  expect(bloom.owns({ bitNum: 112, bitPos: [1, 2, 3] })).toBe(false)
})

test('a bit map holds the bits of groups as Apache’s broker writes them', () => {
  const bloom = new BloomFilter(20, 32)
  const map = bloom.emptyMap()
  const bits = bloom.bitsOf('CG_SQL', 'GoldenTopicA')
  expect(hasBits(map, bits)).toBe(false)
  setBits(map, bits)
  // From a file in consumequeue_ext that Apache 5.3.3 wrote.
  expect(map.toString('hex')).toBe('0100100000010000000000000000')
  expect(hasBits(map, bits)).toBe(true)
  expect(hasBits(map, { bitNum: 112, bitPos: [40, 20, 1] })).toBe(false)
  // A map of other numbers says nothing.
  expect(hasBits(Buffer.alloc(8), bits)).toBe(true)
})
