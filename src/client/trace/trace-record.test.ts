import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeTrace } from './decode-trace.ts'
import { encodeTrace, traceKeys } from './encode-trace.ts'
import type { TraceRecord } from './trace-record.ts'

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/trace-records.json', import.meta.url), 'utf8'),
) as { readonly records: readonly { readonly name: string; readonly hex: string }[] }
const javas = new Map(golden.records.map(({ name, hex }) => [name, Buffer.from(hex, 'hex').toString()]))

const timestamp = 1_795_229_931_143
const messageId = '7F000001123400000000000000010000'
const requestId = '7F00000112340000000000000000FFFF'
const regionId = 'DefaultRegion'
const sent = { timestamp, regionId, group: 'G', topic: 'T', messageId }
const pub: TraceRecord = {
  type: 'Pub',
  ...sent,
  tag: 'größe',
  keys: 'k1 k2',
  storeHost: '127.0.0.1:10911',
  bodyBytes: 7,
  ms: 12,
  messageType: 'delay',
  offsetMessageId: '7F0000010000597F0000000000000386',
  success: true,
}

const RECORDS: readonly (readonly [name: string, record: TraceRecord])[] = [
  ['Pub', pub],
  ['PubNull', { ...pub, tag: undefined, keys: undefined }],
  [
    'SubBefore',
    { type: 'SubBefore', timestamp, regionId, group: 'G', requestId, messageId, reconsumeTimes: 2, keys: 'k1 k2' },
  ],
  [
    'SubAfter',
    {
      type: 'SubAfter',
      timestamp,
      requestId,
      messageId,
      ms: 12,
      success: true,
      keys: undefined,
      outcome: 'failed',
      group: 'G',
    },
  ],
  [
    'EndTransaction',
    {
      type: 'EndTransaction',
      ...sent,
      tag: 't',
      keys: 'k1',
      storeHost: '127.0.0.1:10911',
      messageType: 'transaction-commit',
      transactionId: 'TX',
      end: 'ROLLBACK_MESSAGE',
      fromCheck: true,
    },
  ],
  ['Recall', { type: 'Recall', ...sent, success: true }],
]

test.each(RECORDS)('a record of kind %s is written as Java’s client writes it, and read back', (name, record) => {
  const text = javas.get(name) as string
  expect(encodeTrace(record)).toBe(text)
  expect(decodeTrace(text)).toEqual([record])
})

test('the records of one message are read one by one, and what is no record is left out', () => {
  const text = [...javas.values()].join('')
  expect(decodeTrace(text)).toEqual(RECORDS.map(([, record]) => record))
  for (const noise of [
    '',
    '\u0002\u0002',
    'Pub\u00011\u0002',
    'Other\u00011\u00012\u0002',
    'SubAfter',
    '\u0001'.repeat(20),
  ])
    expect(decodeTrace(noise)).toEqual([])
})

test('records of older clients are read as well', () => {
  const fields = (javas.get('Pub') as string).slice(0, -1).split('\u0001')
  // 4.4: no offset id. 4.8: the client's address at the end.
  const [first] = decodeTrace(`${[...fields.slice(0, 12), 'true'].join('\u0001')}\u0002`)
  expect(first).toEqual({ ...pub, offsetMessageId: '' })
  expect(decodeTrace(`${[...fields, '127.0.0.1'].join('\u0001')}\u0002`)).toEqual([pub])
  const after = (javas.get('SubAfter') as string).slice(0, -1).split('\u0001')
  expect(decodeTrace(`${after.slice(0, 7).join('\u0001')}\u0002`)).toMatchObject([{ outcome: 'failed', timestamp: 0 }])
})

test('a trace is found by each id of a batch and by each key', () => {
  expect(traceKeys({ ...pub, messageId: 'a,b,c' })).toEqual(['a', 'b', 'c', 'k1', 'k2'])
  expect(traceKeys({ ...pub, keys: undefined })).toEqual([messageId])
})
