import fc from 'fast-check'
import { expect, test } from 'vitest'
import { javaHashCode } from '../../base/bytes/index.ts'
import { tagsCodeOf } from '../consume-queue/tags-code.ts'
import { hashProperties, indexHash, topicHash } from './key-hash.ts'

test('Java’s one hash without an absolute value becomes 0', () => {
  // The key recorded from a Java broker: GoldenTopicB#minXlrAA3 has the hash -2^31.
  expect(indexHash('GoldenTopicB', 'minXlrAA3')).toBe(0)
  expect(indexHash('GoldenTopicA', 'keyA-0')).toBe(2_001_620_755)
})

test('of repeated names the last counts, the unique id comes first, and blanks divide keys', () => {
  const hashesOf = (text: string): number[] => {
    const hashes: number[] = []
    hashProperties(Buffer.from(text), 0, Buffer.byteLength(text), topicHash('T'), hashes)
    return hashes
  }
  const h = (...keys: string[]): number[] => keys.map((key) => indexHash('T', key))
  expect(hashesOf('KEYS\u0001a  b \u0002UNIQ_KEY\u0001u\u0002')).toEqual(h('u', 'a', 'b'))
  expect(hashesOf('KEYS\u0001a b\u0002KEYS\u0001c')).toEqual(h('c'))
  expect(hashesOf('UNIQ_KEY\u0001u\u0002UNIQ_KEY\u0001v\u0002KEYS\u0001\u0002')).toEqual(h('v'))
  expect(hashesOf('KEYS\u0001größe ключ 😀\u0002')).toEqual(h('größe', 'ключ', '😀'))
  expect(hashesOf('XKEYS\u0001a\u0002KEYSX\u0001a\u0002KEYS')).toEqual([])
})

test('keys and tags of any text and length have the hashes that Java gives to the text', () => {
  const word = fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.string({ minLength: 1, unit: 'binary' }))
  const divides = ['\u0001', '\u0002', ' ']
  const value = word.filter((text) => !divides.some((sign) => text.includes(sign)))
  fc.assert(
    fc.property(value, fc.array(value, { minLength: 1, maxLength: 3 }), value, fc.nat(5), (unique, keys, tags, at) => {
      const text = `A\u0001b\u0002KEYS\u0001${keys.join(' ')}\u0002UNIQ_KEY\u0001${unique}\u0002TAGS\u0001${tags}`
      const bytes = Buffer.from(`${'#'.repeat(at)}${text}`)
      const hashes: number[] = [7]
      const code = hashProperties(bytes, at, bytes.length, topicHash('T'), hashes)
      expect(hashes).toEqual([7, ...[unique, ...keys].map((key) => indexHash('T', key))])
      expect([code, tagsCodeOf(bytes, at, bytes.length)]).toEqual([javaHashCode(tags), javaHashCode(tags)])
    }),
  )
})
