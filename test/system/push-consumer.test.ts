import { afterAll, beforeAll, expect, test } from 'vitest'
import { deferred } from '../../src/base/async/index.ts'
import type { Client } from '../../src/client/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

/** Sends texts to a topic, one after the other; a text `tag:body` has a tag. */
async function send(client: Client, topic: string, ...texts: string[]): Promise<void> {
  await using producer = await client.producer({ group: freshName('P') })
  for (const text of texts) {
    const [body, tag] = text.split(':').reverse() as [string, string | undefined]
    await producer.send({ topic, body: Buffer.from(body), tag })
  }
}

test('only messages with one of the tags are handed out', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Tags')
  const got: string[] = []
  // "Aa" and "BB" have the same hash, so the broker alone could not tell them apart.
  await client.pushConsumer({
    group: freshName('G'),
    subscriptions: [{ topic, expression: 'Aa || c' }],
    listener: (message) => void got.push(message.body.toString()),
  })
  await send(client, topic, 'Aa:1', 'BB:2', 'c:3', 'd:4', '5', 'Aa:6')
  await until('three messages', () => got.length >= 3)
  expect(got.sort()).toEqual(['1', '3', '6'])
})

test('nothing is missed of a topic that is created after the consumer', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Later')
  const got: string[] = []
  const consumer = await client.pushConsumer({
    group: freshName('G'),
    subscriptions: [{ topic }],
    listener: (message) => void got.push(message.body.toString()),
  })
  expect(consumer.assigned.filter((queue) => queue.topic === topic)).toEqual([])
  const bodies = Array.from({ length: 20 }, (_, at) => `${at}`)
  await send(client, topic, ...bodies)
  await until('all messages', () => got.length >= 20, 5000)
  expect(new Set(got)).toEqual(new Set(bodies))
})

test('a group goes on where it stopped', async () => {
  const client = await testClient(cluster)
  const topic = freshName('GoOn')
  const group = freshName('G')
  const got: string[] = []
  const subscriptions = [{ topic }]
  const listener = (message: { body: Buffer }): void => void got.push(message.body.toString())
  await send(client, topic, '1', '2', '3')
  const first = await client.pushConsumer({ group, subscriptions, listener, from: 'first' })
  await until('three messages', () => got.length === 3)
  await first[Symbol.asyncDispose]()
  await send(client, topic, '4', '5')
  await client.pushConsumer({ group, subscriptions, listener, from: 'first' })
  await until('five messages', () => got.length >= 5)
  expect(got.sort()).toEqual(['1', '2', '3', '4', '5'])
})

test('closing waits for running listeners and records what they did', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Closing')
  const group = freshName('G')
  await send(client, topic, '1', '2', '3', '4')
  const gate = deferred()
  const begun: string[] = []
  const ended: string[] = []
  const first = await client.pushConsumer({
    group,
    from: 'first',
    subscriptions: [{ topic }],
    concurrency: 2,
    listener: async (message) => {
      begun.push(message.body.toString())
      await gate.promise
      ended.push(message.body.toString())
    },
  })
  await until('two running listeners', () => begun.length === 2)
  const closing = first[Symbol.asyncDispose]()
  gate.resolve()
  await closing
  expect(ended.sort()).toEqual(begun.sort())
  const rest: string[] = []
  await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    listener: (message) => void rest.push(message.body.toString()),
  })
  await until('the other two messages', () => rest.length + ended.length >= 4)
  expect([...ended, ...rest].sort()).toEqual(['1', '2', '3', '4'])
})

test('no more listeners than the concurrency run at a time', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Concurrency')
  await send(client, topic, ...Array.from({ length: 30 }, (_, at) => `${at}`))
  let running = 0
  let most = 0
  let done = 0
  await client.pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic }],
    concurrency: 4,
    listener: async () => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      const tick = deferred()
      setImmediate(() => tick.resolve())
      await tick.promise
      running--
      done++
    },
  })
  await until('all messages', () => done === 30)
  expect(most).toBe(4)
})

test('a batch listener gets several messages of one queue', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Batches')
  await using producer = await client.producer({ group: freshName('P') })
  await producer.sendBatch(Array.from({ length: 10 }, (_, at) => ({ topic, body: Buffer.from(`${at}`) })))
  const batches: string[][] = []
  await client.pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic }],
    batchSize: 4,
    batchListener: (messages) => void batches.push(messages.map((message) => message.body.toString())),
  })
  await until('all messages', () => batches.flat().length === 10)
  expect(batches).toEqual([
    ['0', '1', '2', '3'],
    ['4', '5', '6', '7'],
    ['8', '9'],
  ])
})

test('a paused consumer pulls nothing until it is resumed', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Pause')
  const got: string[] = []
  const consumer = await client.pushConsumer({
    group: freshName('G'),
    subscriptions: [{ topic }],
    listener: (message) => void got.push(message.body.toString()),
  })
  await send(client, topic, '1')
  await until('one message', () => got.length === 1)
  consumer.pause()
  // Each queue's held pull may still bring one answer; the sends below use those up.
  await send(client, topic, ...Array.from({ length: 40 }, (_, at) => `${at}`))
  const beforeResume = got.length
  expect(beforeResume).toBeLessThan(41)
  consumer.resume()
  await until('all messages', () => got.length === 41)
})

test('topics can be subscribed to and given up at any time', async () => {
  const client = await testClient(cluster)
  const [first, second] = [freshName('First'), freshName('Second')]
  const got: string[] = []
  await send(client, first, 'a')
  await send(client, second, 'b')
  const consumer = await client.pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic: first }],
    listener: (message) => void got.push(message.body.toString()),
  })
  await until('the first topic', () => got.includes('a'))
  await consumer.subscribe(second)
  await until('the second topic', () => got.includes('b'))
  await consumer.unsubscribe(first)
  expect(consumer.assigned.some((queue) => queue.topic === first)).toBe(false)
  await send(client, first, 'c')
  await send(client, second, 'd')
  await until('more of the second topic', () => got.includes('d'))
  expect(got).not.toContain('c')
})

test('a slow listener stops the pulling of its queue at the limits', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Slow')
  await using producer = await client.producer({ group: freshName('P') })
  const count = 300
  for (let at = 0; at < count; at += 50) {
    await producer.sendBatch(
      Array.from({ length: 50 }, (_, index) => ({ topic, body: Buffer.from(`${at + index}`) })),
      { queue: (queues) => queues[0] as (typeof queues)[number] },
    )
  }
  const gate = deferred()
  const got = new Set<string>()
  await client.pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic }],
    limits: { cachedCountMax: 50 },
    concurrency: 100_000,
    listener: async (message) => {
      got.add(message.body.toString())
      await gate.promise
    },
  })
  await until('some messages', () => got.size > 50)
  const held = got.size
  expect(held).toBeLessThanOrEqual(50 + 32)
  gate.resolve()
  await until('all messages', () => got.size === count)
})

test('options that cannot be are refused before anything is opened', async () => {
  const client = await testClient(cluster)
  const listener = (): void => undefined
  const subscriptions = [{ topic: 'T' }]
  const code = (name: string): object => ({ code: name })
  await expect(client.pushConsumer({ group: 'a b', subscriptions, listener })).rejects.toMatchObject(
    code('RMQ_GROUP_ILLEGAL'),
  )
  await expect(client.pushConsumer({ group: 'G', subscriptions: [], listener })).rejects.toMatchObject(
    code('RMQ_OPTION_ILLEGAL'),
  )
  await expect(client.pushConsumer({ group: 'G', subscriptions, listener, concurrency: 0 })).rejects.toMatchObject(
    code('RMQ_OPTION_ILLEGAL'),
  )
  await expect(
    client.pushConsumer({ group: 'G', subscriptions: [{ topic: 'T', expression: '||' }], listener }),
  ).rejects.toMatchObject(code('RMQ_SUBSCRIPTION_ILLEGAL'))
})

test('a client has each consumer group once', async () => {
  const client = await testClient(cluster)
  const options = { group: freshName('G'), subscriptions: [{ topic: freshName('Once') }], listener: () => undefined }
  const first = await client.pushConsumer(options)
  await expect(client.pushConsumer(options)).rejects.toMatchObject({ code: 'RMQ_GROUP_TAKEN' })
  await first[Symbol.asyncDispose]()
  await expect(client.pushConsumer(options)).resolves.toBeDefined()
})
