import { expect, test } from 'vitest'
import { z } from 'zod'
import { convertPayload, naturalPayload, toBody } from './index.ts'

const JSON_TYPE = 'application/json'
const bytes = (text: string): Buffer => Buffer.from(text)

class Order {
  id = 0
  note = 'none'
  get shout(): string {
    return this.note.toUpperCase()
  }
}

test('an unannotated payload is parsed when it is a JSON object or array, and stays text when not', () => {
  expect(naturalPayload(bytes(' {"a":1}'), JSON_TYPE)).toEqual({ a: 1 })
  expect(naturalPayload(bytes('[1]'), 'application/vnd.x+json; charset=utf-8')).toEqual([1])
  for (const text of ['( 0 )message【test-topic1】', '42', '"quoted"', 'true', '{broken', ''])
    expect(naturalPayload(bytes(text), JSON_TYPE)).toBe(text)
  expect(naturalPayload(bytes('{"a":1}'), 'text/plain')).toBe('{"a":1}')
  expect(naturalPayload(bytes('x'), 'application/octet-stream')).toEqual(bytes('x'))
})

test('a named type decides what the payload becomes', () => {
  expect(convertPayload(bytes('{"a":1}'), JSON_TYPE, String)).toBe('{"a":1}')
  expect(convertPayload(bytes('x'), JSON_TYPE, Buffer)).toEqual(bytes('x'))
  expect(convertPayload(bytes('42'), JSON_TYPE, Number)).toBe(42)
  expect(convertPayload(bytes('"s"'), JSON_TYPE, Object)).toBe('s')
  const order = convertPayload(bytes('{"id":7}'), JSON_TYPE, Order)
  expect(order).toBeInstanceOf(Order)
  expect(order).toMatchObject({ id: 7, note: 'none', shout: 'NONE' })
  expect(convertPayload(bytes('[{"id":7}]'), JSON_TYPE, { type: Order, array: true })).toEqual([
    expect.objectContaining({ id: 7 }),
  ])
})

test('a name in the JSON cannot change the prototype', () => {
  const order = convertPayload(bytes('{"__proto__":{"shout":"x"}}'), JSON_TYPE, Order) as Order
  expect(Object.getPrototypeOf(order)).toBe(Order.prototype)
})

test('what does not fit its type is refused, and the beginning of the payload is shown', () => {
  const refused = (text: string, type: Parameters<typeof convertPayload>[2]): void => {
    expect(() => convertPayload(bytes(text), JSON_TYPE, type)).toThrow(
      expect.objectContaining({
        code: 'RMQ_PAYLOAD_UNREADABLE',
        message: expect.stringContaining(JSON.stringify(text)),
      }),
    )
  }
  refused('plain', Order)
  refused('[1]', Order)
  refused('"x"', Number)
  refused('{}', { type: Order, array: true })
})

test('a schema validates and converts; its issues are in the error; it may answer later', async () => {
  const schema = z.object({ id: z.coerce.number(), tags: z.array(z.string()) })
  expect(convertPayload(bytes('{"id":"7","tags":[]}'), JSON_TYPE, schema)).toEqual({ id: 7, tags: [] })
  expect(() => convertPayload(bytes('{"id":1,"tags":[3]}'), JSON_TYPE, schema)).toThrow(
    expect.objectContaining({ code: 'RMQ_PAYLOAD_INVALID', message: expect.stringContaining('tags.0: ') }),
  )
  expect(convertPayload(bytes('plain'), 'text/plain', z.string())).toBe('plain')
  const later = {
    '~standard': { version: 1, vendor: 'test', validate: async (value: unknown) => ({ value: [value] }) },
  } as const
  await expect(convertPayload(bytes('1'), JSON_TYPE, later)).resolves.toEqual([1])
})

test('text goes out without quotes, bytes as they are, anything else as JSON or as the text type says', () => {
  const out = (payload: unknown, contentType = JSON_TYPE): string => {
    const body = toBody(payload, contentType, 'c')
    return `${body.body.toString()} ${body.contentType}`
  }
  expect(out('hi')).toBe('hi application/json')
  expect(out(new Uint8Array([104, 105]))).toBe('hi application/json')
  expect(out({ a: 1 })).toBe('{"a":1} application/json')
  expect(out(5, 'text/plain')).toBe('5 text/plain')
  expect(out('hi', 'application/octet-stream')).toBe('hi text/plain')
})

test.each([[undefined], [null], [() => 1], [5n]])('%s has no form and is refused', (payload) => {
  expect(() => toBody(payload, JSON_TYPE, 'c')).toThrow(expect.objectContaining({ code: 'RMQ_PAYLOAD_UNSENDABLE' }))
})
