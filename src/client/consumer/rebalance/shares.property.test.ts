import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MessageQueue } from '../../../message/index.ts'
import { averageShare, circleShare, configuredShare, consistentHashShare, machineRoomShare } from './shares.ts'

const sizes = fc.record({ members: fc.integer({ min: 1, max: 40 }), queues: fc.integer({ min: 0, max: 100 }) })

function idsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `client-${index}`).sort()
}

function queuesOf(count: number): MessageQueue[] {
  return Array.from({ length: count }, (_, queueId) => ({ topic: 'T', brokerName: 'b', queueId }))
}

test('the shares of all members are the queues, each once, in order', () => {
  fc.assert(
    fc.property(sizes, ({ members, queues }) => {
      const ids = idsOf(members)
      const all = queuesOf(queues)
      expect(ids.flatMap((id) => averageShare(id, ids, all))).toEqual(all)
    }),
  )
})

test('shares differ by at most one queue, the larger ones first', () => {
  fc.assert(
    fc.property(sizes, ({ members, queues }) => {
      const ids = idsOf(members)
      const lengths = ids.map((id) => averageShare(id, ids, queuesOf(queues)).length)
      expect(lengths).toEqual(lengths.toSorted((left, right) => right - left))
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1)
    }),
  )
})

test('each share is what the formula of AllocateMessageQueueAveragely gives', () => {
  fc.assert(
    fc.property(sizes, ({ members, queues }) => {
      const ids = idsOf(members)
      const all = queuesOf(queues)
      const mod = queues % members
      for (const [index, id] of ids.entries()) {
        const size = queues <= members ? 1 : Math.floor(queues / members) + (index < mod ? 1 : 0)
        const start = index < mod ? index * size : index * size + mod
        const range = Math.max(0, Math.min(size, queues - start))
        expect(averageShare(id, ids, all)).toEqual(all.slice(start, start + range))
      }
    }),
  )
})

test('a client that is no member gets nothing', () => {
  expect(averageShare('stranger', idsOf(2), queuesOf(8))).toEqual([])
})

test('dealt out one by one, each member has every n-th queue', () => {
  const ids = idsOf(3)
  const shares = ids.map((id) => circleShare(id, ids, queuesOf(8)).map(({ queueId }) => queueId))
  expect(shares).toEqual([
    [0, 3, 6],
    [1, 4, 7],
    [2, 5],
  ])
})

test('whatever the way, each queue is one member’s, and a stranger gets none', () => {
  const ways = [averageShare, circleShare, consistentHashShare, machineRoomShare(['near'])]
  fc.assert(
    fc.property(sizes, ({ members, queues }) => {
      const ids = idsOf(members)
      const all = queuesOf(queues).map((queue) => ({ ...queue, brokerName: 'near@b' }))
      for (const way of ways) {
        const shared = ids.flatMap((id) => way(id, ids, all))
        expect(shared.toSorted((left, right) => left.queueId - right.queueId)).toEqual(all)
        expect(way('stranger', ids, all)).toEqual([])
      }
    }),
  )
})

test('on the ring, a member that leaves moves only its own queues', () => {
  const ids = idsOf(5)
  const all = queuesOf(64)
  const [gone = '', ...others] = ids
  for (const id of others) {
    const before = new Set(consistentHashShare(id, ids, all).map(({ queueId }) => queueId))
    const after = new Set(consistentHashShare(id, others, all).map(({ queueId }) => queueId))
    for (const queueId of before) expect(after.has(queueId)).toBe(true)
  }
  expect(consistentHashShare(gone, ids, all).length).toBeGreaterThan(0)
})

test('by room, only queues of the room’s brokers are divided; configured queues stay as they are', () => {
  const near = queuesOf(5).map((queue) => ({ ...queue, brokerName: 'near@b' }))
  const far = queuesOf(5).map((queue) => ({ ...queue, brokerName: 'far@b' }))
  const ids = idsOf(2)
  const share = (id: string): number[] =>
    machineRoomShare(['near'])(id, ids, [...near, ...far, ...queuesOf(2)]).map(({ queueId }) => queueId)
  expect(ids.map(share)).toEqual([
    [0, 1, 4],
    [2, 3],
  ])
  const [first, ...rest] = queuesOf(3)
  expect(configuredShare(rest)('any', [], [first as MessageQueue, ...rest])).toEqual(rest)
})
