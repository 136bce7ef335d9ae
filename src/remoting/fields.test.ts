import { expect, test } from 'vitest'
import { defineApi } from './define-api.ts'
import { bool, int32, int64, optional, str, withWireNames } from './fields.ts'

const request = { topic: str, queueId: int32, offset: int64, order: optional(bool), note: optional(str) }
const api = defineApi({ code: 1, name: 'TRY', request, response: {} })

test('a header is written as JSON fields of text and read back', () => {
  const header = { topic: 'a "b"\u0001\u0002', queueId: -1, offset: 2 ** 53 - 1, order: true }
  const text = `{${api.writeRequest(header)}}`
  expect(JSON.parse(text)).toEqual({ topic: header.topic, queueId: '-1', offset: '9007199254740991', order: 'true' })
  expect(api.readRequest(JSON.parse(text))).toEqual({ ...header, note: undefined })
})

test('aliases are the same table under other names', () => {
  const short = defineApi({
    code: 2,
    name: 'SHORT',
    request: withWireNames(request, { topic: 'b', queueId: 'e' }),
    response: {},
  })
  const text = `{${short.writeRequest({ topic: 'T', queueId: 3, offset: 0 })}}`
  expect(JSON.parse(text)).toEqual({ b: 'T', e: '3', offset: '0' })
  expect(short.readRequest({ b: 'T', e: '3', offset: '0' })).toMatchObject({ topic: 'T', queueId: 3, offset: 0 })
})

test("Java's largest long goes through unharmed", () => {
  const { offset } = api.readRequest({ topic: 'T', queueId: '0', offset: '9223372036854775807' })
  expect(JSON.parse(`{${api.writeRequest({ topic: 'T', queueId: 0, offset })}}`)).toMatchObject({
    offset: '9223372036854775807',
  })
})

test('a missing field and a field of the wrong type are named', () => {
  expect(() => api.readRequest({ queueId: '0', offset: '0' })).toThrow('TRY needs the header field "topic".')
  expect(() => api.readRequest({ topic: 'T', queueId: 'x', offset: '0' })).toThrow(
    'TRY has "x" in header field "queueId": expected a 32-bit integer.',
  )
  expect(() => api.readRequest({ topic: 'T', queueId: '0', offset: '1.5' })).toThrow(
    expect.objectContaining({ code: 'RMQ_FIELD_ILLEGAL' }),
  )
})
