import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MessageQueue } from '../../../message/index.ts'
import { averageShare } from './shares.ts'

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
