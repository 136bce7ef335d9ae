import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Client, decodeTrace, type TraceRecord } from '../../src/client/index.ts'
import {
  EnableBinding,
  Header,
  Input,
  MessageBuilder,
  type MessageChannel,
  Output,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from '../../src/index.ts'
import type { ReceivedMessage } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ traceTopicEnable: true })
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

/** The messages of the standard trace topic that have this key. */
const traceMessages = (client: Client, key: string): Promise<readonly ReceivedMessage[]> =>
  client.queryMessages('RMQ_SYS_TRACE_TOPIC', key)

test('a send and a delivery leave their traces when producer and consumer close', async () => {
  const client = await testClient(cluster, { trace: true })
  const [topic, group] = [freshName('Traced'), freshName('G')]
  const producer = await client.producer({ group: 'P' })
  const sent = await producer.send({ topic, body: Buffer.from('größe'), tag: 'vip', keys: ['k1', 'k2'] })
  await producer[Symbol.asyncDispose]()
  const got: ReceivedMessage[] = []
  const consumer = await client.pushConsumer({
    group,
    subscriptions: [{ topic }],
    from: 'first',
    listener: (message) => void got.push(message),
  })
  await until('the message arrives', () => got.length > 0)
  await consumer[Symbol.asyncDispose]()

  const { messageId } = sent
  const records = await client.queryTrace(messageId)
  const [pub, before, after] = records as [TraceRecord, TraceRecord, TraceRecord]
  const { storeHost } = got[0] as ReceivedMessage
  expect(records).toEqual([
    {
      type: 'Pub',
      timestamp: pub.timestamp,
      regionId: 'DefaultRegion',
      group: 'P',
      topic,
      messageId,
      tag: 'vip',
      keys: 'k1 k2',
      storeHost,
      bodyBytes: 7,
      ms: expect.any(Number),
      messageType: 'normal',
      offsetMessageId: sent.offsetMessageId,
      success: true,
    },
    {
      type: 'SubBefore',
      timestamp: before.timestamp,
      regionId: 'DefaultRegion',
      group,
      requestId: expect.stringMatching(/^[0-9A-F]{32}$/),
      messageId,
      reconsumeTimes: 0,
      keys: 'k1 k2',
    },
    {
      type: 'SubAfter',
      timestamp: after.timestamp,
      requestId: (before as { requestId: string }).requestId,
      messageId,
      ms: expect.any(Number),
      success: true,
      keys: 'k1 k2',
      outcome: 'success',
      group,
    },
  ])
  expect((await traceMessages(client, 'k2')).length).toBeGreaterThan(0)
})

test('ten sends make one trace message, in which each is found', async () => {
  const client = await testClient(cluster, { trace: true })
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('TracedTen')
  const ids: string[] = []
  for (let n = 0; n < 25; n++) ids.push((await producer.send({ topic, body: Buffer.from('x') })).messageId)
  await until('two trace messages', async () => (await traceMessages(client, ids[10] as string)).length > 0)
  const [message] = await traceMessages(client, ids[0] as string)
  expect(decodeTrace(`${message?.body}`).map((record) => record.messageId)).toEqual(ids.slice(0, 10))
  expect(await traceMessages(client, ids[20] as string)).toEqual([])
  await producer[Symbol.asyncDispose]()
  expect(await traceMessages(client, ids[20] as string)).toHaveLength(1)
})

test('delayed messages, batches and failures are told apart', async () => {
  const client = await testClient(cluster, { trace: true })
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('TracedKinds')
  const delayed = await producer.send({ topic, body: Buffer.from('late'), delayLevel: 18 })
  const batch = await producer.sendBatch([1, 2, 3].map((n) => ({ topic, body: Buffer.from(`${n}`), keys: [`k${n}`] })))
  await producer[Symbol.asyncDispose]()
  expect(await client.queryTrace(delayed.messageId)).toMatchObject([{ type: 'Pub', messageType: 'delay' }])
  const [, second = ''] = batch.messageId.split(',')
  expect(await client.queryTrace(second)).toMatchObject([
    { type: 'Pub', messageId: batch.messageId, tag: undefined, keys: undefined },
  ])
  const seen: string[] = []
  const consumer = await client.pushConsumer({
    group: freshName('G'),
    subscriptions: [{ topic }],
    from: 'first',
    delayLevelWhenNextConsume: -1,
    async listener({ messageId }) {
      seen.push(messageId)
      if (messageId === second) throw new Error('refused by the test')
    },
  })
  await until('all are delivered', () => seen.length === 3)
  await consumer[Symbol.asyncDispose]()
  const [, , after] = await client.queryTrace(second)
  expect(after).toMatchObject({ type: 'SubAfter', success: false, outcome: 'exception' })
})

test('a producer or consumer can have another topic, or no traces, and nothing is traced unless wanted', async () => {
  const client = await testClient(cluster)
  const topic = freshName('TracedApart')
  const traceTopic = freshName('MyTraces')
  const send = async (trace: boolean | { topic: string } | undefined): Promise<string> => {
    const producer = await client.producer({ group: 'P', trace })
    const { messageId } = await producer.send({ topic, body: Buffer.from('x') })
    await producer[Symbol.asyncDispose]()
    return messageId
  }
  const own = await send({ topic: traceTopic })
  expect(await client.queryTrace(own, traceTopic)).toMatchObject([{ type: 'Pub' }])
  expect(await client.queryTrace(own)).toEqual([])
  expect(await client.queryTrace(await send(undefined))).toEqual([])
  expect(await client.queryTrace(await send(true))).toHaveLength(1)
  const tracing = await testClient(cluster, { trace: true })
  const producer = await tracing.producer({ group: 'P', trace: false })
  const { messageId } = await producer.send({ topic, body: Buffer.from('x') })
  await producer[Symbol.asyncDispose]()
  expect(await client.queryTrace(messageId)).toEqual([])
  await expect(client.producer({ group: 'P', trace: { topic: 'a b' } })).rejects.toMatchObject({
    code: 'RMQ_TOPIC_ILLEGAL',
  })
})

test('traces of the trace topic itself would never end, so there are none', async () => {
  const client = await testClient(cluster, { trace: true })
  const producer = await client.producer({ group: 'P' })
  const { messageId } = await producer.send({ topic: 'RMQ_SYS_TRACE_TOPIC', body: Buffer.from('by hand') })
  await producer[Symbol.asyncDispose]()
  expect(await client.queryTrace(messageId)).toEqual([])
})

test('a broker that does not want traces gets none', async () => {
  const quiet = await startCluster({ traceTopicEnable: true, traceOn: false })
  onTestFinished(() => quiet[Symbol.asyncDispose]())
  const client = await testClient(quiet, { trace: true })
  const topic = freshName('Untraced')
  const producer = await client.producer({ group: 'P' })
  const { messageId, traceOn } = await producer.send({ topic, body: Buffer.from('x') })
  await producer[Symbol.asyncDispose]()
  let got = 0
  const subscription = { group: 'G', subscriptions: [{ topic }], from: 'first' as const }
  const consumer = await client.pushConsumer({ ...subscription, listener: () => void got++ })
  await until('the message arrives', () => got > 0)
  await consumer[Symbol.asyncDispose]()
  expect(traceOn).toBe(false)
  expect(await client.queryTrace(messageId)).toEqual([])
})

test('without the trace topic sends and closing go on; it is said once, or not at all when that was expected', async () => {
  const strict = await startCluster({ autoCreateTopicEnable: false })
  onTestFinished(() => strict[Symbol.asyncDispose]())
  for (const whenTopicExists of [false, true]) {
    const { logger, lines } = collectingLogger()
    const client = await testClient(strict, { trace: { whenTopicExists }, logger })
    const producer = await client.producer({ group: 'P' })
    for (let n = 0; n < 30; n++) await producer.send({ topic: 'BenchmarkTest', body: Buffer.from('x') })
    await producer[Symbol.asyncDispose]()
    const lost = lines.filter((line) => line.includes('message traces are lost'))
    expect(lost).toHaveLength(whenTopicExists ? 0 : 1)
  }
})

/** Starts the echo service, sends one message through it, and closes it; gives back the message's id. */
async function runService(nameServer: string, properties: Record<string, string>): Promise<string> {
  const topic = freshName('Bound')
  const got: string[] = []
  class Channels {
    @Output('out') out!: () => MessageChannel
    @Input('in') in!: () => SubscribableChannel
  }
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onMessage(@Header('ROCKET_MQ_MESSAGE_ID') id: string): void {
      got.push(id)
    }
  }
  const app = await StreamApplication.run(Service, {
    args: [],
    variables: {},
    signals: false,
    logger: collectingLogger().logger,
    properties: {
      'spring.cloud.stream.rocketmq.binder.name-server': nameServer,
      'spring.cloud.stream.bindings.out.destination': topic,
      'spring.cloud.stream.bindings.in.destination': topic,
      'spring.cloud.stream.bindings.in.group': freshName('G'),
      'spring.cloud.stream.rocketmq.bindings.in.consumer.consume-from-where': 'CONSUME_FROM_FIRST_OFFSET',
      ...properties,
    },
  })
  await app.channel('out').send(MessageBuilder.withPayload('x').build())
  await until('the message arrives', () => got.length > 0)
  await app.close()
  return got[0] as string
}

const TRACED = ['Pub', 'SubBefore', 'SubAfter']
const KEY = 'spring.cloud.stream.rocketmq'

test.each([
  ['by default, where the trace topic exists', {}, TRACED],
  ['unless the binder forbids it', { [`${KEY}.binder.enable-msg-trace`]: 'false' }, []],
  ['unless the binding forbids it', { [`${KEY}.bindings.in.consumer.enableMsgTrace`]: 'false' }, ['Pub']],
  ['unless a key of rocketmq-spring forbids it', { 'rocketmq.producer.enable-msg-trace': 'false' }, TRACED.slice(1)],
])('a service is traced %s', async (_, properties, types) => {
  const client = await testClient(cluster)
  const id = await runService(cluster.nameServer, properties)
  expect((await client.queryTrace(id)).map((record) => record.type)).toEqual(types)
})

test('a service is traced in its own topic, or where there is none only on demand', async () => {
  const bare = await startCluster()
  onTestFinished(() => bare[Symbol.asyncDispose]())
  const client = await testClient(bare)
  expect(await client.queryTrace(await runService(bare.nameServer, {}))).toEqual([])
  expect(await client.route('RMQ_SYS_TRACE_TOPIC')).toBeUndefined()
  const own = await runService(bare.nameServer, { [`${KEY}.binder.customized-trace-topic`]: 'MyTraces' })
  expect((await client.queryTrace(own, 'MyTraces')).map((record) => record.type)).toEqual(TRACED)
  const wanted = await runService(bare.nameServer, { [`${KEY}.binder.enable-msg-trace`]: 'true' })
  expect((await client.queryTrace(wanted)).map((record) => record.type)).toEqual(TRACED)
})
