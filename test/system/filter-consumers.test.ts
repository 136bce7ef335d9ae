import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client, LitePullConsumer, SubscriptionExpression } from '../../src/client/index.ts'
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
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// What consumers and services see of filters; what requests get is in filter.test.ts.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ enablePropertyFilter: true })
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

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

/** What a lite pull consumer gets, at least so many. */
async function pollAll(consumer: LitePullConsumer, count: number): Promise<readonly string[]> {
  const got: string[] = []
  await until(`${count} messages`, async () => {
    got.push(...(await consumer.poll({ timeoutMs: 100 })).map((message) => message.body.toString()))
    return got.length >= count
  })
  return got.toSorted()
}

test('a lite pull consumer refuses a wrong change, too, and the former expression goes on', async () => {
  const client = await testClient(cluster)
  const topic = freshName('Sql')
  await send(client, topic, 20)
  await using pulling = await client.litePullConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic, expression: { sql: 'price > 10' } }],
  })
  await expect(pulling.subscribe(topic, { sql: 'price >' })).rejects.toMatchObject({ code: 'RMQ_SUBSCRIPTION_ILLEGAL' })
  await send(client, topic, 5, 30)
  expect(await pollAll(pulling, 2)).toEqual(['20', '30'])
})

test('queues assigned with a wrong expression do not take the place of those assigned before', async () => {
  const client = await testClient(cluster)
  const [topic, other] = [freshName('Sql'), freshName('Sql')]
  await send(client, topic, 20)
  await send(client, other, 50)
  const [queues, others] = [await client.queuesOf(topic), await client.queuesOf(other)]
  await using pulling = await client.litePullConsumer({ group: freshName('G'), from: 'first' })
  await pulling.assign(queues, { sql: 'price > 10' })
  await expect(pulling.assign(others, { sql: 'price >' })).rejects.toMatchObject({ code: 'RMQ_SUBSCRIPTION_ILLEGAL' })
  expect(await pollAll(pulling, 1)).toEqual(['20'])
  // Pulls that a broker already held have the former expression; those of the second round were sent afterwards.
  for (const _round of [1, 2]) {
    await send(client, topic, 5, 30, 31, 32, 33, 34, 35, 36, 37)
    expect(await pollAll(pulling, 8)).toEqual(['30', '31', '32', '33', '34', '35', '36', '37'])
  }
  expect(new Set(pulling.assigned.map((queue) => queue.topic))).toEqual(new Set([topic]))
  await pulling.assign(others)
  expect(await pollAll(pulling, 1)).toEqual(['50'])
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
  const refusal = { code: 'RMQ_SUBSCRIPTION_ILLEGAL', message: expect.stringContaining('also subscribes "a"') }
  const options = { group: freshName('G'), subscriptions }
  await expect(client.pushConsumer({ ...options, listener: () => undefined })).rejects.toMatchObject(refusal)
  await expect(client.litePullConsumer(options)).rejects.toMatchObject(refusal)
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
