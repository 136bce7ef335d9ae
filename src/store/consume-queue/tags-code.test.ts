import fc from 'fast-check'
import { expect, test } from 'vitest'
import { javaHashCode } from '../../base/bytes/index.ts'
import { findProperty } from '../../message/index.ts'
import { parseDelayLevels, scheduleCodeOf, tagsCodeOf } from './tags-code.ts'

const codeOf = (text: string): number => {
  const bytes = Buffer.from(text)
  return tagsCodeOf(bytes, 0, bytes.length)
}

test.each([
  ['TAGS\u0001TagA\u0002', 2_598_919],
  ['KEYS\u0001k\u0002TAGS\u0001TagB\u0002WAIT\u0001true\u0002', 2_598_920],
  // The closing separator may be missing.
  ['TAGS\u0001polygenelubricants', -2_147_483_648],
  ['TAGS\u0001标签\u0002', 857_175],
  // Of a repeated name the last wins, but an empty value does not count.
  ['TAGS\u0001x\u0002TAGS\u0001TagA\u0002TAGS\u0001\u0002', 2_598_919],
  ['', 0],
  ['XTAGS\u0001TagA\u0002', 0],
  ['KEYS\u0001TAGS\u0001TagA\u0002', 0],
])('the tags code of %j is %i, as in Apache’s queues', (text, code) => {
  expect(codeOf(text)).toBe(code)
})

test('the tags code is the hash of the tag that a decoder of properties finds', () => {
  const part = fc
    .tuple(
      fc.constantFrom('TAGS', 'TAG', 'DELAY', ''),
      fc.constantFrom('\u0001', ''),
      fc.stringMatching(/^[a-z标]{0,6}$/),
    )
    .map((texts) => texts.join(''))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const text = parts.join('\u0002')
      const tag = lastNonEmpty(text)
      expect(codeOf(text)).toBe(tag === undefined ? 0 : javaHashCode(tag))
    }),
  )
})

function lastNonEmpty(text: string): string | undefined {
  return text
    .split('\u0002')
    .filter((part) => part.startsWith('TAGS\u0001') && part.length > 5)
    .map((part) => findProperty(part, 'TAGS'))
    .at(-1)
}

test('a delayed message’s code is its due time; the level is capped at the highest', () => {
  const delays = parseDelayLevels('1s 5s 10m 2h 1d')
  expect(delays).toEqual([1000, 5000, 600_000, 7_200_000, 86_400_000])
  const code = (text: string): number => scheduleCodeOf(Buffer.from(text), 0, Buffer.byteLength(text), 1000, delays)
  expect(code('DELAY\u00013\u0002')).toBe(601_000)
  expect(code('TAGS\u0001TagA\u0002DELAY\u000199\u0002')).toBe(86_401_000)
  expect(code('TAGS\u0001TagA\u0002DELAY\u00010\u0002')).toBe(2_598_919)
  expect(code('TAGS\u0001TagA\u0002')).toBe(2_598_919)
})
