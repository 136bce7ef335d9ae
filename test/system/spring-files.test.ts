import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { of } from 'rxjs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  type Application,
  EnableBinding,
  Header,
  Input,
  LocalTransactionState,
  Message,
  MessageBuilder,
  type MessageChannel,
  type MessageQueueSelector,
  Output,
  Payload,
  PollableMessageSource,
  RocketMQLocalTransactionState,
  RocketMQTransactionListener,
  type RunOptions,
  Sink,
  Source,
  StreamApplication,
  StreamBridge,
  StreamConsumer,
  StreamFunction,
  StreamListener,
  StreamSupplier,
  type SubscribableChannel,
  type TransactionListener,
  type TransactionState,
} from '../../src/index.ts'
import { type Cluster, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// Files with the keys of Spring Cloud Alibaba's examples, as they are; only the address of the name server comes from
// the command line. Each service does what its Java counterpart does.

let cluster: Cluster
let offsets = ''
beforeAll(async () => {
  offsets = await mkdtemp(join(tmpdir(), 'rocketstream-offsets-'))
  cluster = await startCluster({
    enablePropertyFilter: true,
    messageDelayLevel: '1s 1s',
    transactionTimeOut: 50,
    transactionCheckInterval: 50,
  })
}, 60_000)
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await rm(offsets, { recursive: true, force: true })
})

type Service = abstract new (...args: never) => object

interface Running {
  readonly app: Application
  send(payload: unknown, headers?: Readonly<Record<string, unknown>>): Promise<unknown>
  /** What was warned of so far. */
  warnings(): readonly string[]
}

/** Runs services with the file of a folder, and sends through `producer-out-0`, which only the file knows. */
async function start(folder: string, services: readonly Service[], more: RunOptions = {}): Promise<Running> {
  const { logger, lines } = collectingLogger()
  const binder = '--spring.cloud.stream.rocketmq.binder'
  const app = await StreamApplication.run(...services, {
    directory: fileURLToPath(new URL(folder, new URL('spring-files/', import.meta.url))),
    args: [`${binder}.name-server=${cluster.nameServer}`, `${binder}.broadcast.offsets-path=${offsets}`],
    variables: {},
    signals: false,
    logger,
    ...more,
  })
  onTestFinished(() => app.close())
  const bridge = app.get(StreamBridge)
  return {
    app,
    send: (payload, headers = {}) => bridge.send('producer-out-0', { payload, headers }),
    warnings: () => lines.filter((line) => line.startsWith('warn') || line.startsWith('error')),
  }
}

interface SimpleMsg {
  readonly msg: string
}

/** The bean `Consumer<Message<SimpleMsg>> consumer()` of the examples. */
class Consumer {
  readonly got: Message<SimpleMsg>[] = []
  readonly arrivals: number[] = []

  @StreamConsumer('consumer')
  consume(@Message() message: Message<SimpleMsg>): void {
    this.arrivals.push(performance.now())
    this.got.push(message)
  }

  get texts(): readonly string[] {
    return this.got.map(({ payload }) => payload.msg)
  }
}

const texts = (count: number, prefix = 'Hello RocketMQ'): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${prefix} ${n}`)

test('broadcast: both instances get every message', async () => {
  // Two programs on one machine keep their offsets apart by their names.
  const named = (name: string): RunOptions => ({
    properties: { 'spring.cloud.stream.rocketmq.binder.instance-name': name },
  })
  const one = await start('broadcast', [Consumer], named('one'))
  const two = await start('broadcast', [Consumer], named('two'))
  for (const msg of texts(10)) await one.send({ msg }, { KEYS: msg })
  const got = [one, two].map(({ app }) => app.get(Consumer))
  await until('ten messages each', () => got.every((consumer) => consumer.got.length >= 10))
  for (const consumer of got) expect(consumer.texts.toSorted()).toEqual(texts(10))
  expect([...one.warnings(), ...two.warnings()]).toEqual([])
})

test('comprehensive: what a supplier gives is squared by a function and reaches the consumer', async () => {
  const results: number[] = []
  class Numbers {
    @StreamSupplier('producer')
    numbers() {
      return of(1, 2, 3, 4)
    }

    @StreamFunction('processor')
    square(number: string): number {
      return Number(number) ** 2
    }

    @StreamConsumer('consumer')
    take(result: string): void {
      results.push(Number(result))
    }
  }
  const { warnings } = await start('comprehensive', [Numbers])
  await until('four squares', () => results.length >= 4)
  expect(results.toSorted((left, right) => left - right)).toEqual([1, 4, 9, 16])
  expect(warnings()).toEqual([])
})

test('delay: a message comes when its level has passed, and not before', async () => {
  const { app, send, warnings } = await start('delay', [Consumer])
  const consumer = app.get(Consumer)
  const sentMs = performance.now()
  await send({ msg: 'later' }, { KEYS: 'k', DELAY: 2 })
  await until('the message', () => consumer.got.length === 1)
  // The broker's clock counts whole milliseconds.
  expect((consumer.arrivals[0] ?? 0) - sentMs).toBeGreaterThanOrEqual(999)
  expect(consumer.texts).toEqual(['later'])
  expect(warnings()).toEqual([])
})

test('orderly: a selector chooses the queue; messages of a queue come in order, of the wanted tags', async () => {
  const TAGS = ['TagA', 'TagB', 'TagC', 'TagD', 'TagE']
  const orderlyMessageQueueSelector: MessageQueueSelector = {
    select(queues, _message, headers) {
      const chosen = queues[(Number(headers['ORIGIN_MESSAGE_ID']) % TAGS.length) % queues.length]
      if (chosen === undefined) throw new Error('the topic has no queue')
      return chosen
    },
  }
  const { app, send, warnings } = await start('orderly', [Consumer], { components: { orderlyMessageQueueSelector } })
  const ids = Array.from({ length: 50 }, (_, id) => id)
  const tagOf = (id: number): string => TAGS[(id + Math.trunc(id / TAGS.length)) % TAGS.length] ?? ''
  for (const id of ids) await send({ msg: `${id}` }, { KEYS: `${id}`, TAGS: tagOf(id), ORIGIN_MESSAGE_ID: id })
  const consumer = app.get(Consumer)
  const wanted = ids.filter((id) => ['TagA', 'TagC', 'TagD'].includes(tagOf(id)))
  await until('all of the wanted tags', () => consumer.got.length >= wanted.length)
  const byQueue = new Map<unknown, number[]>()
  for (const { payload, headers } of consumer.got) {
    const queue = headers['ROCKET_MQ_QUEUE_ID']
    byQueue.set(queue, [...(byQueue.get(queue) ?? []), Number(payload.msg)])
  }
  expect(byQueue.size).toBe(4)
  for (const [queue, got] of byQueue) {
    expect(got).toEqual(wanted.filter((id) => (id % TAGS.length) % 4 === Number(queue)))
  }
  // The examples set this header for their selector; it has never travelled, and that is said.
  expect(warnings()).toEqual(["warn header ORIGIN_MESSAGE_ID is RocketMQ's own name and is not sent"])
})

test('pollable: the configuration makes an input that the program asks', async () => {
  class Poller {
    @Input('pollable-in-0', PollableMessageSource) readonly source!: PollableMessageSource
  }
  const { app, send, warnings } = await start('pollable', [Poller])
  await send({ msg: 'Hello RocketMQ' }, { KEYS: 'k' })
  const got: unknown[] = []
  const { source } = app.get(Poller)
  await until('a message', () => source.poll(({ payload }) => got.push(payload), Object))
  expect(got).toEqual([{ msg: 'Hello RocketMQ' }])
  // The file names no group, and whoever names none shares one.
  expect(warnings()).toEqual([expect.stringContaining('warn binding "pollable-in-0" has no group')])
})

test('sql: only messages whose properties fit come', async () => {
  const { app, send, warnings } = await start('sql', [Consumer])
  const consumer = app.get(Consumer)
  const refused = [
    ['red1', 3],
    ['red3', 5],
    ['blue', 9],
    ['red4', 0],
  ] as const
  // Every queue has messages that do not fit before those that do.
  for (const [color, price] of [...refused, ...refused]) await send({ msg: 'no' }, { color, price })
  const fitting = ['red1', 'red2', 'red4', 'red1', 'red2', 'red4', 'red1', 'red2']
  for (const color of fitting) await send({ msg: color }, { color, price: 4 })
  await until('all that fit', () => consumer.got.length >= fitting.length)
  expect(consumer.texts.toSorted()).toEqual(fitting.toSorted())
  expect(warnings()).toEqual([])
})

/** The listener of the example: the header `test` says how a transaction ends. */
class MyTransactionListener implements TransactionListener {
  readonly checked: unknown[] = []

  executeLocalTransaction({ headers }: Message): TransactionState {
    if (headers['test'] === '1') return LocalTransactionState.UNKNOW
    return headers['test'] === '2' ? LocalTransactionState.ROLLBACK_MESSAGE : LocalTransactionState.COMMIT_MESSAGE
  }

  checkLocalTransaction({ payload }: Message): TransactionState {
    this.checked.push(payload)
    return LocalTransactionState.COMMIT_MESSAGE
  }
}

test.each(['a component', 'a service class'])('transaction: the listener, %s, decides', async (given) => {
  const myTransactionListener = new MyTransactionListener()
  const isComponent = given === 'a component'
  const { app, send, warnings } = await start(
    'transaction',
    isComponent ? [Consumer] : [Consumer, MyTransactionListener],
    isComponent ? { components: { myTransactionListener } } : {},
  )
  const consumer = app.get(Consumer)
  for (const how of ['2', '3', '1']) await send({ msg: `${given} ${how}` }, { test: how })
  await until('the committed ones', () => consumer.got.length >= 2)
  expect(consumer.texts.toSorted()).toEqual([`${given} 1`, `${given} 3`])
  const { checked } = isComponent ? myTransactionListener : app.get(MyTransactionListener)
  expect(checked).toContainEqual({ msg: `${given} 1` })
  expect(warnings()).toEqual([])
})

class OldSource {
  @Output('output1') readonly output1!: () => MessageChannel
  @Output('output2') readonly output2!: () => MessageChannel
  @Output('output3') readonly output3!: () => MessageChannel
}

@EnableBinding(OldSource)
class OldProducer {}

@RocketMQTransactionListener({ txProducerGroup: 'myTxProducerGroup', corePoolSize: 5, maximumPoolSize: 10 })
class TransactionListenerImpl implements TransactionListener {
  executeLocalTransaction({ headers }: Message): TransactionState {
    return headers['test'] === '2' ? RocketMQLocalTransactionState.ROLLBACK : RocketMQLocalTransactionState.COMMIT
  }

  checkLocalTransaction(): TransactionState {
    return RocketMQLocalTransactionState.UNKNOWN
  }
}

class OldSink {
  @Input('input1') readonly input1!: () => SubscribableChannel
  @Input('input2') readonly input2!: () => SubscribableChannel
  @Input('input3') readonly input3!: () => SubscribableChannel
  @Input('input4') readonly input4!: () => SubscribableChannel
  @Input('input5', PollableMessageSource) readonly input5!: () => PollableMessageSource
}

interface Foo {
  readonly id: number
  readonly bar: string
}

@EnableBinding(OldSink)
class OldConsumer {
  readonly got: Record<string, unknown[]> = { input1: [], input2: [], input3: [], input4: [] }

  @StreamListener('input1')
  receiveInput1(@Payload(String) text: string): void {
    this.got['input1']?.push(text)
  }

  @StreamListener('input2')
  receiveInput2(text: string): void {
    this.got['input2']?.push(text)
  }

  @StreamListener('input3')
  receiveInput3(foo: Foo): void {
    this.got['input3']?.push(foo)
  }

  @StreamListener('input4')
  receiveTransactionalMsg(@Payload() text: string, @Header('test') test: string): void {
    this.got['input4']?.push(`${text} ${test}`)
  }
}

test('the first generation: tags, objects, transactions and polling between two programs with old keys', async () => {
  const { app: receiver, warnings } = await start('old-consumer', [OldConsumer])
  const { app: sender, warnings: ofSender } = await start('old-producer', [OldProducer, TransactionListenerImpl])
  const source = sender.get<OldSource>(OldSource as never)
  const message = (payload: unknown, tag: string) => MessageBuilder.withPayload(payload).setHeader('TAGS', tag).build()
  await source.output1().send(message('hello', 'tagStr'))
  await source.output1().send(message({ id: 7, bar: 'foo' }, 'tagObj'))
  for (const how of ['1', '2', '3']) {
    await source.output2().send(MessageBuilder.withPayload('transactional').setHeader('test', how).build())
  }
  await source.output3().send(MessageBuilder.withPayload('pulled').build())
  const { got } = receiver.get(OldConsumer)
  const counts = (): readonly (number | undefined)[] => [1, 2, 3, 4].map((at) => got[`input${at}`]?.length)
  await until('all pushed messages', () => counts().join() === '2,1,1,2')
  expect(got['input1']?.toSorted()).toEqual(['hello', '{"id":7,"bar":"foo"}'])
  expect(got['input2']).toEqual(['hello'])
  expect(got['input3']).toEqual([{ id: 7, bar: 'foo' }])
  expect(got['input4']?.toSorted()).toEqual(['transactional 1', 'transactional 3'])
  const pulled: unknown[] = []
  await until('a pulled one', () => receiver.source('input5').poll(({ payload }) => pulled.push(payload)))
  expect(pulled).toEqual(['pulled'])
  expect([...warnings(), ...ofSender()]).toEqual([])
})

class CustomSource extends Source {
  @Output('output2') readonly output2!: () => MessageChannel
}

class CustomSink extends Sink {
  @Input('input2') readonly input2!: () => SubscribableChannel
}

@EnableBinding(CustomSource, CustomSink)
class RocketMQApplication {
  readonly received: string[] = []

  @StreamListener('input')
  receiveInput(text: string): void {
    this.received.push(`input ${text}`)
  }

  @StreamListener('input2')
  receiveInput2(text: string): void {
    this.received.push(`input2 ${text}`)
  }
}

test('the service with two inputs and outputs gets plain texts verbatim, of a plain producer and its own', async () => {
  const { app, warnings } = await start('../../../examples/02-seed-application', [RocketMQApplication])
  const producer = await (await testClient(cluster)).producer({ group: 'producer_group' })
  await producer.send({ topic: 'test-topic', tag: 'tagStr', body: Buffer.from('( 0 )【test-topic1】') })
  await producer.send({ topic: 'test-topic2', tag: 'tagStr', body: Buffer.from('( 0 )【test-topic2】') })
  const source = app.get<CustomSource>(CustomSource as never)
  await source.output().send(MessageBuilder.withPayload('own 1').build())
  await source.output2().send(MessageBuilder.withPayload('own 2').build())
  const { received } = app.get(RocketMQApplication)
  const wanted = ['input ( 0 )【test-topic1】', 'input own 1', 'input2 ( 0 )【test-topic2】', 'input2 own 2']
  await until('all four', () => wanted.every((text) => received.includes(text)))
  expect(warnings()).toEqual([])
})

@EnableBinding(CustomSink)
class OrderlyConsumer extends RocketMQApplication {}

test('the service with two orderly inputs keeps the order of a topic in one queue, and of each order in its queue', async () => {
  const { app, warnings } = await start('seed-orderly', [OrderlyConsumer])
  const producer = await (await testClient(cluster)).producer({ group: 'producer_group' })
  const steps = Array.from({ length: 20 }, (_, n) => n)
  for (const n of steps) {
    const queue = (at: number) => ({ queue: (queues: readonly { queueId: number }[]) => queues[at % queues.length] })
    await producer.send({ topic: 'Global-Orderly-Topic', body: Buffer.from(`${n}`) }, queue(0) as never)
    await producer.send({ topic: 'Partly-Orderly-Topic', body: Buffer.from(`${n % 3}:${n}`) }, queue(n % 3) as never)
  }
  const { received } = app.get(OrderlyConsumer)
  await until('all', () => received.length >= 40)
  const of = (prefix: string): readonly string[] => received.filter((text) => text.startsWith(prefix))
  expect(of('input ')).toEqual(steps.map((n) => `input ${n}`))
  for (const order of [0, 1, 2]) {
    expect(of(`input2 ${order}:`)).toEqual(steps.filter((n) => n % 3 === order).map((n) => `input2 ${order}:${n}`))
  }
  expect(warnings()).toEqual([])
})
