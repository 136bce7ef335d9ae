import { afterAll, beforeAll, expect, test } from 'vitest'
import { splitBatch } from '../../src/client/index.ts'
import type { Message, ReceivedMessage } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

/** Everything of a topic, sorted as it was stored. */
async function received(topic: string, count: number): Promise<readonly ReceivedMessage[]> {
  const client = await testClient(cluster)
  const messages: ReceivedMessage[] = []
  await client.pushConsumer({
    group: freshName('Reader'),
    from: 'first',
    subscriptions: [{ topic }],
    listener: (message) => void messages.push(message),
  })
  await until(`${count} messages of ${topic}`, () => messages.length >= count)
  return messages.toSorted((left, right) => left.physicalOffset - right.physicalOffset)
}

test('a message arrives as it was sent, and the result says where it is', async () => {
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  const topic = freshName('Whole')
  const message: Message = {
    topic,
    body: Buffer.from('größe'),
    tag: 'vip',
    keys: ['order-1', 'order-2'],
    properties: { region: 'eu-ü', empty: '0' },
    flag: 42,
  }
  const result = await producer.send(message)
  const [got] = (await received(topic, 1)) as [ReceivedMessage]
  expect(got).toMatchObject({
    topic,
    body: message.body,
    tag: 'vip',
    keys: ['order-1', 'order-2'],
    flag: 42,
    messageId: result.messageId,
    offsetMessageId: result.offsetMessageId,
    queueOffset: result.queueOffset,
    queueId: result.queue.queueId,
    brokerName: result.queue.brokerName,
    reconsumeTimes: 0,
  })
  expect(got.properties).toMatchObject({ region: 'eu-ü', empty: '0', WAIT: 'true' })
  expect(result).toMatchObject({ status: 'SEND_OK', regionId: 'DefaultRegion', traceOn: true })
})

test('large bodies are compressed on the way and whole again at the end', async () => {
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  const topic = freshName('Large')
  const bodies = [Buffer.alloc(100_000, 'abc'), Buffer.alloc(4095, 'x'), Buffer.alloc(4096, 'y')]
  for (const body of bodies) await producer.send({ topic, body })
  expect((await received(topic, 3)).map((message) => message.body)).toEqual(bodies)
})

test('a batch is stored together, each message with its own id', async () => {
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  const topic = freshName('Batch')
  const messages = Array.from({ length: 10 }, (_, at) => ({ topic, body: Buffer.from(`${at}`), tag: `t${at}` }))
  const result = await producer.sendBatch(messages)
  const got = await received(topic, 10)
  expect(got.map((message) => [message.body.toString(), message.tag])).toEqual(
    messages.map((one) => [`${one.body}`, one.tag]),
  )
  expect(got.map((message) => message.messageId).join(',')).toBe(result.messageId)
  expect(got.map((message) => message.offsetMessageId).join(',')).toBe(result.offsetMessageId)
  expect(got.map((message) => message.queueOffset)).toEqual(got.map((_, at) => result.queueOffset + at))
})

test('a long list is sent as several batches', async () => {
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  const topic = freshName('Split')
  const messages = Array.from({ length: 100 }, (_, at) => ({ topic, body: Buffer.alloc(1000, `${at % 10}`) }))
  const batches = splitBatch(messages, 10_000)
  expect(batches.length).toBeGreaterThan(10)
  for (const batch of batches) await producer.sendBatch(batch)
  expect((await received(topic, 100)).map((message) => message.body)).toEqual(messages.map((message) => message.body))
})

test('a message that nobody confirms arrives as well', async () => {
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  const topic = freshName('Oneway')
  await producer.send({ topic, body: Buffer.from('first') })
  await producer.sendOneway({ topic, body: Buffer.from('second') })
  expect((await received(topic, 2)).map((message) => message.body.toString())).toEqual(['first', 'second'])
})

test('messages with one key go to one queue, in order', async () => {
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  const topic = freshName('Keyed')
  for (let at = 0; at < 20; at++) {
    const key = at % 3
    await producer.send(
      { topic, body: Buffer.from(`${at}`), keys: [`${key}`] },
      { queue: (queues) => queues[key % queues.length] as (typeof queues)[number] },
    )
  }
  const got = await received(topic, 20)
  for (const key of ['0', '1', '2']) {
    const ofKey = got.filter((message) => message.keys[0] === key)
    expect(new Set(ofKey.map((message) => message.queueId)).size).toBe(1)
    expect(ofKey.map((message) => message.queueOffset)).toEqual(ofKey.map((_, at) => at))
  }
})

test('a thousand sends at a time all arrive, each once', async () => {
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  const topic = freshName('Many')
  const bodies = Array.from({ length: 1000 }, (_, at) => `${at}`)
  const results = await Promise.all(bodies.map((body) => producer.send({ topic, body: Buffer.from(body) })))
  expect(new Set(results.map((result) => result.messageId)).size).toBe(1000)
  const got = await received(topic, 1000)
  expect(new Set(got.map((message) => message.body.toString()))).toEqual(new Set(bodies))
})
