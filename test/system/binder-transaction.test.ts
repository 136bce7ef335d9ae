import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Application,
  EnableBinding,
  HEADER,
  LocalTransactionState,
  type Message,
  MessageBuilder,
  Processor,
  RocketMQLocalTransactionState,
  RocketMQTransactionListener,
  Source,
  StreamApplication,
  StreamListener,
  TestBinder,
  type TransactionListener,
  type TransactionState,
} from '../../src/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// Outputs with producerType=Trans, on our server, which asks about open transactions almost at once.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ transactionTimeOut: 50, transactionCheckInterval: 50 })
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const PREFIX = 'spring.cloud.stream'
const PRODUCER = 'rocketmq.bindings.output.producer'

interface Start {
  readonly services: readonly (abstract new (...args: never) => object)[]
  readonly topic: string
  readonly properties: Readonly<Record<string, string>>
  readonly components?: Readonly<Record<string, unknown>>
}

function start({ services, topic, properties, components = {} }: Start): Promise<Application> {
  const all = {
    'rocketmq.binder.name-server': cluster.nameServer,
    'bindings.output.destination': topic,
    'bindings.input.destination': topic,
    'bindings.input.group': freshName('C'),
    'rocketmq.bindings.input.consumer.consumeFromWhere': 'CONSUME_FROM_FIRST_OFFSET',
    ...properties,
  }
  return StreamApplication.run(...services, {
    args: [],
    variables: {},
    signals: false,
    logger: collectingLogger().logger,
    components,
    properties: Object.fromEntries(Object.entries(all).map(([key, value]) => [`${PREFIX}.${key}`, value])),
  })
}

/** Says itself how its transaction ends; `check`: when it was left open. */
interface Order {
  readonly id: number
  readonly local: TransactionState
  readonly check?: TransactionState
}

@EnableBinding(Processor)
class Shop {
  readonly received: number[] = []
  @StreamListener('input')
  onOrder({ id }: Order): void {
    this.received.push(id)
  }
}

const order = (fields: Order) => MessageBuilder.withPayload(fields)

test.each([
  ['of the first generation', { [`${PRODUCER}.transactional`]: 'true' }, 'TRANSACTIONAL_ARG'],
  ['of the second generation', { [`${PRODUCER}.producer-type`]: 'trans' }, 'TRANSACTIONAL_ARGS'],
])('a declared listener decides what is sent, with keys %s', async (_, keys, argumentHeader) => {
  const [topic, group] = [freshName('T'), freshName('P')]
  @RocketMQTransactionListener({ txProducerGroup: `\${${PREFIX}.${PRODUCER}.group}` })
  class Orders implements TransactionListener {
    readonly executed: unknown[] = []
    readonly checked: Message[] = []
    executeLocalTransaction(message: Message, arg: unknown): TransactionState {
      this.executed.push([message.payload, arg, message.headers['rocketmq_TRANSACTION_ID']])
      return (message.payload as Order).local
    }
    async checkLocalTransaction(message: Message): Promise<TransactionState> {
      this.checked.push(message)
      return (message.payload as Order).check ?? RocketMQLocalTransactionState.UNKNOWN
    }
  }
  await using app = await start({
    services: [Shop, Orders],
    topic,
    properties: { ...keys, [`${PRODUCER}.group`]: group },
  })
  const arg = { big: 1n }
  const output = app.channel('output')
  const committed = await output.send(order({ id: 1, local: 'commit' }).setHeader(argumentHeader, arg).build())
  const rolledBack = await output.send(order({ id: 2, local: 'rollback' }).build())
  const open = order({ id: 3, local: 'unknown', check: 'commit' }).setHeader('KEYS', 'k3').setHeader('shop', 'north')
  const left = await output.send(open.build())
  expect([committed, rolledBack, left].map(({ details }) => details['state'])).toEqual([
    'commit',
    'rollback',
    'unknown',
  ])
  const shop = app.get(Shop)
  const orders = app.get(Orders)
  await until('both arrive', () => shop.received.length === 2)
  expect(shop.received.sort()).toEqual([1, 3])
  expect(orders.executed[0]).toEqual([{ id: 1, local: 'commit' }, arg, committed.messageId])
  const third = orders.checked.find(({ payload }) => (payload as Order).id === 3)
  expect(third?.headers).toMatchObject({
    ROCKET_KEYS: 'k3',
    shop: 'north',
    rocketmq_TRANSACTION_ID: left.messageId,
  })
})

test('a listener is found by its class name or among the components, and the argument does not travel', async () => {
  for (const named of ['orderDecider', 'given'] as const) {
    class OrderDecider implements TransactionListener {
      executeLocalTransaction(): TransactionState {
        return LocalTransactionState.COMMIT_MESSAGE
      }
      checkLocalTransaction(): TransactionState {
        return LocalTransactionState.UNKNOW
      }
    }
    const [topic, group] = [freshName('T'), freshName('P')]
    const properties = {
      [`${PRODUCER}.producer-type`]: 'Trans',
      [`${PRODUCER}.group`]: group,
      [`${PRODUCER}.transaction-listener`]: named,
    }
    const found = named === 'given' ? { services: [Shop], components: { given: new OrderDecider() } } : {}
    await using app = await start({ services: [Shop, OrderDecider], topic, properties, ...found })
    await app
      .channel('output')
      .send(order({ id: 1, local: 'unknown' }).setHeader('TRANSACTIONAL_ARGS', 'secret').build())
    const seen: string[] = []
    const client = await testClient(cluster)
    await client.pushConsumer({
      group: freshName('C'),
      subscriptions: [{ topic }],
      from: 'first',
      listener: (message) => {
        seen.push(JSON.stringify(message.properties))
      },
    })
    await until('it arrives', () => seen.length > 0)
    expect(seen[0]).not.toContain('secret')
  }
})

@EnableBinding(Source)
class Sender {}

class Undecided implements TransactionListener {
  readonly checked: unknown[] = []
  executeLocalTransaction(): TransactionState {
    throw new Error('send() was not used')
  }
  checkLocalTransaction(message: Message): TransactionState {
    this.checked.push(message.headers['rocketmq_TRANSACTION_ID'])
    return 'rollback'
  }
}

const trans = (group: string): Record<string, string> => ({
  [`${PRODUCER}.producer-type`]: 'Trans',
  [`${PRODUCER}.group`]: group,
  [`${PRODUCER}.transaction-listener`]: 'undecided',
})

test('a service sends in a transaction of its own, and learns how it ended', async () => {
  const topic = freshName('T')
  await using app = await start({ services: [Shop, Undecided], topic, properties: trans(freshName('P')) })
  const output = app.channel('output')
  const sent = await output.sendInTransaction(
    order({ id: 1, local: 'commit' }).build(),
    async ({ payload, headers }) => {
      expect(headers['rocketmq_TRANSACTION_ID']).toHaveLength(32)
      return payload.local
    },
  )
  expect(sent).toMatchObject({ state: 'commit', destination: topic })
  const failed = await output.sendInTransaction(order({ id: 2, local: 'commit' }).build(), async () => {
    throw new Error('no database')
  })
  expect(failed).toMatchObject({ state: 'unknown', failure: new Error('no database') })
  const shop = app.get(Shop)
  const { checked } = app.get(Undecided)
  await until('the open one is checked', () => checked.length > 0)
  expect(checked).toContain(failed.messageId)
  await until('the committed one arrives', () => shop.received.length > 0)
  expect(shop.received).toEqual([1])
})

test('a partition chooses the queue of a message in a transaction', async () => {
  const topic = freshName('T')
  await using app = await start({ services: [Sender, Undecided], topic, properties: trans(freshName('P')) })
  for (const partition of [1, 3]) {
    const message = order({ id: partition, local: 'commit' }).setHeader(HEADER.partitionOverride, partition).build()
    const sent = await app.channel('output').sendInTransaction(message, async () => 'commit')
    expect(sent.details['queue']).toMatchObject({ queueId: partition })
  }
})

test('a delay in a transaction is refused', async () => {
  await using app = await start({
    services: [Sender, Undecided],
    topic: freshName('T'),
    properties: trans(freshName('P')),
  })
  const delayed = order({ id: 1, local: 'commit' }).setHeader('DELAY', 3).build()
  const sending = app.channel('output').sendInTransaction(delayed, async () => 'commit')
  await expect(sending).rejects.toMatchObject({ code: 'RMQ_MESSAGE_ILLEGAL' })
})

test('an output without transactions says so, and one with them names what is missing', async () => {
  const topic = freshName('T')
  await using plain = await start({ services: [Sender], topic, properties: {} })
  const sending = plain
    .channel('output')
    .sendInTransaction(order({ id: 1, local: 'commit' }).build(), async () => 'commit')
  await expect(sending).rejects.toMatchObject({ code: 'RMQ_TRANSACTION_UNSUPPORTED' })

  const properties = { [`${PRODUCER}.producer-type`]: 'Trans' }
  const failing = (more: Record<string, string>, services: Start['services'] = [Sender]): Promise<unknown> =>
    start({ services, topic, properties: { ...properties, ...more } }).then(
      () => undefined,
      (failure: Error) => failure.message,
    )
  expect(await failing({})).toContain('spring.cloud.stream.rocketmq.bindings.output.producer.group')
  expect(await failing({ [`${PRODUCER}.group`]: 'G' })).toContain(
    "@RocketMQTransactionListener({ txProducerGroup: 'G' })",
  )
  const named = { [`${PRODUCER}.group`]: 'G', [`${PRODUCER}.transaction-listener`]: 'shop' }
  expect(await failing(named, [Shop])).toContain('transactionListener=shop is no listener')
  expect(await failing({ ...named, [`${PRODUCER}.transaction-listener`]: 'nobody' })).toContain('nobody names nothing')
})

test('two listeners of one group are an error', async () => {
  @RocketMQTransactionListener({ txProducerGroup: 'G' })
  class First {}
  @RocketMQTransactionListener({ txProducerGroup: 'G' })
  class Second {}
  const starting = start({ services: [Sender, First, Second], topic: freshName('T'), properties: {} })
  await expect(starting).rejects.toMatchObject({ code: 'RMQ_TRANSACTION_LISTENER_TWICE' })
})

test('the test binder sends what is committed and nothing else', async () => {
  const binder = new TestBinder()
  const { logger } = collectingLogger()
  await using app = await StreamApplication.run(Sender, { binder, args: [], variables: {}, signals: false, logger })
  const output = app.channel('output')
  for (const local of ['rollback', 'commit', 'unknown'] as const) {
    const { state } = await output.sendInTransaction(order({ id: 1, local }).build(), async () => local)
    expect(state).toBe(local)
  }
  const failed = await output.sendInTransaction(order({ id: 1, local: 'commit' }).build(), async () => {
    throw new Error('no')
  })
  expect(failed.state).toBe('unknown')
  const first = await binder.output.receive(1000, 'output')
  expect(JSON.parse(String(first?.payload))).toMatchObject({ local: 'commit' })
  binder.failNext()
  const refused = output.sendInTransaction(order({ id: 1, local: 'commit' }).build(), async () => 'commit')
  await expect(refused).rejects.toMatchObject({ code: 'RMQ_TEST_SEND' })
})
