import { expect, test } from 'vitest'
import { type Deferred, deferred } from '../../../base/async/index.ts'
import { silentLogger } from '../../../base/log/index.ts'
import { SimulatedClock } from '../../../base/time/index.ts'
import type { ReceivedMessage } from '../../../message/index.ts'
import { receivedMessage } from '../../testing/received-message.ts'
import type { BatchListener } from '../listener.ts'
import { type CachedMessage, ProcessQueue } from '../process-queue/process-queue.ts'
import { ConsumerStats } from './consumer-stats.ts'
import { Consumption, type ConsumptionParts } from './consumption.ts'

interface Bench {
  readonly clock: SimulatedClock
  readonly consumption: Consumption
  readonly returned: { readonly id: string; readonly delayLevel: number }[]
  queue(count: number): ProcessQueue
}

function bench(listen: BatchListener, changes: Partial<ConsumptionParts> = {}): Bench {
  const clock = new SimulatedClock()
  const returned: { id: string; delayLevel: number }[] = []
  const stats = new ConsumerStats(clock)
  const consumption = new Consumption({
    listen,
    concurrency: 2,
    batchSize: 1,
    consumeTimeoutMs: 10_000,
    delayLevelWhenNextConsume: 0,
    giveBack: async (cached, delayLevel) => {
      returned.push({ id: cached.message.messageId, delayLevel })
      return true
    },
    stats,
    clock,
    logger: silentLogger,
    ...changes,
  })
  let queueId = 0
  const queue = (count: number): ProcessQueue => {
    const limits = { cachedCountMax: 1000, cachedBytesMax: 1e6, spanMax: 2000 }
    const made = new ProcessQueue({ topic: 'T', brokerName: 'b', queueId: queueId++ }, 0, limits)
    const offsets = Array.from({ length: count }, (_, offset) => offset)
    made.add(offsets.map(cachedAt), count)
    return made
  }
  return { clock, consumption, returned, queue }
}

function cachedAt(queueOffset: number): CachedMessage {
  return { message: receivedMessage({ queueOffset }), unreadable: undefined, finished: false }
}

test('no more calls than the concurrency run at a time, and every message gets its call', async () => {
  const calls: Deferred<void>[] = []
  const { clock, consumption, queue } = bench(() => {
    const call = deferred()
    calls.push(call)
    return call.promise
  })
  const messages = queue(5)
  consumption.offer(messages)
  expect([calls.length, consumption.running]).toEqual([2, 2])
  for (let at = 0; at < 5; at++) {
    calls[at]?.resolve()
    await clock.advance(0)
  }
  expect([calls.length, consumption.running, messages.progress]).toEqual([5, 0, 5])
})

test('a listener that returns at once is called for thousands without nesting', () => {
  let called = 0
  const { consumption, queue } = bench(() => {
    called++
  })
  consumption.offer(queue(20_000))
  expect(called).toBe(20_000)
})

test('queues take turns', async () => {
  const order: number[] = []
  const gate = deferred()
  const { clock, consumption, queue } = bench(
    (_, context) => {
      order.push(context.queue.queueId)
      return order.length === 1 ? gate.promise : undefined
    },
    { concurrency: 1 },
  )
  consumption.offer(queue(3))
  consumption.offer(queue(2))
  gate.resolve()
  await clock.advance(0)
  expect(order).toEqual([0, 0, 1, 0, 1])
})

test('a batch is cut to its size and fails or succeeds as a whole', async () => {
  const sizes: number[] = []
  const { clock, consumption, queue, returned } = bench(
    (messages) => {
      sizes.push(messages.length)
      if (sizes.length === 1) throw new Error('first batch')
    },
    { batchSize: 3 },
  )
  const messages = queue(5)
  consumption.offer(messages)
  await clock.advance(0)
  expect(sizes).toEqual([3, 2])
  expect(returned.map((one) => one.id)).toEqual(['id-0', 'id-1', 'id-2'])
  expect(messages.progress).toBe(5)
})

test('messages that the listener names are given back, each with its delay, and the others are consumed', async () => {
  const { clock, consumption, queue, returned } = bench(
    (messages, context) => {
      context.delayLevelWhenNextConsume = 4
      context.giveBack(messages[1] as ReceivedMessage)
      context.giveBack(messages[3] as ReceivedMessage, -1)
    },
    { batchSize: 5 },
  )
  const messages = queue(5)
  consumption.offer(messages)
  await clock.advance(0)
  expect(returned).toEqual([
    { id: 'id-1', delayLevel: 4 },
    { id: 'id-3', delayLevel: -1 },
  ])
  expect(messages.progress).toBe(5)
})

test.each([
  ['a strange message', receivedMessage({ queueOffset: 99 }), 0],
  ['a delay level that does not exist', undefined, 19],
])('giving back %s fails the call', async (_, strange, level) => {
  const { clock, consumption, queue, returned } = bench(
    (messages, context) => context.giveBack(strange ?? (messages[0] as ReceivedMessage), level),
    { batchSize: 2 },
  )
  consumption.offer(queue(2))
  await clock.advance(0)
  expect(returned.map(({ id }) => id)).toEqual(['id-0', 'id-1'])
})

test('a body that cannot be read is given back without those beside it', async () => {
  const got: string[][] = []
  const { clock, consumption, queue, returned } = bench(
    (messages) => void got.push(messages.map((message) => message.messageId)),
    { batchSize: 3 },
  )
  const messages = queue(0)
  messages.add(
    [0, 1, 2].map((at) => ({ ...cachedAt(at), unreadable: at === 1 ? new Error('damaged') : undefined })),
    3,
  )
  consumption.offer(messages)
  await clock.advance(0)
  expect(got).toEqual([['id-0', 'id-2']])
  expect(returned.map(({ id }) => id)).toEqual(['id-1'])
  expect(messages.progress).toBe(3)
})

test('messages behind ackIndex are given back with the delay level of the context', async () => {
  const { clock, consumption, queue, returned } = bench(
    (_, context) => {
      context.ackIndex = 0
      context.delayLevelWhenNextConsume = 5
    },
    { batchSize: 3 },
  )
  consumption.offer(queue(3))
  await clock.advance(0)
  expect(returned).toEqual([
    { id: 'id-1', delayLevel: 5 },
    { id: 'id-2', delayLevel: 5 },
  ])
})

test('progress stays before a message that could not be given back, until it is consumed here', async () => {
  const seen: number[] = []
  const { clock, consumption, queue } = bench(
    (messages) => {
      seen.push(messages[0]?.reconsumeTimes ?? -1)
      if (seen.length === 1) throw new Error('once')
    },
    { giveBack: async () => false },
  )
  const messages = queue(2)
  consumption.offer(messages)
  await clock.advance(0)
  await clock.advance(4999)
  expect([messages.progress, seen]).toEqual([0, [0, 0]])
  await clock.advance(1)
  expect([messages.progress, seen]).toEqual([2, [0, 0, 1]])
})

test('a message whose body cannot be read is given back without asking the listener', async () => {
  let called = 0
  const { clock, consumption, queue, returned } = bench(() => void called++)
  const messages = queue(0)
  messages.add([{ ...cachedAt(0), unreadable: new Error('LZ4') }, cachedAt(1)], 2)
  consumption.offer(messages)
  await clock.advance(0)
  expect([called, returned.length, messages.progress]).toEqual([1, 1, 2])
})

test('a listener that does not return loses its message and its place', async () => {
  const calls: Deferred<void>[] = []
  const { clock, consumption, queue, returned } = bench(
    () => {
      const call = deferred()
      calls.push(call)
      return call.promise
    },
    { concurrency: 1 },
  )
  const messages = queue(2)
  consumption.offer(messages)
  await clock.advance(15_000)
  expect(returned[0]).toEqual({ id: 'id-0', delayLevel: 3 })
  expect([calls.length, messages.progress]).toEqual([2, 1])
  calls[0]?.reject(new Error('much too late'))
  await clock.advance(0)
  expect(returned).toHaveLength(1)
})

test('results for a queue that another member has now do not count', async () => {
  const call = deferred()
  const { clock, consumption, queue, returned } = bench(() => call.promise)
  const messages = queue(1)
  consumption.offer(messages)
  messages.drop()
  call.reject(new Error('whatever'))
  await clock.advance(0)
  expect([returned.length, consumption.running]).toEqual([0, 0])
})

test('stopping waits for running calls, so long and no longer, and starts no others', async () => {
  const calls: Deferred<void>[] = []
  const listen = (): Promise<void> => {
    const call = deferred()
    calls.push(call)
    return call.promise
  }
  const good = bench(listen, { concurrency: 1 })
  good.consumption.offer(good.queue(2))
  const stopped = good.consumption.stop(1000)
  calls[0]?.resolve()
  expect(await stopped).toBe(true)
  expect(calls).toHaveLength(1)

  const slow = bench(listen, { concurrency: 1 })
  slow.consumption.offer(slow.queue(1))
  const late = slow.consumption.stop(1000)
  await slow.clock.advance(1000)
  expect(await late).toBe(false)
})
