import { afterAll, beforeAll, expect, test } from 'vitest'
import { deadLetterTopicOf, type ReceivedMessage } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

test('a message whose listener fails comes again, under its own topic and id', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('Again'), freshName('G')]
  const seen: ReceivedMessage[] = []
  await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    delayLevelWhenNextConsume: 1,
    listener: (message) => {
      seen.push(message)
      if (message.reconsumeTimes < 2) throw new Error('not yet')
    },
  })
  const producer = await client.producer({ group: freshName('P') })
  const sent = await producer.send({ topic, body: Buffer.from('x'), tag: 'a', keys: ['k'], properties: { own: 'y' } })
  await until('the third delivery', () => seen.length === 3)
  expect(seen.map((message) => message.reconsumeTimes)).toEqual([0, 1, 2])
  for (const message of seen) {
    expect(message).toMatchObject({ topic, tag: 'a', keys: ['k'], messageId: sent.messageId })
    expect(message.properties['own']).toBe('y')
    expect(message.body.toString()).toBe('x')
  }
})

test('after maxReconsumeTimes a message goes to the dead letters', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('Dead'), freshName('G')]
  let deliveries = 0
  await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    delayLevelWhenNextConsume: 1,
    maxReconsumeTimes: 1,
    listener: () => {
      deliveries++
      throw new Error('never')
    },
  })
  const dead: ReceivedMessage[] = []
  await client.pushConsumer({
    group: freshName('Undertaker'),
    from: 'first',
    subscriptions: [{ topic: deadLetterTopicOf(group) }],
    listener: (message) => void dead.push(message),
  })
  const producer = await client.producer({ group: freshName('P') })
  const sent = await producer.send({ topic, body: Buffer.from('x') })
  await until('the dead letter', () => dead.length === 1, 15_000)
  expect(deliveries).toBe(2)
  expect(dead[0]?.messageId).toBe(sent.messageId)
})

test('delay level -1 sends a message to the dead letters at once', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('AtOnce'), freshName('G')]
  const dead: string[] = []
  await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    listener: (message, context) => {
      context.delayLevelWhenNextConsume = -1
      throw new Error(`poison ${message.messageId}`)
    },
  })
  await client.pushConsumer({
    group: freshName('Undertaker'),
    from: 'first',
    subscriptions: [{ topic: deadLetterTopicOf(group) }],
    listener: (message) => void dead.push(message.body.toString()),
  })
  const producer = await client.producer({ group: freshName('P') })
  await producer.send({ topic, body: Buffer.from('x') })
  await until('the dead letter', () => dead.length === 1)
})

test('one failing message does not hold up the others of its queue', async () => {
  const client = await testClient(cluster)
  const [topic, group] = [freshName('Others'), freshName('G')]
  const got: string[] = []
  await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    listener: (message) => {
      if (message.body.toString() === '3') throw new Error('no')
      got.push(message.body.toString())
    },
  })
  const producer = await client.producer({ group: freshName('P') })
  for (let at = 0; at < 8; at++) {
    await producer.send(
      { topic, body: Buffer.from(`${at}`) },
      { queue: (queues) => queues[0] as (typeof queues)[number] },
    )
  }
  await until('seven messages', () => got.length === 7)
  expect(got.sort()).toEqual(['0', '1', '2', '4', '5', '6', '7'])
})
