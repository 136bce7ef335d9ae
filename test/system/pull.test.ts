import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client, LitePullConsumer } from '../../src/client/index.ts'
import type { MessageQueue, ReceivedMessage } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { numbered, sendTexts } from '../kit/send-texts.ts'
import { until } from '../kit/until.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster?.[Symbol.asyncDispose]())

const text = (message: ReceivedMessage): string => message.body.toString()
const first = (queues: readonly MessageQueue[]): MessageQueue => queues[0] as MessageQueue

/** Polls until `count` messages came. */
async function pollTexts(consumer: LitePullConsumer, count: number): Promise<string[]> {
  const got: string[] = []
  await until(`${count} messages`, async () => {
    got.push(...(await consumer.poll({ timeoutMs: 100 })).map(text))
    return got.length >= count
  })
  return got
}

async function firstQueue(client: Client, topic: string): Promise<MessageQueue> {
  return first(await client.queuesOf(topic))
}

test('a loop gets every message, and what it is through with is recorded', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('Loop'), freshName('G')]
  await sendTexts(client, topic, numbered(40))
  const seen: string[] = []
  const consumer = await client.litePullConsumer({ group, subscriptions: [{ topic }], from: 'first' })
  for await (const message of consumer) {
    seen.push(text(message))
    if (seen.length === 40) break
  }
  await consumer[Symbol.asyncDispose]()
  expect([...seen].sort()).toEqual([...numbered(40)].sort())
  const left = seen.at(-1)
  const again = await client.litePullConsumer({ group, subscriptions: [{ topic }], from: 'last' })
  // The message at which a loop is left counts as not processed.
  expect(await pollTexts(again, 1)).toEqual([left])
  expect(await again.poll({ timeoutMs: 50 })).toEqual([])
})

test('a loop ends when its consumer is closed', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Closed')
  await sendTexts(client, topic, ['1'])
  const consumer = await client.litePullConsumer({ group: freshName('G'), subscriptions: [{ topic }], from: 'first' })
  const seen: string[] = []
  for await (const message of consumer) {
    seen.push(text(message))
    void consumer[Symbol.asyncDispose]()
  }
  expect(seen).toEqual(['1'])
  await expect(consumer.poll()).rejects.toMatchObject({ code: 'RMQ_ALREADY_CLOSED' })
})

test('an error in the loop leaves its message to the next one who asks', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Failing')
  await sendTexts(client, topic, ['1', '2'], first)
  const consumer = await client.litePullConsumer({ group: freshName('G'), subscriptions: [{ topic }], from: 'first' })
  const loop = async (): Promise<void> => {
    for await (const _ of consumer) throw new Error('no')
  }
  await expect(loop()).rejects.toThrow('no')
  expect(await pollTexts(consumer, 2)).toEqual(['1', '2'])
})

test('without autoCommit only what is committed is recorded', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('Manual'), freshName('G')]
  await sendTexts(client, topic, numbered(6), first)
  const options = { group, subscriptions: [{ topic }], from: 'first', autoCommit: false, pullBatch: 2 } as const
  const consumer = await client.litePullConsumer(options)
  const queue = await firstQueue(client, topic)
  expect(await pollTexts(consumer, 4)).toEqual(['0', '1', '2', '3'])
  expect(await consumer.committed(queue)).toBe(0)
  await consumer.commit()
  expect(await consumer.committed(queue)).toBe(4)
  expect(await pollTexts(consumer, 2)).toEqual(['4', '5'])
  await consumer.commit([{ ...queue, offset: 5 }])
  await consumer[Symbol.asyncDispose]()
  const next = await client.litePullConsumer(options)
  expect(await pollTexts(next, 1)).toEqual(['5'])
})

test('progress never passes a message that was taken and is not done', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('Taken'), freshName('G')]
  await sendTexts(client, topic, numbered(4), first)
  const consumer = await client.litePullConsumer({ group, subscriptions: [{ topic }], from: 'first' })
  const taken = [await consumer.take(), await consumer.take(), await consumer.take()]
  expect(taken.map((one) => one && text(one.message))).toEqual(['0', '1', '2'])
  taken[0]?.done()
  taken[2]?.done()
  const queue = await firstQueue(client, topic)
  await consumer.commit()
  expect(await consumer.committed(queue)).toBe(1)
  taken[1]?.putBack()
  const again = await consumer.take()
  expect(again && text(again.message)).toBe('1')
  again?.done()
  await consumer.commit()
  expect(await consumer.committed(queue)).toBe(3)
})

test('tags select, and a group divides the queues among its members', async () => {
  const topic = freshName('Shared')
  const group = freshName('G')
  const clients = [await testClient(cluster), await testClient(cluster)] as const
  await sendTexts(clients[0], topic, ['x:-1'])
  const options = { group, subscriptions: [{ topic, expression: 'a || b' }], from: 'first' } as const
  const one = await clients[0].litePullConsumer(options)
  const two = await clients[1].litePullConsumer(options)
  const all = await clients[0].queuesOf(topic)
  await until('two shares', () => one.assigned.length + two.assigned.length === all.length && two.assigned.length > 0)
  await sendTexts(
    clients[0],
    topic,
    numbered(60).map((body, at) => `${'abc'[at % 3]}:${body}`),
  )
  const got: string[] = []
  await until('all wanted messages', async () => {
    for (const consumer of [one, two]) got.push(...(await consumer.poll({ timeoutMs: 20 })).map(text))
    return got.length >= 40
  })
  expect(new Set(got)).toEqual(new Set(numbered(60).filter((_, at) => at % 3 !== 2)))
  expect(got).toHaveLength(40)
  await one[Symbol.asyncDispose]()
  await until('all queues at the one left', () => two.assigned.length === all.length)
})

test('a program can assign queues, and move, pause and resume them', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Assigned')
  await sendTexts(client, topic, numbered(10), first)
  const consumer = await client.litePullConsumer({ group: freshName('G'), from: 'first', pullBatch: 32 })
  const queue = await firstQueue(client, topic)
  await consumer.assign([queue])
  expect(consumer.assigned).toEqual([queue])
  expect(await pollTexts(consumer, 10)).toEqual(numbered(10))
  await consumer.seek(queue, 7)
  expect(await pollTexts(consumer, 3)).toEqual(['7', '8', '9'])
  await consumer.seekToBegin(queue)
  expect(await pollTexts(consumer, 10)).toEqual(numbered(10))
  await consumer.seekToEnd(queue)
  expect(await consumer.poll({ timeoutMs: 50 })).toEqual([])
  await expect(consumer.seek(queue, 11)).rejects.toMatchObject({ code: 'RMQ_SEEK_ILLEGAL' })
  consumer.pause([queue])
  await consumer.seekToBegin(queue)
  expect(await consumer.poll({ timeoutMs: 50 })).toEqual([])
  consumer.resume([queue])
  expect(await pollTexts(consumer, 10)).toEqual(numbered(10))
  await expect(consumer.seek({ ...queue, queueId: 1 }, 0)).rejects.toMatchObject({ code: 'RMQ_QUEUE_NOT_ASSIGNED' })
  await expect(consumer.assign([{ ...queue, queueId: 99 }])).rejects.toMatchObject({ code: 'RMQ_OPTION_ILLEGAL' })
  await expect(consumer.subscribe(topic)).rejects.toMatchObject({ code: 'RMQ_SUBSCRIBED_AND_ASSIGNED' })
})

test('of subscribing and assigning at the same time one is refused, and a closed consumer changes nothing', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Both')
  await sendTexts(client, topic, ['1'])
  const queues = await client.queuesOf(topic)
  const consumer = await client.litePullConsumer({ group: freshName('G'), from: 'first' })
  const outcomes = await Promise.allSettled([consumer.subscribe(topic), consumer.assign(queues)])
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  expect(refused).toEqual(['RMQ_SUBSCRIBED_AND_ASSIGNED'])
  expect(await pollTexts(consumer, 1)).toEqual(['1'])
  const late = Promise.allSettled([consumer.subscribe(freshName('Late')), consumer.assign(queues)])
  await consumer[Symbol.asyncDispose]()
  expect((await late).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(consumer.subscribe(topic)).rejects.toMatchObject({ code: 'RMQ_ALREADY_CLOSED' })
})

test('who does not ask is not flooded: pulling stops at the limits and goes on later', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Limits')
  await sendTexts(client, topic, numbered(60), first)
  const limits = { cachedCountMax: 10 }
  const options = { group: freshName('G'), subscriptions: [{ topic }], from: 'first', limits, pullBatch: 5 } as const
  const consumer = await client.litePullConsumer({ ...options, cachedCountMaxAll: 20 })
  expect(await pollTexts(consumer, 60)).toEqual(numbered(60))
})

test('a plain pull reads from any offset and says how the queue stands', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Plain')
  await sendTexts(client, topic, ['a:1', 'b:2', 'a:3'], first)
  const consumer = await client.pullConsumer({ group: freshName('G'), holdMs: 60_000 })
  const [queue] = (await consumer.queuesOf(topic)) as [MessageQueue]
  const found = await consumer.pull(queue, '*', 1)
  expect(found).toMatchObject({ status: 'FOUND', nextOffset: 3, minOffset: 0, maxOffset: 3 })
  expect(found.messages.map(text)).toEqual(['2', '3'])
  expect((await consumer.pull(queue, 'a', 0, 10)).messages.map(text)).toEqual(['1', '3'])
  expect(await consumer.pull(queue, 'z', 0)).toMatchObject({ status: 'NO_MATCHED_MSG', nextOffset: 3, messages: [] })
  expect(await consumer.pull(queue, '*', 3)).toMatchObject({ status: 'NO_NEW_MSG', nextOffset: 3 })
  expect(await consumer.pull(queue, '*', 9)).toMatchObject({ status: 'OFFSET_ILLEGAL', nextOffset: 3 })
  const held = consumer.pullBlockIfNotFound(queue, '*', 3)
  await sendTexts(client, topic, ['4'], first)
  expect((await held).messages.map(text)).toEqual(['4'])
  const signal = AbortSignal.timeout(20)
  await expect(consumer.pullBlockIfNotFound(queue, '*', 4, 32, signal)).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('a plain pull keeps the group’s offset and gives messages back where the program says so', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('Back'), freshName('G')]
  await sendTexts(client, topic, ['1'], first)
  const consumer = await client.pullConsumer({ group })
  const queue = await firstQueue(client, topic)
  expect([await consumer.minOffset(queue), await consumer.maxOffset(queue)]).toEqual([0, 1])
  expect(await consumer.searchOffset(queue, 0)).toBe(0)
  await consumer.updateConsumeOffset(queue, 1)
  expect(await consumer.fetchConsumeOffset(queue)).toBe(1)
  const [message] = (await consumer.pull(queue, '*', 0)).messages
  await consumer.sendMessageBack(message as ReceivedMessage, -1)
  const [dead] = await client.queuesOf(`%DLQ%${group}`)
  expect((await consumer.pull(dead as MessageQueue, '*', 0)).messages.map(text)).toEqual(['1'])
  await expect(consumer.pull(queue, '*', -1)).rejects.toMatchObject({ code: 'RMQ_OPTION_ILLEGAL' })
  const nowhere = { topic, brokerName: 'nowhere', queueId: 0 }
  await expect(consumer.pull(nowhere, '*', 0)).rejects.toMatchObject({ code: 'RMQ_BROKER_NOT_FOUND' })
})

test('a client has one consumer per group, of whatever kind', async () => {
  const client = await testClient(cluster)
  const group = freshName('G')
  await client.litePullConsumer({ group })
  await expect(client.pullConsumer({ group })).rejects.toMatchObject({ code: 'RMQ_GROUP_TAKEN' })
  await expect(client.litePullConsumer({ group })).rejects.toMatchObject({ code: 'RMQ_GROUP_TAKEN' })
})

test('a program is told when a topic has other queues, until it no longer wants to know', async () => {
  const client = await testClient(cluster, { pollNameServerMs: 50 })
  const topic = freshName('Changing')
  const consumer = await client.litePullConsumer({ group: freshName('G') })
  const told: number[] = []
  const end = consumer.onQueuesChanged(topic, (queues) => told.push(queues.length))
  await sendTexts(client, topic, ['1'])
  await until('the new topic', () => told.length === 1)
  expect(told).toEqual([(await client.queuesOf(topic)).length])
  end()
  end()
  await consumer[Symbol.asyncDispose]()
  expect(() => consumer.onQueuesChanged(topic, () => undefined)).toThrow(
    expect.objectContaining({ code: 'RMQ_ALREADY_CLOSED' }),
  )
})
