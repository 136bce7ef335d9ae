import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sqlExpressions, sqlProperties } from '../../../test/kit/sql-filters.ts'
import { storedRecord } from '../../../test/kit/stored-record.ts'
import { decodeProperties, encodeProperties } from '../../message/index.ts'
import { SqlFilter } from './sql-filter.ts'

function compiled(expression: string): SqlFilter | undefined {
  try {
    return new SqlFilter(expression)
  } catch (failure) {
    expect(failure).toMatchObject({ code: 'RMQ_FILTER_SYNTAX' })
    const { line, column } = (failure as { details: { line: number; column: number } }).details
    const lines = expression.split(/\r\n|\n|\r/)
    expect(line).toBeLessThanOrEqual(lines.length)
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
    return undefined
  }
}

test('any text is a filter or is refused at a place in it, and a filter says something of every message', () => {
  const text = fc.oneof(sqlExpressions, fc.string({ unit: 'binary', maxLength: 40 }))
  fc.assert(
    fc.property(text, sqlProperties, (expression, properties) => {
      const said = compiled(expression)?.evaluate(properties)
      expect([undefined, 'true', 'false', 'unknown', 'failed']).toContain(said)
    }),
    { numRuns: 2000 },
  )
})

test('of a record it says what it says of the record’s properties', () => {
  fc.assert(
    fc.property(sqlExpressions, sqlProperties, fc.boolean(), (expression, given, isRepeated) => {
      const filter = compiled(expression)
      // Of a repeated name the last counts that has a value.
      const text = `${isRepeated ? 'a\u0001first\u0002' : ''}${encodeProperties(given)}`
      const record = storedRecord({ topic: 'Topic', body: 'body', queueOffset: 3, properties: text })
      expect(filter?.matchesRecord(record, 0, record.length)).toBe(
        filter === undefined ? undefined : filter.evaluate(decodeProperties(text)) === 'true',
      )
    }),
    { numRuns: 2000 },
  )
})
