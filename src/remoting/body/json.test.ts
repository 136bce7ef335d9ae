import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson } from './json.ts'

const read = (text: string): unknown => parseJson(Buffer.from(text), 'a test')

test('maps with integer and with object keys, as fastjson writes them, are read', () => {
  expect(read('{"brokerAddrs":{0:"h:1",1:"h:2"}, "offsetTable":{"T@G":{0:5}}}')).toEqual({
    brokerAddrs: { 0: 'h:1', 1: 'h:2' },
    offsetTable: { 'T@G': { 0: 5 } },
  })
  expect(read('{{"brokerName":"b","queueId":0,"topic":"T"}:{"x":[1,-2.5e1,true,null,"\\u0001\\""]}}')).toEqual({
    '{"brokerName":"b","queueId":0,"topic":"T"}': { x: [1, -25, true, null, '\u0001"'] },
  })
})

test('everything that JSON can say is read alike in the tolerant form', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      // A bare integer key makes the text non-standard, so the tolerant reader gets it.
      const standard = JSON.parse(JSON.stringify(value)) as unknown
      expect(read(`{7:${JSON.stringify(value)}}`)).toEqual({ 7: standard })
    }),
    { numRuns: 300 },
  )
})

test('what is not JSON is refused with its position', () => {
  expect(() => read('{0:"a"')).toThrow(expect.objectContaining({ code: 'RMQ_BODY_MALFORMED' }))
  expect(() => read('{0:a}')).toThrow('at character 3')
  expect(() => read('['.repeat(100))).toThrow('nested deeper than 64')
  fc.assert(
    fc.property(fc.string(), (noise) => {
      try {
        read(noise)
      } catch (failure) {
        expect(failure).toHaveProperty('code', 'RMQ_BODY_MALFORMED')
      }
    }),
  )
})
