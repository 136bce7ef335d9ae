import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Client, PushConsumer } from '../../src/client/index.ts'
import type { MessageQueue } from '../../src/message/index.ts'
import { QueryConsumerOffset, ResetOffset, readQueueNumbers, UpdateConsumerOffset } from '../../src/remoting/index.ts'
import { consumerOf, expectRefusal, startTestBroker, WireClient, wireClient } from '../kit/broker.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { numbered, sendTexts } from '../kit/send-texts.ts'
import { until } from '../kit/until.ts'

// Moving a group: the broker's answer to an administrator, and what the consumers do.

let serverSide: Cluster
let pushing: Cluster
beforeAll(async () => {
  serverSide = await startCluster()
  pushing = await startCluster({ useServerSideResetOffset: false })
}, 60_000)
afterAll(async () => {
  await pushing?.[Symbol.asyncDispose]()
  await serverSide?.[Symbol.asyncDispose]()
})

const first = (queues: readonly MessageQueue[]): MessageQueue => queues[0] as MessageQueue

interface Scene {
  readonly client: Client
  readonly topic: string
  readonly group: string
  readonly got: string[]
  readonly consumer: PushConsumer
  readonly admin: WireClient
}

/** A consumer that has got the messages 0–4 of one queue. */
async function scene(cluster: Cluster): Promise<Scene> {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('Reset'), freshName('G')]
  await sendTexts(client, topic, numbered(5), first)
  const got: string[] = []
  const consumer = await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    from: 'first',
    listener: (message) => void got.push(message.body.toString()),
  })
  await until('five messages', () => got.length === 5)
  const route = await client.route(topic)
  const admin = new WireClient(route?.data.brokerDatas[0]?.brokerAddrs['0'] as string)
  onTestFinished(() => admin.remoting[Symbol.asyncDispose]())
  return { client, topic, group, got, consumer, admin }
}

async function reset({ admin, topic, group }: Scene, timestamp: number): Promise<readonly number[]> {
  const answer = await admin.remoting.invoke(admin.address, ResetOffset, { topic, group, timestamp, isForce: true })
  return readQueueNumbers(answer.body, 'offsetTable').map(({ offset }) => offset)
}

test.each([
  ['by its next pull', () => serverSide],
  ['by a request of the broker', () => pushing],
])('a running consumer learns %s that its group was moved, and goes on there', async (_, cluster) => {
  const at = await scene(cluster())
  // The broker still holds the pull that this leaves behind; it must not take the reset with it.
  await at.consumer.seek(await firstQueue(at), 5)
  expect((await reset(at, 0)).every((offset) => offset === 0)).toBe(true)
  await until('the five once more', () => at.got.length === 10)
  await sendTexts(at.client, at.topic, ['5'], first)
  await until('the new one', () => at.got.length > 10)
  expect(at.got.slice(5)).toEqual([...numbered(5), '5'])
  await reset(at, -1)
  await sendTexts(at.client, at.topic, ['6'], first)
  await until('only what came after', () => at.got.length > 11)
  expect(at.got.slice(11)).toEqual(['6'])
})

async function firstQueue({ client, topic }: Scene): Promise<MessageQueue> {
  return first(await client.queuesOf(topic))
}

test('a lite pull consumer goes on where its group was moved', async () => {
  const client = await testClient(serverSide)
  const [topic, group] = [freshName('Lite'), freshName('G')]
  await sendTexts(client, topic, numbered(3), first)
  const consumer = await client.litePullConsumer({ group, subscriptions: [{ topic }], from: 'first' })
  const got: string[] = []
  const poll = async (): Promise<void> => {
    for (const message of await consumer.poll({ timeoutMs: 50 })) got.push(message.body.toString())
  }
  await until('three messages', async () => poll().then(() => got.length === 3))
  const route = await client.route(topic)
  const admin = new WireClient(route?.data.brokerDatas[0]?.brokerAddrs['0'] as string)
  onTestFinished(() => admin.remoting[Symbol.asyncDispose]())
  await admin.remoting.invoke(admin.address, ResetOffset, { topic, group, timestamp: 0 })
  await until('the three once more', async () => poll().then(() => got.length === 6))
  expect(got.slice(3)).toEqual(numbered(3))
})

test('until the group heard of a reset its own offsets for the queue do not count', async () => {
  const broker = await startTestBroker()
  const client = wireClient(broker)
  for (const text of numbered(4)) await client.send('T', text)
  await client.heartbeat('c', [consumerOf('G', ['T'])])
  const queue = { consumerGroup: 'G', topic: 'T', queueId: 0 }
  const invoke = client.remoting.invoke.bind(client.remoting)
  const recorded = async (): Promise<number> => (await invoke(client.address, QueryConsumerOffset, queue)).header.offset
  await invoke(client.address, UpdateConsumerOffset, { ...queue, commitOffset: 4 })
  const request = { topic: 'T', group: 'G', queueId: 0, timestamp: 0, offset: 2, isForce: true }
  const { body } = await invoke(client.address, ResetOffset, request)
  expect(readQueueNumbers(body, 'offsetTable')).toMatchObject([{ topic: 'T', queueId: 0, offset: 2 }])
  await invoke(client.address, UpdateConsumerOffset, { ...queue, commitOffset: 4 })
  expect(await recorded()).toBe(2)
  expect(await client.pull('T', 4)).toMatchObject({ code: 21, remark: 'OFFSET_RESET', header: { nextBeginOffset: 2 } })
  expect((await client.pull('T', 2)).texts).toEqual(['2', '3'])
  expect(await recorded()).toBe(2)
  await invoke(client.address, UpdateConsumerOffset, { ...queue, commitOffset: 3 })
  expect(await recorded()).toBe(3)
})

test('a reset that cannot be is refused with its reason', async () => {
  const broker = await startTestBroker()
  const client = wireClient(broker)
  await client.send('T', '0')
  const ask = (changes: object): Promise<unknown> =>
    client.remoting.invoke(client.address, ResetOffset, { topic: 'T', group: 'G', timestamp: -1, ...changes })
  await expectRefusal(ask({ topic: 'none' }), 17, 'Topic none does not exist')
  await expectRefusal(ask({}), 26, 'Group G does not exist')
  await client.heartbeat('c', [consumerOf('G', ['T'])])
  const range = 'Target offset 3 not in consume queue range [0-1]'
  await expectRefusal(ask({ queueId: 0, offset: 3 }), 1, range)
  await ask({})
})

test('without the server-side table a group that is not online cannot be moved', async () => {
  const broker = await startTestBroker({ useServerSideResetOffset: false, defaultTopicQueueNums: 1 })
  const client = wireClient(broker)
  await client.send('T', '0')
  const request = { topic: 'T', group: 'G', timestamp: -1, isForce: true }
  const ask = (): Promise<unknown> => client.remoting.invoke(client.address, ResetOffset, request)
  await expectRefusal(ask(), 1, 'THe consumer group <G> not exist')
  await client.pull('T', 0)
  const commitOffset = 1
  const queue = { consumerGroup: 'G', topic: 'T', queueId: 0, commitOffset }
  await client.remoting.invoke(client.address, UpdateConsumerOffset, queue)
  const remark = 'Consumer not online, so can not reset offset, Group: G Topic: T Timestamp: -1'
  await expectRefusal(ask(), 206, remark)
})

test('a push consumer can be moved within its queues, and nowhere else', async () => {
  const at = await scene(serverSide)
  const queue = await firstQueue(at)
  await at.consumer.seek(queue, 3)
  await until('two once more', () => at.got.length === 7)
  expect(at.got.slice(5)).toEqual(['3', '4'])
  const foreign = { ...queue, queueId: 99 }
  await expect(at.consumer.seek(foreign, 0)).rejects.toMatchObject({ code: 'RMQ_QUEUE_NOT_ASSIGNED' })
  await expect(at.consumer.seek(queue, -1)).rejects.toMatchObject({ code: 'RMQ_OPTION_ILLEGAL' })
})
