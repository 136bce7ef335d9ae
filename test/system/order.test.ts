import { afterAll, beforeAll, expect, test } from 'vitest'
import { deferred } from '../../src/base/async/index.ts'
import { type Client, type OrderlyListener, type PushConsumer, queueByHash } from '../../src/client/index.ts'
import { deadLetterTopicOf, type ReceivedMessage } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

// Orderly consumption: our client at our servers.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

/** Sends texts one after the other to queue 0 of a topic. */
async function sendInOrder(client: Client, topic: string, texts: readonly string[]): Promise<void> {
  await using producer = await client.producer({ group: freshName('P') })
  for (const text of texts) {
    await producer.send({ topic, body: Buffer.from(text) }, { queue: (queues) => queues[0] as (typeof queues)[0] })
  }
}

function numbered(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => `${from + at}`)
}

function join(client: Client, topic: string, group: string, listener: OrderlyListener): Promise<PushConsumer> {
  return client.pushConsumer({ group, subscriptions: [{ topic }], from: 'first', orderly: { listener, suspendMs: 10 } })
}

function text(message: ReceivedMessage): string {
  return message.body.toString()
}

test('messages of a queue come in order, one call at a time', async () => {
  const client = await testClient(cluster)
  const topic = freshName('One')
  await sendInOrder(client, topic, numbered(50))
  const got: string[] = []
  let running = 0
  await join(client, topic, freshName('G'), async (message) => {
    expect(++running).toBe(1)
    await Promise.resolve()
    got.push(text(message))
    running--
  })
  await until('all messages', () => got.length === 50)
  expect(got).toEqual(numbered(50))
})

test('a message that fails comes again before any other of its queue', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Again')
  await sendInOrder(client, topic, numbered(4))
  const got: string[] = []
  await join(client, topic, freshName('G'), (message) => {
    got.push(`${text(message)}/${message.reconsumeTimes}`)
    if (text(message) === '1' && message.reconsumeTimes < 2) throw new Error('not yet')
    if (text(message) === '2' && message.reconsumeTimes < 1) return 'suspend'
    return undefined
  })
  await until('all messages', () => got.includes('3/0'))
  expect(got).toEqual(['0/0', '1/0', '1/1', '1/2', '2/0', '2/1', '3/0'])
})

test('a message that failed too often becomes a dead letter, and its queue goes on', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('TooOften'), freshName('G')]
  await sendInOrder(client, topic, numbered(3))
  const got: string[] = []
  await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    from: 'first',
    maxReconsumeTimes: 2,
    orderly: {
      suspendMs: 10,
      listener: (message) => {
        got.push(`${text(message)}/${message.reconsumeTimes}`)
        if (text(message) === '1') throw new Error('never')
      },
    },
  })
  await until('the one behind it', () => got.includes('2/0'))
  expect(got).toEqual(['0/0', '1/0', '1/1', '1/2', '2/0'])
  const dead: ReceivedMessage[] = []
  await client.pushConsumer({
    group: freshName('G'),
    subscriptions: [{ topic: deadLetterTopicOf(group) }],
    from: 'first',
    listener: (message) => void dead.push(message),
  })
  await until('the dead letter', () => dead.length === 1)
  expect(dead.map(text)).toEqual(['1'])
})

test('with two members no queue is worked on twice at a time, and one that leaves hands over where it stopped', async () => {
  const [topic, group] = [freshName('HandOver'), freshName('G')]
  const sending = await testClient(cluster)
  await sendInOrder(sending, topic, numbered(20))
  const got: string[] = []
  let running = 0
  const gate = deferred()
  const listenAs =
    (name: string): OrderlyListener =>
    async (message) => {
      expect(++running).toBe(1)
      got.push(`${name}${text(message)}`)
      if (text(message) === '5') await gate.promise
      running--
    }
  const first = await join(await testClient(cluster), topic, group, listenAs('a'))
  await until('the first to be in the middle', () => got.length === 6)
  const closing = first[Symbol.asyncDispose]()
  await join(await testClient(cluster), topic, group, listenAs('b'))
  gate.resolve()
  await closing
  await until('all messages', () => got.length === 20)
  expect(got).toEqual(numbered(20).map((one, at) => `${at <= 5 ? 'a' : 'b'}${one}`))
})

test('messages of one sharding key go to one queue, also those of other producers with that key', async () => {
  const topic = freshName('Sharded')
  const queueOf = async (shardingKey: string, viaHash: boolean): Promise<number> => {
    const client = await testClient(cluster)
    const producer = await client.producer({ group: freshName('P') })
    const message = { topic, body: Buffer.from('x') }
    const sent = viaHash
      ? await producer.send(message, { queue: queueByHash(shardingKey) })
      : await producer.send({ ...message, shardingKey })
    return sent.queue.queueId
  }
  for (const key of ['a', 'b', 'order-17', '订单']) {
    expect(new Set([await queueOf(key, false), await queueOf(key, false), await queueOf(key, true)]).size).toBe(1)
  }
})

test('a batch with several sharding keys is refused, unless a queue is chosen', async () => {
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  const topic = freshName('Batch')
  const batch = ['a', 'b'].map((shardingKey) => ({ topic, shardingKey, body: Buffer.from(shardingKey) }))
  await expect(producer.sendBatch(batch)).rejects.toMatchObject({ code: 'RMQ_BATCH_ILLEGAL' })
  const sent = await producer.sendBatch(batch, { queue: queueByHash('a') })
  expect(sent.queue.queueId).toBe((await producer.sendBatch(batch.slice(0, 1))).queue.queueId)
})
