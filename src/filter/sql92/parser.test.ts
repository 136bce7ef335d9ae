import { expect, test } from 'vitest'
import { parseSql } from './parser.ts'

const refused = (expression: string): unknown => {
  try {
    parseSql(expression)
    return undefined
  } catch (failure) {
    return failure
  }
}

test('a mistake is named with its place', () => {
  const at = (line: number, column: number, reason: string) => ({
    code: 'RMQ_FILTER_SYNTAX',
    details: { line, column, reason: expect.stringContaining(reason) as string },
  })
  expect(refused('price >')).toMatchObject(at(1, 8, 'the filter ends, but a property, a value or "(" is needed'))
  expect(refused("a = 1 AND\n  b ! 'x'")).toMatchObject(at(2, 5, '"!" means nothing'))
  expect(refused("shop = 'north")).toMatchObject(at(1, 8, 'close it with a single quote'))
  expect(refused('a = 1 /* why')).toMatchObject(at(1, 7, 'close it with "*/"'))
  expect(refused('a IN (7)')).toMatchObject(at(1, 7, 'there is "7", but a string in single quotes'))
  expect(refused("NOT a IN ('x')")).toMatchObject(at(1, 1, 'write NOT behind it'))
  expect(refused("a > '5'")).toMatchObject(at(1, 5, 'cannot be compared by ">"'))
  expect(refused('a BETWEEN 9 AND 2')).toMatchObject(at(1, 11, 'exchange them'))
  expect(refused('a = NULL')).toMatchObject(at(1, 5, 'write IS NULL'))
  expect(refused('a = 5 OR 7')).toMatchObject(at(1, 10, 'a condition such as'))
  expect(refused('a > 9223372036854775808')).toMatchObject(at(1, 5, 'largest long'))
  expect(refused('a > 0.0')).toMatchObject(at(1, 5, 'write 0'))
  expect(refused('a IS missing')).toMatchObject(at(1, 6, '"NULL" or "NOT NULL"'))
  expect(refused('a NOT LIKE 7')).toMatchObject(at(1, 7, 'behind "NOT"'))
  expect(refused('')).toMatchObject(at(1, 1, 'the filter ends'))
})

test('a long expression is shown in part', () => {
  expect(refused(`${'a = 1 OR '.repeat(100)}!`)).toMatchObject({
    message: expect.stringMatching(/^.{200,280}… ?" is not/),
  })
})

test('what follows a whole filter is not looked at', () => {
  expect(parseSql("a LIKE '7")).toEqual({ kind: 'property', name: 'a' })
  expect(parseSql('a + 1 ! "')).toEqual({ kind: 'property', name: 'a' })
  expect(refused('a ! 1')).toMatchObject({ code: 'RMQ_FILTER_SYNTAX' })
})

test('a string that would only end before a pair of quotes ends there, and the last quote begins another', () => {
  expect(parseSql("s 'NOT IN ''")).toEqual({ kind: 'property', name: 's' })
  expect(parseSql("s 'a''b''c")).toEqual({ kind: 'property', name: 's' })
  const at = (column: number) => ({ code: 'RMQ_FILTER_SYNTAX', details: { column } })
  expect(refused("s = 'abc''")).toMatchObject(at(10))
  expect(refused("s 'abc")).toMatchObject(at(3))
})

test('NOT binds closer than a comparison', () => {
  const [a, five] = [
    { kind: 'property', name: 'a' },
    { kind: 'number', number: { type: 'int', value: 5 } },
  ]
  expect(parseSql('NOT a = 5')).toEqual({
    kind: 'compare',
    operator: '=',
    left: { kind: 'not', operand: a },
    right: five,
  })
  expect(refused('NOT a > 5')).toMatchObject({ code: 'RMQ_FILTER_SYNTAX' })
  expect(parseSql('NOT (a > 5)')).toMatchObject({ kind: 'not', operand: { kind: 'compare', operator: '>' } })
})

test('a line comment needs the end of its line, else its signs are signs', () => {
  expect(parseSql('a > --5')).toMatchObject({ right: { kind: 'negate', operand: { kind: 'negate' } } })
  expect(refused('a > --5\n')).toMatchObject({ code: 'RMQ_FILTER_SYNTAX' })
  expect(parseSql('a /* b */ > -- c\r\n5')).toMatchObject({ kind: 'compare', right: { kind: 'number' } })
})

test('depth and length have limits, breadth has none but the length', () => {
  expect(refused(`${'('.repeat(251)}a = 1${')'.repeat(251)}`)).toMatchObject({ details: { column: 251 } })
  expect(refused(`${'NOT '.repeat(100_000)}a`)).toMatchObject({ code: 'RMQ_FILTER_SYNTAX' })
  expect(refused(`a${' = a'.repeat(1002)}`)).toMatchObject({ details: { reason: expect.stringContaining('1000') } })
  expect(refused(`a = 1${' '.repeat(70_000)}`)).toMatchObject({ details: { reason: expect.stringContaining('65536') } })
  expect(parseSql(`${'('.repeat(250)}a = 1${')'.repeat(250)}`)).toMatchObject({ kind: 'compare' })
  expect(parseSql(`a = 1${' OR a = 2'.repeat(7000)}`)).toMatchObject({ operands: { length: 7001 } })
})
