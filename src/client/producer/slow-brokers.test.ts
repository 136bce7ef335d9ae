import { expect, test } from 'vitest'
import { seededRandom } from '../../base/random/index.ts'
import { QueueTurn } from './choose-queue.ts'
import { SlowBrokers } from './slow-brokers.ts'

test.each([
  [549, 0],
  [550, 2000],
  [1800, 5000],
  [3000, 6000],
  [5000, 10_000],
  [15_000, 30_000],
])('an answer after %i ms keeps messages away for %i ms', (latencyMs, avoidMs) => {
  const slow = new SlowBrokers()
  slow.answered('a', latencyMs, 1000)
  expect(slow.isAvoided('a', 1000 + avoidMs - 1)).toBe(avoidMs > 0)
  expect(slow.isAvoided('a', 1000 + avoidMs)).toBe(false)
  expect(slow.isAvoided('b', 1000)).toBe(false)
})

test('a failure keeps messages away for ten seconds, and a quick answer ends that', () => {
  const slow = new SlowBrokers()
  slow.failed('a', 0)
  expect(slow.isAvoided('a', 9999)).toBe(true)
  slow.answered('a', 3, 5000)
  expect(slow.isAvoided('a', 5000)).toBe(false)
})

test('queues of slow brokers come last, and are used when there are no others', () => {
  const slow = new SlowBrokers()
  slow.failed('a', 0)
  const turn = new QueueTurn(seededRandom(1))
  const queue = (brokerName: string) => ({ topic: 'T', brokerName, queueId: 0 })
  const [a, b] = [queue('a'), queue('b')]
  for (let round = 0; round < 4; round++) expect(turn.next([a, b], undefined, slow, 1)).toBe(b)
  expect(turn.next([a, b], 'b', slow, 1)).toBe(a)
  slow.failed('b', 0)
  const taken = Array.from({ length: 4 }, () => turn.next([a, b], undefined, slow, 1))
  expect(new Set(taken)).toEqual(new Set([a, b]))
})
