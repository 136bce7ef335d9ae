import { expect, test } from 'vitest'
import { parseTags, tagCodes } from './tag-expression.ts'
import { acceptsCodes } from './tag-filter.ts'

test('an expression is its tags, trimmed and each once; of bars alone it is none', () => {
  expect(parseTags(' a ||b|| ||a')).toEqual(['a', 'b'])
  expect([parseTags('*'), parseTags('')]).toEqual([[], []])
  expect(parseTags(' || ')).toBeUndefined()
})

test('tags are told apart by Java’s hash', () => {
  const [one, two] = [acceptsCodes(tagCodes(['Aa'])), acceptsCodes(tagCodes(['Aa', 'c']))]
  const codes = [2112, 99, 0]
  expect(tagCodes(['Aa', 'BB'])).toEqual([2112])
  expect(codes.map(one)).toEqual([true, false, false])
  expect(codes.map(two)).toEqual([true, true, false])
})
