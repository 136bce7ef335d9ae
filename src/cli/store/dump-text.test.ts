import { expect, test } from 'vitest'
import type { DumpedRecord } from '../../store/index.ts'
import { jsonOfItem, textOfItem } from './dump-text.ts'

const RECORD: DumpedRecord = {
  kind: 'record',
  position: 17,
  size: 120,
  topic: 'T',
  queueId: 2,
  queueOffset: 5,
  sysFlag: 0,
  flag: 0,
  bornTimestamp: 0,
  storeTimestamp: Date.UTC(2026, 0, 2),
  bornHost: 'h:1',
  storeHost: 'h:2',
  reconsumeTimes: 3,
  preparedTransactionOffset: 0,
  messageId: 'ID',
  offsetMessageId: 'OFFSET-ID',
  properties: { TAGS: 'a' },
  body: Buffer.from('hello\n'),
  bodyFault: undefined,
}

test('a record is its place, its ids, its properties and its body; what is 0 as usual is left out', () => {
  expect(textOfItem(RECORD, 'full')).toEqual([
    '@17 T/2 #5, 120 bytes, stored 2026-01-02T00:00:00.000Z, from h:1',
    '  id ID, reconsumeTimes 3',
    '  properties {"TAGS":"a"}',
    '  body "hello\\n"',
  ])
  expect(textOfItem(RECORD, 'none').at(-1)).toBe('  body of 6 bytes')
})

test.each([
  ['bytes that are no UTF-8', Buffer.from([0xc3, 0x28])],
  ['control characters', Buffer.from('a\u0007b')],
])('a body of %s is shown in base64', (_, body) => {
  const base64 = body.toString('base64')
  expect(textOfItem({ ...RECORD, body }, 'full').at(-1)).toBe(`  body base64 ${base64}`)
  expect(JSON.parse(jsonOfItem({ ...RECORD, body }, 'full'))).toMatchObject({
    bodyBytes: body.length,
    body: { base64 },
  })
})

test('a body that cannot be decompressed says so', () => {
  expect(textOfItem({ ...RECORD, bodyFault: 'it is broken' }, 'full')).toContain('  body: it is broken')
})

test('JSON is one line with a body in text, or without one', () => {
  const json = jsonOfItem(RECORD, 'full')
  expect(json).not.toContain('\n')
  expect(JSON.parse(json)).toMatchObject({ position: 17, properties: { TAGS: 'a' }, body: { text: 'hello\n' } })
  expect(JSON.parse(jsonOfItem(RECORD, 'none'))).not.toHaveProperty('body')
})

test('an entry without a record, a gap, an index file and a checkpoint are one or two lines', () => {
  const entry = {
    kind: 'entry',
    topic: 'T',
    queueId: 0,
    queueOffset: 4,
    messages: 1,
    physicalOffset: 99,
    size: 7,
    tagsCode: 0,
  } as const
  expect(textOfItem(entry, 'full')).toEqual(['T/0 #4: no record at log position 99 (7 bytes)'])
  expect(textOfItem({ kind: 'gap', position: 5, next: 9 }, 'full')).toEqual(['@5 no record until @9'])
  expect(textOfItem({ kind: 'gap', position: 5, next: undefined }, 'full')).toEqual([
    '@5 no record, and no sound one behind',
  ])
  const times = { beginTimestamp: 1000, endTimestamp: 0 }
  const index = { kind: 'index', name: 'N', keys: 3, slotsUsed: 2, beginOffset: 0, endOffset: 8, ...times } as const
  expect(textOfItem(index, 'full')).toEqual(['index N: 3 keys in 2 slots, log 0 to 8, 1970-01-01T00:00:01.000Z to -'])
  const offsets = { masterFlushedOffset: 0, confirmOffset: 6 }
  const checkpoint = { bytes: 4096, logTimestamp: 1, queueTimestamp: 2, indexTimestamp: 0, ...offsets }
  expect(textOfItem({ kind: 'checkpoint', ...checkpoint }, 'full')).toEqual([
    'checkpoint: log 1970-01-01T00:00:00.001Z, queues 1970-01-01T00:00:00.002Z, index -',
    '            master flushed 0, last record seen by a recovery 6',
  ])
})
