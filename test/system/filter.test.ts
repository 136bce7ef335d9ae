import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client, SubscriptionExpression } from '../../src/client/index.ts'
import {
  type Application,
  EnableBinding,
  Input,
  Payload,
  Sink,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from '../../src/index.ts'
import { CheckClientConfig, checkClientBody, LitePullMessage, PULL_FLAG } from '../../src/remoting/index.ts'
import {
  consumerOf,
  expectRefusal,
  startTestBroker,
  subscriptionOf,
  type TestBroker,
  type WireClient,
  wireClient,
} from '../kit/broker.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

const ON = { enablePropertyFilter: true }
const BY_REQUEST = { expressionType: 'SQL92' }
const BY_HEARTBEAT = { sysFlag: 0, subVersion: 5 }

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(ON)
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

function sql(subString: string, subVersion = 5, topic = 'T') {
  return subscriptionOf(topic, { subString, subVersion, expressionType: 'SQL92' })
}

async function subscribe(client: WireClient, ...subscriptionDataSet: ReturnType<typeof sql>[]): Promise<void> {
  await client.heartbeat('c', [consumerOf('G', [], { subscriptionDataSet })])
}

async function priced(client: WireClient, ...prices: number[]): Promise<void> {
  for (const price of prices) await client.send('T', String(price), { with: { price: String(price), TAGS: 'sale' } })
}

test('a pull gets the messages whose properties fit the expression that it brings', async () => {
  const client = wireClient(await startTestBroker(ON))
  await priced(client, 5, 20, 7, 30)
  await client.send('T', 'free', { with: { price: 'none' } })
  const pull = (subscription: string) => client.pull('T', 0, { ...BY_REQUEST, subscription })
  expect(await pull('price > 10')).toMatchObject({ texts: ['20', '30'], header: { nextBeginOffset: 5 } })
  expect((await pull("TAGS = 'sale' AND price <= 7")).texts).toEqual(['5', '7'])
  expect((await pull("price STARTSWITH 'n' OR missing IS NOT NULL")).texts).toEqual(['free'])
  expect(await pull('price > 100')).toMatchObject({
    code: 20,
    remark: 'NO_MATCHED_MESSAGE',
    header: { nextBeginOffset: 5 },
  })
})

test('a lite pull, and one without an expression, are filtered by what their group said', async () => {
  const client = wireClient(await startTestBroker(ON))
  await priced(client, 5, 20)
  await subscribe(client, sql('price > 10'))
  expect((await client.pull('T', 0, BY_HEARTBEAT)).texts).toEqual(['20'])
  const header = { consumerGroup: 'G', topic: 'T', queueId: 0, queueOffset: 0, maxMsgNums: 32, commitOffset: 0 }
  const lite = {
    ...header,
    sysFlag: PULL_FLAG.subscription | PULL_FLAG.litePull,
    suspendTimeoutMillis: 0,
    subVersion: 0,
  }
  const request = { ...lite, subscription: 'price < 10', expressionType: 'SQL92' }
  const { body } = await client.remoting.invoke(client.address, LitePullMessage, request)
  expect([body.includes('price\u00015'), body.includes('price\u000120')]).toEqual([true, false])
})

test('a held pull waits for a message that fits', async () => {
  const client = wireClient(await startTestBroker(ON))
  await priced(client, 50)
  const hold = { ...BY_REQUEST, subscription: 'price > 10', sysFlag: PULL_FLAG.suspend | PULL_FLAG.subscription }
  const held = client.pull('T', 1, hold)
  await priced(client, 5, 6)
  // Several in one moment, the one that fits among them.
  await Promise.all([7, 20, 8].map((price) => priced(client, price)))
  expect(await held).toMatchObject({ code: 0, texts: ['20'], header: { nextBeginOffset: 6 } })
  const unwanted = client.pull('T', 6, { ...hold, suspendTimeoutMillis: 300 })
  await priced(client, 9)
  expect(await unwanted).toMatchObject({ code: 20, header: { nextBeginOffset: 7 } })
})

test('what the broker refuses has Apache’s codes', async () => {
  const client = wireClient(await startTestBroker(ON))
  await priced(client, 5)
  const notParsed = "parse the consumer's subscription failed"
  await expectRefusal(client.pull('T', 0, { ...BY_REQUEST, subscription: 'price >' }), 23, notParsed)
  await expectRefusal(client.pull('T', 0, { ...BY_REQUEST, subscription: '' }), 23, notParsed)
  await expectRefusal(client.pull('T', 0, { expressionType: 'XPATH', subscription: 'x' }), 23, notParsed)
  await subscribe(client, sql('price >'))
  const unknown = "The broker's consumer filter data is not exist!Your expression may be wrong!"
  await expectRefusal(client.pull('T', 0, BY_HEARTBEAT), 27, unknown)
  await subscribe(client, sql('price > 1', 6))
  expect((await client.pull('T', 0, BY_HEARTBEAT)).texts).toEqual(['5'])
  const newer = { ...BY_HEARTBEAT, subVersion: 7 }
  await expectRefusal(client.pull('T', 0, newer), 25, "the consumer's subscription not latest")
})

test('without enablePropertyFilter nothing but tags is taken', async () => {
  const client = wireClient(await startTestBroker())
  await priced(client, 5)
  const off = 'The broker does not support consumer to filter message by SQL92'
  await expectRefusal(client.pull('T', 0, { ...BY_REQUEST, subscription: 'price >' }), 1, off)
  await subscribe(client, sql('price > 1'))
  await expectRefusal(client.pull('T', 0, BY_HEARTBEAT), 1, off)
})

test('the question whether an expression can be used is answered with what is wrong', async () => {
  const client = wireClient(await startTestBroker(ON))
  const ask = (subString: string, expressionType = 'SQL92') => {
    const subscriptionData = subscriptionOf('T', { expressionType, subString })
    const body = checkClientBody.encode({ clientId: 'one', group: 'G', subscriptionData })
    return client.remoting.invoke(client.address, CheckClientConfig, {}, { body })
  }
  await ask('price > 1')
  await expectRefusal(
    ask('price ! 1'),
    23,
    'The SQL filter "price ! 1" is not right at line 1, column 7: the character "!" means nothing here.',
  )
  await expectRefusal(ask('x', 'XPATH'), 23)
})

test('expressions survive a restart in consumerFilter.json', async () => {
  const first: TestBroker = await startTestBroker(ON)
  await subscribe(wireClient(first), sql('price > 10'))
  await first.restart()
  const { filterDataByTopic } = JSON.parse(readFileSync(join(first.directory, 'config/consumerFilter.json'), 'utf8'))
  expect(filterDataByTopic.T.groupFilterData.G).toMatchObject({
    expression: 'price > 10',
    clientVersion: 5,
    dead: true,
  })
})

test('filterSupportRetry: a message that was given back is judged by the expression for its own topic', async () => {
  const client = wireClient(await startTestBroker({ ...ON, filterSupportRetry: true }))
  const retry = '%RETRY%G'
  await subscribe(client, sql('price > 10', 5, 'T'), sql("price = 'no matter'", 5, retry))
  for (const price of ['5', '20']) await client.send(retry, price, { with: { price, RETRY_TOPIC: 'T' } })
  await client.send(retry, 'of no topic', { with: { price: '1' } })
  const answer = await client.pull(retry, 0, BY_HEARTBEAT)
  expect(answer.texts).toEqual(['20', 'of no topic'])
})

test('enableConsumeQueueExt is refused, since its files are not written', async () => {
  await expect(startTestBroker({ enableConsumeQueueExt: true })).rejects.toMatchObject({ code: 'RMQ_BROKER_QUEUE_EXT' })
})

/** Sends messages with these prices. */
async function send(client: Client, topic: string, ...prices: number[]): Promise<void> {
  await using producer = await client.producer({ group: freshName('P') })
  for (const price of prices) {
    await producer.send({ topic, body: Buffer.from(String(price)), properties: { price: String(price) } })
  }
}

async function consumer(client: Client, topic: string, expression: SubscriptionExpression) {
  const got: string[] = []
  const opened = await client.pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic, expression }],
    listener: (message) => void got.push(message.body.toString()),
  })
  return { got, opened }
}

test('a push consumer gets what fits its SQL, and after a change what fits the new one', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Sql')
  const { got, opened } = await consumer(client, topic, { sql: 'price > 10' })
  await send(client, topic, 5, 20, 8, 30)
  await until('two messages', () => got.length >= 2)
  await opened.subscribe(topic, { sql: 'price < 10' })
  await send(client, topic, 40, 6)
  await until('a third message', () => got.length >= 3)
  expect(got.sort()).toEqual(['20', '30', '6'])
})

test('a change to an expression that is wrong is refused, and the former one goes on', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Sql')
  await send(client, topic, 20)
  const { got, opened } = await consumer(client, topic, { sql: 'price > 10' })
  await expect(opened.subscribe(topic, { sql: 'price >' })).rejects.toMatchObject({
    code: 'RMQ_SUBSCRIPTION_ILLEGAL',
    message: expect.stringMatching(/SUBSCRIPTION_PARSE_FAILED.*line 1, column 8: the filter ends/),
  })
  await send(client, topic, 5, 30)
  await until('two messages', () => got.length >= 2)
  expect(got.sort()).toEqual(['20', '30'])
})

test('a wrong expression is refused where nobody can be asked yet', async () => {
  const client = await testClient(cluster)
  await expect(consumer(client, freshName('None'), { sql: 'price = NULL' })).rejects.toMatchObject({
    code: 'RMQ_SUBSCRIPTION_ILLEGAL',
    message: expect.stringContaining('line 1, column 9'),
  })
})

test('a broker that filters by tags only says which key changes that', async () => {
  await using plain = await startCluster()
  const client = await testClient(plain)
  const topic = freshName('Off')
  await send(client, topic, 1)
  await expect(consumer(client, topic, { sql: 'price > 1' })).rejects.toMatchObject({
    code: 'RMQ_SUBSCRIPTION_ILLEGAL',
    message: expect.stringContaining('Set enablePropertyFilter=true'),
  })
  await client[Symbol.asyncDispose]()
})

test('one consumer cannot want two things of one topic', async () => {
  const client = await testClient(cluster)
  const subscriptions = [
    { topic: 'Twice', expression: 'a' },
    { topic: 'Twice', expression: { sql: 'a = 1' } },
  ]
  const options = { group: freshName('G'), listener: () => undefined }
  await expect(client.pushConsumer({ ...options, subscriptions })).rejects.toMatchObject({
    code: 'RMQ_SUBSCRIPTION_ILLEGAL',
    message: expect.stringContaining('also subscribes "a"'),
  })
})

const received: string[] = []

@EnableBinding(Sink)
class Shop {
  @StreamListener('input')
  onOrder(@Payload() text: string): void {
    received.push(text)
  }
}

class TwoInputs extends Sink {
  @Input('cheap') cheap!: () => SubscribableChannel
}

@EnableBinding(TwoInputs)
class TwoDesks extends Shop {
  @StreamListener('cheap')
  onCheap(): void {
    received.push('cheap')
  }
}

function startShop(
  topic: string,
  subscription: Record<string, string>,
  more: Record<string, string> = {},
): Promise<Application> {
  const consumer = 'spring.cloud.stream.rocketmq.bindings.input.consumer'
  return StreamApplication.run(Object.keys(more).length === 0 ? Shop : TwoDesks, {
    args: [],
    variables: {},
    signals: false,
    logger: collectingLogger().logger,
    properties: {
      ...more,
      'spring.cloud.stream.rocketmq.binder.name-server': cluster.nameServer,
      'spring.cloud.stream.bindings.input.destination': topic,
      'spring.cloud.stream.bindings.input.group': `group-of-${topic}`,
      [`${consumer}.consume-from-where`]: 'CONSUME_FROM_FIRST_OFFSET',
      ...Object.fromEntries(Object.entries(subscription).map(([key, value]) => [`${consumer}.${key}`, value])),
    },
  })
}

test('a service writes SQL behind "sql:", or in the old key, which counts before tags', async () => {
  const client = await testClient(cluster)
  for (const keys of [{ subscription: 'sql: price > 10' }, { sql: 'price > 10', tags: 'nothing' }]) {
    const topic = freshName('Shop')
    received.length = 0
    await send(client, topic, 5, 20, 30)
    const app = await startShop(topic, keys)
    await until('two orders', () => received.length >= 2)
    await app.close()
    expect(received.toSorted()).toEqual(['20', '30'])
  }
})

test('a service with a wrong expression does not start, and says which binding and where', async () => {
  await expect(startShop(freshName('Shop'), { subscription: 'sql:price >' })).rejects.toMatchObject({
    code: 'RMQ_BINDING_FAILED',
    message: expect.stringMatching(/"input".*line 1, column 8/),
  })
})

test('two bindings of one group cannot want different things of one topic', async () => {
  const topic = freshName('Shop')
  const cheap = {
    'spring.cloud.stream.bindings.cheap.destination': topic,
    'spring.cloud.stream.bindings.cheap.group': `group-of-${topic}`,
    'spring.cloud.stream.rocketmq.bindings.cheap.consumer.subscription': 'sql:price < 10',
  }
  await expect(startShop(topic, { subscription: 'sql:price > 10' }, cheap)).rejects.toMatchObject({
    code: 'RMQ_BINDING_FAILED',
    message: expect.stringMatching(/Bindings "\w+" and "\w+" both consume topic .* in group "group-of-/),
  })
})
