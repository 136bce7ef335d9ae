import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Admin, openAdmin } from '../../src/admin/index.ts'
import type { MessageListener, PushConsumer, PushConsumerSettings } from '../../src/client/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'

let cluster: Cluster
let admin: Admin
beforeAll(async () => {
  cluster = await startCluster({ traceTopicEnable: true })
  admin = openAdmin({ nameServer: cluster.nameServer })
}, 60_000)
afterAll(async () => {
  await admin[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

type Options = Partial<PushConsumerSettings> & { readonly listener?: MessageListener }

/** A consumer of a topic from its first message on, whose progress is recorded soon. */
async function consumerOf(topic: string, group: string, options: Options): Promise<PushConsumer> {
  const client = await testClient(cluster, { persistOffsetsMs: 50 })
  const subscriptions = [{ topic }]
  return client.pushConsumer({ group, subscriptions, from: 'first', listener: () => undefined, ...options })
}

test('a message is found by either of its ids, and one that is nowhere is an error that says so', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('Found')
  const { messageId, offsetMessageId } = await producer.send({ topic, body: Buffer.from('x'), keys: ['k'] })
  for (const id of [messageId, offsetMessageId]) {
    expect(await admin.messages.find(topic, id)).toMatchObject({ messageId, offsetMessageId })
  }
  expect(await admin.messages.byKey(topic, 'k', { cluster: 'DefaultCluster' })).toHaveLength(1)
  const nowhere = { code: 'RMQ_ADMIN_NO_MESSAGE' }
  await expect(admin.messages.byKey(topic, 'k', { cluster: 'Elsewhere' })).rejects.toMatchObject(nowhere)
  await expect(admin.messages.byKey(topic, 'other')).rejects.toMatchObject(nowhere)
  await expect(admin.messages.byUniqueKey(topic, offsetMessageId)).rejects.toMatchObject(nowhere)
  await expect(admin.messages.trace(messageId)).rejects.toMatchObject(nowhere)
  // Port 0 and a port where nobody listens.
  for (const port of ['00000000', '00000001']) {
    const id = `7F000001${port}${'0'.repeat(16)}`
    await expect(admin.messages.find(topic, id)).rejects.toMatchObject(nowhere)
  }
})

test('what became of a message is told for each group', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('Tracked')
  const { messageId } = await producer.send({ topic, body: Buffer.from('x'), tag: 'a' })
  const name = (kind: string): string => `${topic}_${kind}`
  const gone = await consumerOf(topic, name('gone'), {})
  await consumerOf(topic, name('done'), {})
  await consumerOf(topic, name('filtered'), { subscriptions: [{ topic, expression: 'b' }] })
  await consumerOf(topic, name('all'), { model: 'broadcasting' })
  // A listener that does not return holds the recorded progress back.
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await consumerOf(topic, name('busy'), { listener: () => held, closeTimeoutMs: 0 })
  await client.litePullConsumer({ group: name('pull'), subscriptions: [{ topic }] })
  const passed = async (kind: string): Promise<boolean> => {
    const { queues } = await admin.groups.progress(name(kind), topic)
    return queues.some(({ consumerOffset }) => consumerOffset === 1)
  }
  for (const kind of ['gone', 'done', 'filtered']) await until(`${kind} has passed it`, () => passed(kind))
  await gone[Symbol.asyncDispose]()
  const message = await admin.messages.find(topic, messageId)
  const tracks = await admin.messages.tracks(message)
  release()
  expect(Object.fromEntries(tracks.map((track) => [track.consumerGroup, track.trackType]))).toEqual({
    [name('all')]: 'CONSUME_BROADCASTING',
    [name('busy')]: 'NOT_CONSUME_YET',
    [name('done')]: 'CONSUMED',
    [name('filtered')]: 'CONSUMED_BUT_FILTERED',
    [name('gone')]: 'NOT_ONLINE',
    [name('pull')]: 'PULL',
  })
  const why = tracks.find(({ consumerGroup }) => consumerGroup === name('gone'))?.exceptionDesc
  expect(why).toBe(`CODE:206 DESC:the consumer group[${name('gone')}] not online`)
})

test('a stored message is delivered to a chosen consumer, and sent once more as a new one', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const [topic, group] = [freshName('Again'), freshName('G')]
  const properties = { colour: 'red' }
  const { messageId } = await producer.send({ topic, body: Buffer.from('x'), tag: 'a', keys: ['k'], properties })
  const got: string[] = []
  await consumerOf(topic, group, { listener: (message) => void got.push(message.messageId) })
  await until('it was delivered', () => got.length === 1)
  const message = await admin.messages.find(topic, messageId)
  const { connectionSet } = await admin.groups.connections(group)
  const clientId = connectionSet[0]?.clientId ?? ''
  const result = await admin.messages.consumeDirectly(group, clientId, message)
  expect(result).toMatchObject({ order: false, autoCommit: true, consumeResult: 'CR_SUCCESS' })
  expect(got).toEqual([messageId, messageId])
  await expect(admin.messages.consumeDirectly(group, 'nobody', message)).rejects.toMatchObject({ code: 'RMQ_REFUSED' })
  const sent = await admin.messages.resend(message)
  expect(sent).toMatchObject({ status: 'SEND_OK' })
  await until('the copy is delivered', () => got.length === 3)
  const copy = await admin.messages.find(topic, sent.messageId)
  expect(copy).toMatchObject({ tag: 'a', keys: ['k'], properties: { colour: 'red' } })
  expect(copy.messageId).not.toBe(messageId)
})

test('traces come with the host that wrote them, the ends of transactions among them', async () => {
  const client = await testClient(cluster, { trace: true })
  const topic = freshName('Traced')
  const check = async (): Promise<'commit'> => 'commit'
  const producer = await client.transactionProducer({ group: freshName('P'), check })
  const message = { topic, body: Buffer.from('x'), tag: 't', keys: ['k'] }
  const { messageId } = await producer.sendInTransaction(message, async () => 'commit')
  await producer[Symbol.asyncDispose]()
  const traces = await admin.messages.trace(messageId)
  expect(traces.map(({ clientHost }) => clientHost)).toEqual(['127.0.0.1', '127.0.0.1'])
  expect(traces.map(({ record }) => record)).toMatchObject([
    { type: 'Pub', messageType: 'transaction-half', tag: 't', keys: 'k' },
    {
      type: 'EndTransaction',
      messageType: 'transaction-commit',
      end: 'COMMIT_MESSAGE',
      fromCheck: false,
      topic,
      tag: 't',
      keys: 'k',
      transactionId: messageId,
    },
  ])
})
