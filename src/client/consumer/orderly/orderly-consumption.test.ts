import { expect, test } from 'vitest'
import { type Deferred, deferred } from '../../../base/async/index.ts'
import { silentLogger } from '../../../base/log/index.ts'
import { SimulatedClock } from '../../../base/time/index.ts'
import { receivedMessage } from '../../testing/received-message.ts'
import { type CachedMessage, ProcessQueue } from '../process-queue/process-queue.ts'
import { ConsumerStats } from '../push/consumer-stats.ts'
import { type OrderlyOptions, orderlySettings } from './config.ts'
import type { OrderlyBatchListener, OrderlyContext } from './listener.ts'
import { OrderlyConsumption, type OrderlyConsumptionParts } from './orderly-consumption.ts'

interface Bench {
  readonly clock: SimulatedClock
  readonly consumption: OrderlyConsumption
  readonly givenUp: number[]
  readonly lost: ProcessQueue[]
  queue(count: number): ProcessQueue
}

function bench(
  batchListener: OrderlyBatchListener,
  options: { batchSize?: number; suspendMs?: number; autoCommit?: boolean } = {},
  changes: Partial<OrderlyConsumptionParts> = {},
): Bench {
  const clock = new SimulatedClock()
  const givenUp: number[] = []
  const lost: ProcessQueue[] = []
  const settings: OrderlyOptions = { batchListener, batchSize: 1, suspendMs: 100, ...options }
  const consumption = new OrderlyConsumption({
    settings: orderlySettings(settings),
    concurrency: 2,
    maxReconsumeTimes: 1000,
    consumeTimeoutMs: 10_000,
    holds: () => true,
    onLost: (processQueue) => void lost.push(processQueue),
    giveUp: async ({ message }) => givenUp.push(message.queueOffset) > 0,
    stats: new ConsumerStats(clock),
    clock,
    logger: silentLogger,
    ...changes,
  })
  let queueId = 0
  const queue = (count: number): ProcessQueue => {
    const limits = { cachedCountMax: 1000, cachedBytesMax: 1e6, spanMax: 2000 }
    const made = new ProcessQueue({ topic: 'T', brokerName: 'b', queueId: queueId++ }, 0, limits)
    made.add(
      Array.from({ length: count }, (_, offset) => cachedAt(offset)),
      count,
    )
    return made
  }
  return { clock, consumption, givenUp, lost, queue }
}

function cachedAt(queueOffset: number, unreadable?: unknown): CachedMessage {
  return { message: receivedMessage({ queueOffset }), unreadable, finished: false }
}

/** A listener whose calls end when the test says so. */
function held(): {
  readonly listener: OrderlyBatchListener
  readonly calls: (Deferred<void> & { readonly offsets: number[]; readonly context: OrderlyContext })[]
} {
  const calls: ReturnType<typeof held>['calls'] = []
  const listener: OrderlyBatchListener = (messages, context) => {
    const call = { ...deferred(), offsets: messages.map((message) => message.queueOffset), context }
    calls.push(call)
    return call.promise
  }
  return { listener, calls }
}

test('a queue has one call at a time, different queues have theirs at the same time', async () => {
  const { listener, calls } = held()
  const { clock, consumption, queue } = bench(listener)
  const [first, second, third] = [queue(2), queue(1), queue(1)]
  for (const one of [first, second, third]) consumption.offer(one)
  expect(calls.map(({ context, offsets }) => [context.queue.queueId, offsets])).toEqual([
    [0, [0]],
    [1, [0]],
  ])
  calls[1]?.resolve()
  await clock.advance(0)
  // More came for a queue that has its call: that has to wait.
  first.add([cachedAt(2)], 3)
  consumption.offer(first)
  expect(calls.map(({ context }) => context.queue.queueId)).toEqual([0, 1, 2])
  calls[2]?.resolve()
  await clock.advance(0)
  consumption.offer(first)
  expect(calls.length).toBe(3)
  calls[0]?.resolve()
  await clock.advance(0)
  expect(calls.slice(3).map(({ offsets }) => offsets)).toEqual([[1]])
  calls[3]?.resolve()
  await clock.advance(0)
  calls[4]?.resolve()
  await clock.advance(0)
  expect([first.progress, second.progress, third.progress, consumption.running]).toEqual([3, 1, 1, 0])
})

test('a listener that returns at once is called for thousands without nesting', () => {
  let called = 0
  const { consumption, queue } = bench(() => {
    called++
  })
  const messages = queue(20_000)
  consumption.offer(messages)
  expect([called, messages.progress]).toEqual([20_000, 20_000])
})

test('what fails comes again after the pause, counted, before all others; the listener may change the pause', async () => {
  const got: string[] = []
  const { clock, consumption, queue } = bench(
    (messages, context) => {
      got.push(messages.map(({ queueOffset, reconsumeTimes }) => `${queueOffset}/${reconsumeTimes}`).join(' '))
      if (messages[0]?.queueOffset !== 0 || messages[0].reconsumeTimes >= 2) return undefined
      if (messages[0].reconsumeTimes === 1) context.suspendMs = 5000
      throw new Error('no')
    },
    { batchSize: 2 },
  )
  const messages = queue(3)
  consumption.offer(messages)
  await clock.advance(99)
  messages.add([cachedAt(3)], 4)
  consumption.offer(messages)
  expect(got).toEqual(['0/0 1/0'])
  await clock.advance(1)
  expect(got).toEqual(['0/0 1/0', '0/1 1/1'])
  await clock.advance(4999)
  expect([got.length, messages.progress]).toEqual([2, 0])
  await clock.advance(1)
  expect(got.slice(2)).toEqual(['0/2 1/2', '2/0 3/0'])
  expect(messages.progress).toBe(4)
})

test('messages that failed too often are given up, and again later when nobody takes them', async () => {
  let refuses = true
  const got: number[] = []
  const { clock, consumption, queue } = bench(
    ([message]) => {
      got.push(message?.queueOffset ?? -1)
      return message?.queueOffset === 0 ? 'suspend' : undefined
    },
    {},
    { maxReconsumeTimes: 1, giveUp: async () => !refuses },
  )
  const messages = queue(2)
  consumption.offer(messages)
  await clock.advance(100)
  expect([got, messages.progress]).toEqual([[0, 0], 0])
  refuses = false
  await clock.advance(100)
  expect([got, messages.progress]).toEqual([[0, 0, 0, 1], 2])
})

test('a listener may give a message up itself', async () => {
  const { clock, consumption, givenUp, queue } = bench(([message]) =>
    message?.queueOffset === 1 ? 'dead-letter' : undefined,
  )
  const messages = queue(3)
  consumption.offer(messages)
  await clock.advance(0)
  expect([givenUp, messages.progress]).toEqual([[1], 3])
})

test('a message that cannot be read is given up alone, in its place', async () => {
  const got: number[][] = []
  const { clock, consumption, givenUp, queue } = bench(
    (messages) => void got.push(messages.map((message) => message.queueOffset)),
    { batchSize: 4 },
  )
  const messages = queue(0)
  messages.add([cachedAt(0), cachedAt(1, new Error('cut')), cachedAt(2), cachedAt(3)], 4)
  consumption.offer(messages)
  await clock.advance(0)
  expect([got, givenUp, messages.progress]).toEqual([[[0], [2, 3]], [1], 4])
})

test('without committing by itself, progress waits for a commit, and a rollback brings all since the last one again', async () => {
  const got: string[] = []
  const { clock, consumption, queue } = bench(
    ([message]) => {
      const { queueOffset = 0, reconsumeTimes = 0 } = message ?? {}
      got.push(`${queueOffset}/${reconsumeTimes}`)
      if (queueOffset === 1) return 'commit'
      if (queueOffset === 4 && got.length === 5) return 'rollback'
      return undefined
    },
    { autoCommit: false },
  )
  const messages = queue(6)
  consumption.offer(messages)
  expect([got, messages.progress]).toEqual([['0/0', '1/0', '2/0', '3/0', '4/0'], 2])
  await clock.advance(100)
  expect(got.slice(5)).toEqual(['2/0', '3/0', '4/0', '5/0'])
  expect(messages.progress).toBe(2)
})

test('a word that means nothing does not count as consumed', async () => {
  const got: number[] = []
  const listener = (([message]: readonly { queueOffset: number }[]) => {
    got.push(message?.queueOffset ?? -1)
    return got.length === 1 ? 'SUCCESS' : undefined
  }) as unknown as OrderlyBatchListener
  const { clock, consumption, queue } = bench(listener)
  consumption.offer(queue(2))
  await clock.advance(100)
  expect(got).toEqual([0, 0, 1])
})

test('a listener that does not return is told so, and its messages come again', async () => {
  const { listener, calls } = held()
  const { clock, consumption, queue } = bench(listener)
  const messages = queue(1)
  consumption.offer(messages)
  await clock.advance(9_999)
  expect([calls.length, calls[0]?.context.signal.aborted]).toEqual([1, false])
  await clock.advance(10_200)
  expect([calls.length, calls[0]?.context.signal.aborted]).toEqual([2, true])
  // What the first call says now is too late.
  calls[0]?.resolve()
  await clock.advance(0)
  expect(messages.progress).toBe(0)
  calls[1]?.resolve()
  await clock.advance(0)
  expect(messages.progress).toBe(1)
})

test('a queue whose lock is gone is not handed out', () => {
  let called = 0
  const { consumption, lost, queue } = bench(() => void called++, {}, { holds: () => false })
  const messages = queue(1)
  consumption.offer(messages)
  expect([called, lost]).toEqual([0, [messages]])
})

test('leaving a queue waits for its call, asks it to end, and counts what it did', async () => {
  const { listener, calls } = held()
  const { clock, consumption, queue } = bench(listener)
  const messages = queue(3)
  consumption.offer(messages)
  const { signal } = calls[0]?.context ?? {}
  const left = consumption.leave(messages)
  messages.drop()
  expect(signal?.aborted).toBe(true)
  calls[0]?.resolve()
  expect(await left).toEqual({ progress: 1, settled: true })
  await clock.advance(1000)
  expect(calls.length).toBe(1)
})

test('leaving a queue whose call fails leaves it where it was', async () => {
  const { listener, calls } = held()
  const { clock, consumption, queue } = bench(listener)
  const messages = queue(3)
  consumption.offer(messages)
  const left = consumption.leave(messages)
  messages.drop()
  calls[0]?.reject(new Error('no'))
  expect(await left).toEqual({ progress: 0, settled: true })
  await clock.advance(1000)
  expect(calls.length).toBe(1)
})

test('closing waits for running calls up to its time; what comes later does not count', async () => {
  const { listener, calls } = held()
  const { clock, consumption, queue } = bench(listener)
  const messages = queue(3)
  consumption.offer(messages)
  const stopping = consumption.stop(500)
  await clock.advance(500)
  expect([await stopping, calls[0]?.context.signal.aborted]).toEqual([false, true])
  expect(await consumption.leave(messages)).toEqual({ progress: 0, settled: false })
  calls[0]?.resolve()
  await clock.advance(0)
  expect([messages.progress, calls.length]).toEqual([0, 1])
})

test('closing stops a queue that is suspended', async () => {
  let called = 0
  const { clock, consumption, queue } = bench(() => {
    called++
    return 'suspend'
  })
  consumption.offer(queue(1))
  expect(await consumption.stop(500)).toBe(true)
  await clock.advance(60_000)
  expect(called).toBe(1)
})
