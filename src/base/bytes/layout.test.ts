import { expect, test } from 'vitest'
import { defineLayout, field } from './layout.ts'

test('fields follow one another without gaps, in the order of the table', () => {
  const { at, bytes, fields } = defineLayout({
    size: field.int16('Two.'),
    host: field.bytes(8, '8 or 20 bytes', 'Eight.'),
    count: field.int32('Four.'),
    time: field.int64('Eight.'),
  })
  expect(at).toEqual({ size: 0, host: 2, count: 10, time: 14 })
  expect(bytes).toBe(22)
  expect(fields.map(({ name, offset, type, meaning }) => [name, offset, type, meaning])).toEqual([
    ['size', 0, 'int16', 'Two.'],
    ['host', 2, '8 or 20 bytes', 'Eight.'],
    ['count', 10, 'int32', 'Four.'],
    ['time', 14, 'int64', 'Eight.'],
  ])
})
