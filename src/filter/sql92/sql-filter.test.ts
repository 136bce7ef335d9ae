import { expect, test } from 'vitest'
import { storedRecord } from '../../../test/kit/stored-record.ts'
import { SqlFilter } from './sql-filter.ts'
import { SqlFilters } from './sql-filters.ts'

const PROPERTIES = { a: '7', s: 'abc', d: '1.5', t: 'true', KEYS: 'k1 k2', big: '9007199254740993' }

/** Every row is what Apache's evaluator says; `sql92-judge.interop.test.ts` compares many more. */
test.each([
  // Numbers: the constant decides how the text is read.
  ['a > 5', 'true'],
  ['a = 7.0', 'true'],
  ['d = 1.5', 'true'],
  ['d > 1', 'failed'],
  ['s > 5', 'failed'],
  ['a BETWEEN 7 AND 8', 'true'],
  ['a NOT BETWEEN 1 AND 6', 'true'],
  ['a BETWEEN 8 AND -8', 'false'],
  ['a > -1', 'true'],
  ['5 < a', 'true'],
  ['a > d', 'true'],
  ['a > s', 'failed'],
  ['big = 9007199254740993', 'true'],
  ['big = 9007199254740992', 'false'],
  ['big > 9007199254740992L', 'true'],
  ['a = 9007199254740993', 'false'],
  // Texts.
  ["s = 'abc'", 'true'],
  ["s <> 'abd'", 'true'],
  ["a = '7'", 'true'],
  ["s IN ('x', 'abc')", 'true'],
  ["s NOT IN ('x', 'y')", 'true'],
  ["KEYS CONTAINS 'k2'", 'true'],
  ["s NOT CONTAINS 'z'", 'true'],
  ["s STARTSWITH 'ab' AND s endswith 'bc'", 'true'],
  ["s CONTAINS ''", 'false'],
  ["s NOT CONTAINS ''", 'false'],
  // Booleans: a text on the left is read as one, on the right it is not; alone it is not one.
  ['t = TRUE', 'true'],
  ['TRUE = t', 'failed'],
  ['t', 'false'],
  ['NOT t', 'true'],
  ['5 = 5', 'true'],
  ['5 = TRUE', 'false'],
  // What is absent.
  ['miss = 1', 'unknown'],
  ["miss <> 'x'", 'unknown'],
  ['miss > 1', 'unknown'],
  ["miss IN ('x')", 'unknown'],
  ["miss NOT IN ('x')", 'unknown'],
  ["miss CONTAINS 'x'", 'false'],
  ["miss NOT CONTAINS 'x'", 'false'],
  ['miss IS NULL', 'true'],
  ['miss IS NOT NULL', 'false'],
  ['a IS NULL', 'false'],
  ['miss = gone', 'true'],
  ['a = miss', 'false'],
  ['miss = a', 'unknown'],
  ['-a IS NULL', 'true'],
  // Three values, from left to right, ending early.
  ['miss > 1 AND a = 8', 'false'],
  ['miss > 1 AND a = 7', 'unknown'],
  ['miss > 1 OR a = 7', 'true'],
  ['miss > 1 OR a = 8', 'unknown'],
  ['NOT (miss > 1)', 'unknown'],
  ['NULL', 'unknown'],
  ["a = '7' OR s > 5", 'true'],
  ["s > 5 OR a = '7'", 'failed'],
  ['a = 8 AND s > 5', 'false'],
  ['s > 5 AND a = 8', 'failed'],
])('%s is %s', (expression, expected) => {
  expect(new SqlFilter(expression).evaluate(PROPERTIES)).toBe(expected)
})

test('a record is judged where it lies, and only what is true is wanted', () => {
  const record = storedRecord({ topic: 'T', body: 'a = 1', queueOffset: 0, properties: PROPERTIES })
  const bytes = Buffer.concat([Buffer.alloc(7), record, Buffer.alloc(7)])
  const matches = (expression: string): boolean => new SqlFilter(expression).matchesRecord(bytes, 7, record.length)
  expect(['a > 5 AND s IS NOT NULL', 'a > 7', 'miss > 1', 's > 5'].map(matches)).toEqual([true, false, false, false])
})

test('filters used last are kept compiled', () => {
  const filters = new SqlFilters()
  const first = filters.get('a = 0')
  for (let n = 1; n < 100; n++) filters.get(`a = ${n}`)
  expect(filters.get('a = 0')).toBe(first)
  const second = filters.get('a = 100')
  for (let n = 1; n < 100; n++) filters.get(`a = ${n}`)
  expect(filters.get('a = 100')).toBe(second)
  expect(filters.get('a = 0')).not.toBe(first)
})
