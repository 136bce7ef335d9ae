import { expect, test } from 'vitest'
import { queueByHash, randomQueue } from './queue-selectors.ts'

const QUEUES = Array.from({ length: 7 }, (_, queueId) => ({ topic: 'T', brokerName: 'b', queueId }))

test('a key chooses the queue that its hash code in Java chooses', () => {
  const chosen = (key: string | number | bigint | boolean): number => queueByHash(key)(QUEUES).queueId
  expect(chosen('hello')).toBe(99_162_322 % 7)
  // The smallest int has no positive counterpart; its remainder has.
  expect(chosen(-2_147_483_648)).toBe(2)
  expect(chosen(-3)).toBe(3)
  expect(chosen(5_000_000_000)).toBe(705_032_705 % 7)
  expect(chosen(5n)).toBe(5)
  expect(chosen(true)).toBe(1231 % 7)
  // Double.hashCode(1.5) is 0x3ff80000.
  expect(chosen(1.5)).toBe(0x3ff8_0000 % 7)
})

test('a random choice asks the random source for one of the queues', () => {
  const below: number[] = []
  const random = { below: (limit: number) => below.push(limit) + 2 }
  expect(randomQueue(random)(QUEUES).queueId).toBe(3)
  expect(below).toEqual([7])
})
