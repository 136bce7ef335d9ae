import { expect, test } from 'vitest'
import { SimulatedClock } from '../../base/time/index.ts'
import { QueueLocks } from './queue-locks.ts'

const QUEUES = [0, 1].map((queueId) => ({ topic: 'T', queueId }))

test('a lock that is not renewed for 60 s is free', async () => {
  const clock = new SimulatedClock()
  const locks = new QueueLocks(clock)
  expect(locks.lock('G', 'one', QUEUES)).toEqual(QUEUES)
  await clock.advance(59_000)
  expect(locks.lock('G', 'two', QUEUES)).toEqual([])
  expect(locks.lock('G', 'one', QUEUES.slice(1))).toEqual(QUEUES.slice(1))
  await clock.advance(2000)
  expect(locks.lock('G', 'two', QUEUES)).toEqual(QUEUES.slice(0, 1))
  expect(locks.lock('H', 'two', QUEUES)).toEqual(QUEUES)
})

test('a group reads in order while it has a lock', async () => {
  const clock = new SimulatedClock()
  const locks = new QueueLocks(clock)
  expect(locks.isOrderly('G')).toBe(false)
  locks.lock('G', 'one', QUEUES)
  locks.unlock('G', 'two', QUEUES)
  expect(locks.isOrderly('G')).toBe(true)
  locks.unlock('G', 'one', QUEUES)
  expect(locks.isOrderly('G')).toBe(false)
  locks.lock('G', 'one', QUEUES)
  await clock.advance(61_000)
  expect(locks.isOrderly('G')).toBe(false)
})
