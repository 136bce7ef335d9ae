import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeOf } from '../../base/errors/index.ts'
import { compileCondition, compileOverValue, compileValue, hashCodeOf } from './index.ts'

const headers = { k: 'v', n: 5, rocketmq_TAGS: 'tag1', 'x-y': 'Abc', flag: 'true' }
const view = { headers, payload: () => ({ type: 'Dog', a: { b: 7 }, list: ['p'] }) }
const holds = (source: string): boolean => compileCondition(source, 'test')(view)

test.each([
  "headers['k']=='v'",
  "headers['k'] == 'v' && headers['n'] == 5",
  "headers.k == 'v' and not (headers.k == 'w')",
  "headers['k']=='w' || headers['rocketmq_TAGS']=='tag1'",
  "headers['k']=='w' or headers.n > 4",
  "{'a','v'}.contains(headers['k'])",
  "T(java.util.Arrays).asList('tag1').contains(headers['rocketmq_TAGS'])",
  "headers['x-y'] matches '[A-Z]bc'",
  "headers['x'] == null and headers['k'] != null",
  "(headers['x'] ?: 'd') == 'd'",
  "headers['k'].equals('v') and headers['x-y'].startsWith('A') and headers['x-y'].endsWith('c')",
  "headers['x-y'].toLowerCase().contains('ab')",
  "headers.containsKey('k') and !headers.containsKey('q')",
  'headers.n >= 5 ? true : false',
  "payload.type=='Dog' and payload['a'].b % 4 == 3",
  "headers['k'] eq 'v' and headers.n lt 6",
  'headers.flag',
  '1 + 2 * 3 == 7 and -1 < 0',
  "'it''s' == \"it's\"",
])('%s holds', (source) => {
  expect(holds(source)).toBe(true)
})

test.each([
  "headers['k']=='w'",
  'headers.q',
  "headers['q'].startsWith('a')",
  'headers.k > 5',
  "headers['k'] matches '.'  == false",
])('%s does not hold', (source) => {
  expect(holds(source)).toBe(false)
})

test.each([
  ["headers['k'] = 'v'", 14, 'write == to compare'],
  ["headers['k'", 12, '"]" is missing'],
  ["header['k']", 1, '"header" is not known here; there is headers, payload'],
  ["headers['k'].getClass()", 14, 'there is no method "getClass"; there are equals'],
  ['T(java.lang.Runtime).getRuntime()', 1, 'of T(…) only'],
  ["headers['k'] == 'v", 17, 'this quote has no end'],
  ['', 1, 'something is missing'],
  ['headers.k matches headers.n', 19, 'matches takes a pattern in quotes'],
  ["headers.k matches '('", 19, 'this is not a regular expression'],
  ["headers.k == 'v' headers", 18, '"headers" is not expected here'],
])('%s is refused with its column', (source, column, reason) => {
  expect(() => compileCondition(source, 'Service.method')).toThrow(
    expect.objectContaining({
      code: 'RMQ_EXPRESSION',
      details: expect.objectContaining({ column, reason: expect.stringContaining(reason) }),
    }),
  )
})

test('nothing inherited is reached', () => {
  expect(compileValue('headers.constructor', 'test')(view)).toBeUndefined()
  expect(compileValue("payload['__proto__']", 'test')(view)).toBeUndefined()
})

test('values and selectors are computed as in Java', () => {
  expect(compileValue('payload.a.b % 4', 'test')(view)).toBe(3)
  expect(compileOverValue('hashCode() % 4', 'test')('order-7')).toBe(hashCodeOf('order-7') % 4)
  expect(compileOverValue('#root + 1', 'test')(2)).toBe(3)
  expect(hashCodeOf('hello')).toBe(99_162_322)
  expect(hashCodeOf(5_000_000_000)).toBe(705_032_705)
  expect(hashCodeOf(-5_000_000_000)).toBe(705_032_702)
  expect(hashCodeOf(true)).toBe(1_231)
})

test('noise is either compiled or refused with a column, never anything else', () => {
  const piece = fc.constantFrom(
    'headers',
    '.',
    "['k']",
    '==',
    "'v'",
    '(',
    ')',
    '!',
    '&&',
    '?',
    ':',
    '{',
    '}',
    ',',
    'matches',
    '1',
    '%',
    'T',
    '#root',
    '[',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join(' ')),
      ),
      (source) => {
        try {
          compileCondition(source, 'test')(view)
        } catch (failure) {
          expect(codeOf(failure)).toBe('RMQ_EXPRESSION')
        }
      },
    ),
  )
})
