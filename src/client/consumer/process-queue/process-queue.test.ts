import { expect, test } from 'vitest'
import { receivedMessage } from '../../testing/received-message.ts'
import { type CachedMessage, ProcessQueue } from './process-queue.ts'

const LIMITS = { cachedCountMax: 10, cachedBytesMax: 1000, spanMax: 20 }

function queueAt(offset: number): ProcessQueue {
  return new ProcessQueue({ topic: 'T', brokerName: 'b', queueId: 0 }, offset, LIMITS)
}

function cached(...offsets: number[]): CachedMessage[] {
  return offsets.map((queueOffset) => ({
    message: receivedMessage({ queueOffset, body: Buffer.alloc(10) }),
    unreadable: undefined,
    finished: false,
  }))
}

test('progress does not pass the oldest unfinished message', () => {
  const queue = queueAt(5)
  expect(queue.progress).toBe(5)
  const [first, second, third] = cached(5, 6, 9) as [CachedMessage, CachedMessage, CachedMessage]
  queue.add([first, second, third], 12)
  queue.finish(second)
  expect(queue.progress).toBe(5)
  queue.finish(first)
  expect(queue.progress).toBe(9)
  queue.finish(third)
  expect(queue.progress).toBe(12)
})

test('progress passes what a pull found not to be wanted', () => {
  const queue = queueAt(5)
  queue.add([], 40)
  expect(queue.progress).toBe(40)
  expect(queue.pulledTo).toBe(40)
})

test('a message counts as finished once', () => {
  const queue = queueAt(0)
  const [only] = cached(0) as [CachedMessage]
  queue.add([only], 1)
  expect([queue.finish(only), queue.finish(only)]).toEqual([true, false])
  expect([queue.count, queue.bytes]).toEqual([0, 0])
})

test('messages that a broker repeats are taken once', () => {
  const queue = queueAt(0)
  queue.add(cached(0, 1), 2)
  queue.add(cached(1, 2), 3)
  expect(queue.take(10).map((one) => one.message.queueOffset)).toEqual([0, 1, 2])
  expect(queue.count).toBe(3)
})

test('messages are taken in order, those that were put back first', () => {
  const queue = queueAt(0)
  queue.add(cached(0, 1, 2), 3)
  const [first] = queue.take(1) as [CachedMessage]
  queue.putBack(first)
  expect(queue.take(5)).toEqual([first])
  expect(queue.take(5).map((one) => one.message.queueOffset)).toEqual([1, 2])
  expect(queue.hasWaiting).toBe(false)
})

test('each limit is named when it is reached, and space is announced once', () => {
  const byCount = queueAt(0)
  byCount.add(cached(...Array.from({ length: 11 }, (_, offset) => offset)), 11)
  expect(byCount.full).toBe('cachedCountMax')
  let announced = 0
  byCount.whenSpace(() => announced++)
  for (const one of byCount.take(3)) byCount.finish(one)
  expect([announced, byCount.full]).toEqual([1, undefined])

  const bySpan = queueAt(0)
  bySpan.add(cached(0, 21), 22)
  expect(bySpan.full).toBe('spanMax')

  const byBytes = queueAt(0)
  const large = receivedMessage({ queueOffset: 0, body: Buffer.alloc(1001) })
  byBytes.add([{ message: large, unreadable: undefined, finished: false }], 1)
  expect(byBytes.full).toBe('cachedBytesMax')
})

test('a dropped queue forgets everything and takes no results', () => {
  const queue = queueAt(0)
  const [only] = cached(0) as [CachedMessage]
  queue.add([only], 1)
  queue.drop()
  expect([queue.dropped, queue.signal.aborted, queue.count, queue.finish(only)]).toEqual([true, true, 0, false])
})

test('thousands of messages pass without being kept', () => {
  const queue = queueAt(0)
  for (let at = 0; at < 50_000; at += 10) {
    const some = cached(...Array.from({ length: 10 }, (_, index) => at + index))
    queue.add(some, at + 10)
    // Out of order, as listeners end.
    for (const one of queue.take(10).reverse()) queue.finish(one)
  }
  expect([queue.count, queue.progress, queue.hasWaiting]).toEqual([0, 50_000, false])
})
