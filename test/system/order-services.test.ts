import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Application,
  EnableBinding,
  Input,
  MessageBuilder,
  type MessageChannel,
  type MessageQueueSelector,
  Output,
  Processor,
  type RunOptions,
  rejectToDeadLetters,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
  TestBinder,
} from '../../src/index.ts'
import { type Cluster, freshName, startCluster } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// Order as services see it: partitions of outputs, orderly inputs.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const PREFIX = 'spring.cloud.stream'

function start(
  service: new () => object,
  bindings: Record<string, string | boolean | number>,
  options: RunOptions = {},
): Promise<Application> {
  return StreamApplication.run(service, {
    args: [],
    variables: {},
    signals: false,
    logger: collectingLogger().logger,
    ...options,
    properties: {
      [`${PREFIX}.rocketmq.binder.name-server`]: cluster.nameServer,
      ...Object.fromEntries(Object.entries(bindings).map(([key, value]) => [`${PREFIX}.${key}`, value])),
    },
  })
}

@EnableBinding(Processor)
class Silent {}

function order(id: number | string, step = 0): ReturnType<MessageBuilder<object>['build']> {
  return MessageBuilder.withPayload({ id, step }).build()
}

test('an orderly input gets the messages of a key in order, although some fail at first', async () => {
  const topic = freshName('Keyed')
  const seen = new Map<string, number[]>()
  const failed = new Set<string>()
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    async onOrder(message: { id: string; step: number }): Promise<void> {
      await Promise.resolve()
      const name = `${message.id}/${message.step}`
      if (message.step % 3 === 1 && !failed.has(name)) {
        failed.add(name)
        throw new Error('not yet')
      }
      seen.set(message.id, [...(seen.get(message.id) ?? []), message.step])
    }
  }
  await using app = await start(Service, {
    'bindings.output.destination': topic,
    'bindings.output.producer.partition-key-expression': 'payload.id',
    'bindings.input.destination': topic,
    'bindings.input.group': freshName('G'),
    'bindings.input.consumer.concurrency': 4,
    'bindings.input.consumer.max-attempts': 1,
    'rocketmq.bindings.input.consumer.orderly': true,
    'rocketmq.bindings.input.consumer.suspend-current-queue-time-millis': 10,
    'rocketmq.bindings.input.consumer.consume-from-where': 'CONSUME_FROM_FIRST_OFFSET',
  })
  const steps = Array.from({ length: 12 }, (_, step) => step)
  for (const step of steps) for (const id of ['a', 'b', 'c']) await app.channel('output').send(order(id, step))
  await until('all messages', () => [...seen.values()].flat().length >= 36)
  expect(Object.fromEntries(seen)).toEqual({ a: steps, b: steps, c: steps })
})

test('a message that is refused for good does not stop its queue', async () => {
  const topic = freshName('Refused')
  const seen: number[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(message: { id: number }): void {
      if (message.id === 1) throw rejectToDeadLetters('no such customer')
      seen.push(message.id)
    }
  }
  await using app = await start(Service, {
    'bindings.output.destination': topic,
    'bindings.output.producer.partition-key-expression': "'one for all'",
    'bindings.input.destination': topic,
    'bindings.input.group': freshName('G'),
    'rocketmq.bindings.input.consumer.push.orderly': true,
    'rocketmq.bindings.input.consumer.consume-from-where': 'CONSUME_FROM_FIRST_OFFSET',
  })
  for (const id of [0, 1, 2]) await app.channel('output').send(order(id))
  await until('the one behind it', () => seen.includes(2))
  expect(seen).toEqual([0, 2])
})

test('two bindings of one group that differ in order are refused by name', async () => {
  class Inputs {
    @Input('first') first!: () => SubscribableChannel
    @Input('second') second!: () => SubscribableChannel
  }
  @EnableBinding(Inputs)
  class Service {}
  const group = freshName('G')
  const starting = start(Service, {
    'bindings.first.group': group,
    'bindings.second.group': group,
    'rocketmq.bindings.second.consumer.push.orderly': true,
  })
  await expect(starting).rejects.toMatchObject({ code: 'RMQ_BINDING_FAILED', cause: { code: 'RMQ_GROUP_ORDER' } })
})

test('a selector by name chooses the queue and sees the headers', async () => {
  const lastQueue: MessageQueueSelector = (queues, _message, headers) =>
    queues[Number(headers['wanted']) % queues.length] as (typeof queues)[0]
  await using app = await start(
    Silent,
    {
      'bindings.output.destination': freshName('Selected'),
      'rocketmq.bindings.output.producer.message-queue-selector': 'lastQueue',
    },
    { components: { lastQueue } },
  )
  for (const wanted of [3, 1, 6]) {
    const receipt = await app
      .channel('output')
      .send(MessageBuilder.withPayload('x').setHeader('wanted', wanted).build())
    expect(receipt.details).toMatchObject({ queue: { queueId: wanted % 4 } })
  }
})

test('queues are divided as the named strategy says, and an unknown name is an error', async () => {
  class Inputs {
    @Output('out') out!: () => MessageChannel
    @Input('in') in!: () => SubscribableChannel
  }
  const seen: unknown[] = []
  @EnableBinding(Inputs)
  class Service {
    @StreamListener('in') onMessage(text: string): void {
      seen.push(text)
    }
  }
  const topic = freshName('Divided')
  const bindings = {
    'bindings.out.destination': topic,
    'bindings.in.destination': topic,
    'bindings.in.group': freshName('G'),
    'rocketmq.bindings.in.consumer.allocate-message-queue-strategy': 'onlyFirst',
    'rocketmq.bindings.in.consumer.consume-from-where': 'CONSUME_FROM_FIRST_OFFSET',
  }
  const onlyFirst = {
    allocate: (_group: string, _id: string, queues: readonly unknown[]): readonly unknown[] => queues.slice(0, 1),
  }
  await using app = await start(Service, bindings, { components: { onlyFirst } })
  const sendTo = (queueId: number): Promise<unknown> =>
    app
      .channel('out')
      .send(MessageBuilder.withPayload(`to ${queueId}`).setHeader('scst_partitionOverride', queueId).build())
  for (const queueId of [3, 2, 1, 0]) await sendTo(queueId)
  await until('a message', () => seen.length > 0)
  expect(seen).toEqual(['to 0'])
  await expect(start(Service, bindings)).rejects.toMatchObject({ cause: { code: 'RMQ_COMPONENT_UNKNOWN' } })
})

test('partitions come from an expression or a component, the same for every message of a key', async () => {
  const binder = new TestBinder()
  const partitionsOf = async (
    producer: Record<string, string | number>,
    options: RunOptions = {},
  ): Promise<unknown[]> => {
    const bindings = Object.entries(producer).map(([key, value]) => [`bindings.output.producer.${key}`, value])
    await using app = await start(Silent, Object.fromEntries(bindings), { binder, ...options })
    for (const id of ['a', 'hello', 7, 5_000_000_000]) await app.channel('output').send(order(id))
    const sent = await Promise.all([0, 1, 2, 3].map(() => binder.output.receive()))
    return sent.map((message) => message?.headers['scst_partition'])
  }
  expect(await partitionsOf({})).toEqual([undefined, undefined, undefined, undefined])
  const byId = { 'partition-key-expression': 'payload.id', 'partition-count': 5 }
  expect(await partitionsOf(byId)).toEqual([97 % 5, 99_162_322 % 5, 7 % 5, 705_032_705 % 5])
  expect(await partitionsOf({ ...byId, 'partition-selector-expression': '1 + 2' })).toEqual([3, 3, 3, 3])
  const components = {
    stepOf: { extractKey: () => 'k' },
    minus: (key: unknown, count: number) => (key === 'k' ? -count - 2 : 0),
  }
  const byName = { 'partition-key-extractor-name': 'stepOf', 'partition-selector-name': 'minus', 'partition-count': 5 }
  expect(await partitionsOf(byName, { components })).toEqual([2, 2, 2, 2])
})

test('a message without a key, and a component of the wrong kind, are said by name', async () => {
  const binder = new TestBinder()
  const byKey = { 'bindings.output.producer.partition-key-expression': "headers['none']" }
  await using app = await start(Silent, byKey, { binder })
  await expect(app.channel('output').send(order(1))).rejects.toMatchObject({ code: 'RMQ_PARTITION' })
  const byName = { 'bindings.output.producer.partition-key-extractor-name': 'wrong' }
  const starting = start(Silent, byName, { binder, components: { wrong: 7 } })
  await expect(starting).rejects.toMatchObject({ cause: { code: 'RMQ_COMPONENT_KIND' } })
  const both = start(Silent, { ...byKey, ...byName }, { binder, components: { wrong: () => 1 } })
  await expect(both).rejects.toMatchObject({ cause: { code: 'RMQ_CONFIG_CONFLICT' } })
})
