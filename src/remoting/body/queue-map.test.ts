import { expect, test } from 'vitest'
import { queueMapText, readQueueNumbers } from './queue-map.ts'

const entries = [
  { topic: 'T1', brokerName: 'broker-a', queueId: 0, offset: 5 },
  { topic: 'T1', brokerName: 'broker-a', queueId: 1, offset: 7 },
]

test('a map by queue is written as Java writes it', () => {
  expect(queueMapText(entries, (one) => one.offset)).toBe(
    '{{"brokerName":"broker-a","queueId":0,"topic":"T1"}:5,{"brokerName":"broker-a","queueId":1,"topic":"T1"}:7}',
  )
})

test('both forms of offsets by queue are read', () => {
  const map = Buffer.from(`{"offsetTable":${queueMapText(entries, (one) => one.offset)}}`)
  expect(readQueueNumbers(map, 'offsetTable')).toEqual(entries)
  expect(readQueueNumbers(Buffer.from(JSON.stringify({ offsetTable: entries })), 'offsetTable')).toEqual(entries)
})

test('an entry without a queue or number is malformed', () => {
  const malformed = expect.objectContaining({ code: 'RMQ_BODY_MALFORMED' })
  for (const body of [
    '{"offsetTable":[{"offset":1}]}',
    '{"offsetTable":[1]}',
    '{"offsetTable":{"x":1}}',
    '{"offsetTable":"',
  ]) {
    expect(() => readQueueNumbers(Buffer.from(body), 'offsetTable')).toThrow(malformed)
  }
})
