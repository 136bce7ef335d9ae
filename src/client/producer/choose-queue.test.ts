import { expect, test } from 'vitest'
import { seededRandom } from '../../base/random/index.ts'
import type { MessageQueue } from '../../message/index.ts'
import { QueueTurn } from './choose-queue.ts'

function queues(...names: string[]): MessageQueue[] {
  return names.flatMap((brokerName) => [0, 1].map((queueId) => ({ topic: 'T', brokerName, queueId })))
}

test('queues take turns', () => {
  const turn = new QueueTurn(seededRandom(1))
  const all = queues('a', 'b')
  const taken = Array.from({ length: 8 }, () => turn.next(all, undefined))
  for (const queue of all) expect(taken.filter((one) => one === queue)).toHaveLength(2)
})

test('a retry leaves the broker that failed, if there is another', () => {
  const turn = new QueueTurn(seededRandom(1))
  for (let round = 0; round < 8; round++) expect(turn.next(queues('a', 'b'), 'a').brokerName).toBe('b')
  expect(turn.next(queues('a'), 'a').brokerName).toBe('a')
})
