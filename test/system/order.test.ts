import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as pathOf } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { deferred } from '../../src/base/async/index.ts'
import { brokerConfig } from '../../src/broker/index.ts'
import {
  type Client,
  type OrderlyListener,
  openClient,
  type PushConsumer,
  type QueueChoice,
  queueByHash,
} from '../../src/client/index.ts'
import { type Server, startServer } from '../../src/embedded/index.ts'
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

test('a queue goes to a new member only after the call that runs in it, and nothing of it is repeated', async () => {
  const [topic, group] = [freshName('Joins'), freshName('G')]
  const sending = await testClient(cluster)
  const producer = await sending.producer({ group: freshName('P'), defaultTopicQueues: 2 })
  for (const number of numbered(10)) {
    for (const queueId of [0, 1]) {
      const choose: QueueChoice = (queues) => queues[queueId] as (typeof queues)[0]
      await producer.send({ topic, body: Buffer.from(`${queueId}:${number}`) }, { queue: choose })
    }
  }
  const got: string[] = []
  const signals: AbortSignal[] = []
  const gate = deferred()
  const first = await join(await testClient(cluster), topic, group, async (message, { signal }) => {
    got.push(`a${text(message)}`)
    if (!text(message).endsWith(':3')) return
    signals.push(signal)
    await gate.promise
  })
  await until('both queues in the middle', () => signals.length === 2)
  await join(await testClient(cluster), topic, group, (message) => void got.push(`b${text(message)}`))
  await until('the first to give one up', () => first.assigned.filter((queue) => queue.topic === topic).length === 1)
  expect(signals.filter((signal) => signal.aborted).length).toBe(1)
  expect(got.length).toBe(8)
  gate.resolve()
  await until('all messages', () => got.length === 20)
  const [own, other] = ['0', '1'].map((queueId) => got.filter((one) => one.slice(1).startsWith(queueId)))
  const kept = [own, other].find((calls) => calls?.every((one) => one.startsWith('a')))
  const handedOver = [own, other].find((calls) => calls !== kept)
  expect(kept?.map((one) => one.slice(3))).toEqual(numbered(10))
  expect(handedOver?.map((one) => `${one[0]}${one.slice(3)}`)).toEqual(
    numbered(10).map((one, at) => `${at <= 3 ? 'a' : 'b'}${one}`),
  )
})

test('a group goes on in order after its broker was started again, which knows nothing of the locks', async () => {
  const dir = mkdtempSync(pathOf(tmpdir(), 'rocketstream-order-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const bindAddress = '127.0.0.1'
  const start = async (namesrvPort: number, listenPort: number): Promise<Server> =>
    startServer({
      namesrv: { listenPort: namesrvPort, bindAddress },
      broker: brokerConfig.with({ storePathRootDir: dir, brokerIP1: bindAddress, bindAddress, listenPort }),
    })
  let server = await start(0, 0)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { namesrvPort, brokerAddress } = server
  const client = await openClient({
    nameServer: `${bindAddress}:${namesrvPort}`,
    heartbeatMs: 200,
    pollNameServerMs: 200,
  })
  onTestFinished(() => client[Symbol.asyncDispose]())
  const topic = 'Restart'
  const got: string[] = []
  await join(client, topic, 'G', (message) => void got.push(text(message)))
  await sendInOrder(client, topic, numbered(20))
  await until('the first half', () => got.length === 20)
  await server[Symbol.asyncDispose]()
  server = await start(namesrvPort, Number(brokerAddress.split(':')[1]))
  await sendInOrder(client, topic, numbered(20, 20))
  await until('the second half', () => got.length >= 40)
  expect(got).toEqual(numbered(40))
})
