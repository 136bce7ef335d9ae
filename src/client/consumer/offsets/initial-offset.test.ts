import { expect, test } from 'vitest'
import { initialOffset, type OffsetQueries } from './initial-offset.ts'

const queue = { topic: 'T', brokerName: 'b', queueId: 0 }
const retryQueue = { ...queue, topic: '%RETRY%g' }

/** A broker that answers each question for a recorded offset with the next of the given. */
function broker(end: number, ...recorded: (number | undefined)[]): OffsetQueries {
  return { recorded: async () => recorded.shift(), end: async () => end, at: async (_, time) => time / 1000 }
}

test('a group goes on where it stopped, whatever it asks for', async () => {
  for (const from of ['last', 'first', { time: 5000 }] as const) {
    expect(await initialOffset(queue, from, broker(100, 7))).toEqual({ offset: 7, recorded: true })
  }
})

test('a new group starts at the end, the beginning, or a time', async () => {
  expect(await initialOffset(queue, 'last', broker(100))).toEqual({ offset: 100, recorded: false })
  expect(await initialOffset(queue, 'first', broker(100))).toEqual({ offset: 0, recorded: false })
  expect(await initialOffset(queue, { time: 5000 }, broker(100))).toEqual({ offset: 5, recorded: false })
  expect(await initialOffset(queue, { time: new Date(6000) }, broker(100))).toEqual({ offset: 6, recorded: false })
})

test('a new group gets what was given back, unless it asks for a time', async () => {
  expect((await initialOffset(retryQueue, 'last', broker(3))).offset).toBe(0)
  expect((await initialOffset(retryQueue, { time: 5000 }, broker(3))).offset).toBe(3)
})

test('the first message of a queue is not skipped when it comes between two questions', async () => {
  expect(await initialOffset(queue, 'last', broker(1, undefined, 0))).toEqual({ offset: 0, recorded: true })
  expect((await initialOffset(queue, 'last', broker(0, undefined, 0))).offset).toBe(0)
})
