import { afterAll, beforeAll, expect, test } from 'vitest'
import { splitBatch } from '../../src/client/index.ts'
import {
  type Application,
  acknowledgements,
  batchListenerFailed,
  EnableBinding,
  Header,
  Headers,
  Input,
  Message,
  MessageBuilder,
  type MessageChannel,
  Output,
  Payload,
  rejectToDeadLetters,
  requeueLater,
  SendTo,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
  TestBinder,
} from '../../src/index.ts'
import type { ReceivedMessage } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster[Symbol.asyncDispose]())

const PREFIX = 'spring.cloud.stream'

class Channels {
  @Output('out') out!: () => MessageChannel
  @Input('in') in!: () => SubscribableChannel
  @Input('single') single!: () => SubscribableChannel
}

async function start(
  service: new () => object,
  settings: Record<string, string>,
  binder?: TestBinder,
): Promise<Application> {
  return StreamApplication.run(service, {
    args: [],
    variables: {},
    signals: false,
    directory: '/nonexistent',
    logger: collectingLogger().logger,
    ...(binder === undefined ? {} : { binder }),
    properties: {
      ...(binder === undefined ? { [`${PREFIX}.rocketmq.binder.name-server`]: cluster.nameServer } : {}),
      [`${PREFIX}.bindings.in.consumer.batch-mode`]: 'true',
      [`${PREFIX}.bindings.in.consumer.max-attempts`]: '1',
      ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${PREFIX}.${key}`, value])),
    },
  })
}

/** What the test binder was given back: text and what becomes of it. */
const refused = (binder: TestBinder): unknown[] =>
  binder.refused.map(({ message, disposition }) => [message.payload.toString(), disposition])

test('a list of any messages goes out in few requests, with one result for each', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const [first, second] = [freshName('All'), freshName('All')]
  const messages = Array.from({ length: 60 }, (_, at) => ({
    topic: at % 2 === 0 ? first : second,
    body: Buffer.alloc(at === 10 ? 1_100_000 : 30_000, `${at} `),
    keys: [`k${at}`],
    waitStoreOk: at % 7 !== 0,
    ...(at === 20 ? { delayLevel: 1 } : {}),
  }))
  expect(splitBatch(messages).length).toBeLessThan(12)
  const results = await producer.sendAll(messages)
  expect(new Set(results.map(({ messageId }) => messageId)).size).toBe(60)
  expect(results.map(({ queue }) => queue.topic)).toEqual(messages.map(({ topic }) => topic))
  const got = new Map<string, ReceivedMessage>()
  await client.pushConsumer({
    group: freshName('G'),
    from: 'first',
    subscriptions: [{ topic: first }, { topic: second }],
    listener: (message) => void got.set(message.keys[0] as string, message),
  })
  await until('all messages', () => got.size === 60)
  for (const [at, result] of results.entries()) {
    const { messageId, queueOffset, offsetMessageId, topic, queueId } = got.get(`k${at}`) as ReceivedMessage
    expect({ messageId, topic }).toEqual({ messageId: result.messageId, topic: result.queue.topic })
    // A delayed message waits elsewhere first, so that its place is another.
    if (at === 20) continue
    expect({ queueOffset, offsetMessageId, queueId }).toEqual({
      queueOffset: result.queueOffset,
      offsetMessageId: result.offsetMessageId,
      queueId: result.queue.queueId,
    })
  }
})

test('of a list that could only partly be sent, the error has the results of the stored ones', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const topic = freshName('Partly')
  const good = { topic, body: Buffer.from('good') }
  const sending = producer.sendAll([good, { topic: 'SCHEDULE_TOPIC_XXXX', body: Buffer.from('bad') }, good])
  await expect(sending).rejects.toMatchObject({
    code: 'RMQ_BATCH_PARTLY_SENT',
    details: { sent: 2, count: 3, results: [{ status: 'SEND_OK' }, undefined, { status: 'SEND_OK' }] },
  })
})

test('a batch listener consumes some messages of a call and gives others back, which come again', async () => {
  const client = await testClient(cluster)
  const producer = await client.producer({ group: freshName('P') })
  const [topic, group] = [freshName('Partial'), freshName('G')]
  const calls: string[][] = []
  const consumed = new Set<string>()
  await producer.sendAll(Array.from({ length: 20 }, (_, at) => ({ topic, body: Buffer.from(`${at}`) })))
  await client.pushConsumer({
    group,
    from: 'first',
    subscriptions: [{ topic }],
    batchSize: 8,
    batchListener(messages, context) {
      calls.push(messages.map(({ body }) => body.toString()))
      for (const message of messages) {
        if (message.reconsumeTimes === 0 && Number(message.body) % 5 === 0) context.giveBack(message, 1)
        else consumed.add(`${message.body} ${message.reconsumeTimes}`)
      }
    },
  })
  await until('all twenty are consumed', () => consumed.size >= 20)
  expect([...consumed].toSorted()).toEqual(
    Array.from({ length: 20 }, (_, at) => `${at} ${at % 5 === 0 ? 1 : 0}`).toSorted(),
  )
  expect(Math.max(...calls.map((call) => call.length))).toBe(8)
})

test('a listener in batch mode gets payloads, messages and headers as lists', async () => {
  const got: unknown[] = []
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onOrders(
      @Payload() orders: readonly { id: number }[],
      @Header('shop', { required: false }) shops: readonly string[],
      @Headers() headers: object,
    ): void {
      got.push({ orders, shops, headers })
    }
  }
  const binder = new TestBinder()
  const app = await start(Service, {}, binder)
  await binder.input.sendBatch([{ id: 1 }, { id: 2 }], 'in', [{ shop: 'north' }, { keys: 'k' }])
  expect(got).toEqual([
    {
      orders: [{ id: 1 }, { id: 2 }],
      shops: ['north', undefined],
      headers: { shop: ['north', undefined], keys: [undefined, 'k'] },
    },
  ])
  await app.close()
})

test('a batch that fails at one message is done up to there; that message follows its error, those behind come again', async () => {
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onTexts(texts: readonly string[]): void {
      const at = texts.indexOf('bad')
      if (at >= 0) throw batchListenerFailed(at, rejectToDeadLetters('bad one'))
      if (texts.includes('worse')) throw requeueLater(3)
    }
  }
  const binder = new TestBinder()
  const app = await start(Service, {}, binder)
  await binder.input.sendBatch(['a', 'bad', 'b'], 'in')
  expect(refused(binder)).toEqual([
    ['bad', { kind: 'dead-letter' }],
    ['b', { kind: 'again' }],
  ])
  await binder.input.sendBatch(['c', 'worse'], 'in')
  expect(refused(binder).slice(2)).toEqual([
    ['c', { kind: 'later', delayLevel: 3 }],
    ['worse', { kind: 'later', delayLevel: 3 }],
  ])
  await app.close()
})

test('the handles of a batch settle single messages, whether the call succeeds or not', async () => {
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onTexts(@Message() batch: Message<string[]>): void {
      const handles = acknowledgements(batch)
      handles[batch.payload.indexOf('later')]?.nack({ delayLevel: 2 })
      handles[batch.payload.indexOf('done')]?.ack()
      if (batch.payload.includes('crash')) throw new Error('crashed')
    }
  }
  const binder = new TestBinder()
  const app = await start(Service, {}, binder)
  await binder.input.sendBatch(['a', 'later', 'b'], 'in')
  await binder.input.sendBatch(['done', 'crash'], 'in')
  expect(refused(binder)).toEqual([
    ['later', { kind: 'later', delayLevel: 2 }],
    ['crash', { kind: 'again' }],
  ])
  await app.close()
})

test('a message that cannot be converted is given back alone, and a condition gives each listener its part', async () => {
  const got: unknown[] = []
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in', { condition: "headers['kind'] == 'number'" })
    onNumbers(@Payload(Number) numbers: readonly number[]): void {
      got.push(numbers)
    }
    @StreamListener('in', { condition: "headers['kind'] == 'text'" })
    onTexts(@Payload(String) texts: readonly string[]): void {
      got.push(texts)
    }
  }
  const binder = new TestBinder()
  const app = await start(Service, {}, binder)
  const kinds = ['number', 'text', 'number', 'number', 'other'].map((kind) => ({ kind }))
  await binder.input.sendBatch(['1', 'x', 'not a number', '2', 'y'], 'in', kinds)
  expect(got).toEqual([[1, 2], ['x']])
  expect(refused(binder)).toEqual([['not a number', { kind: 'again' }]])
  await app.close()
})

test('what failed is tried again here without what is done, and a list as result is a message per item', async () => {
  const calls: (readonly string[])[] = []
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    @SendTo('out')
    upper(texts: readonly string[]): readonly (string | undefined)[] {
      calls.push(texts)
      if (calls.length === 1) throw batchListenerFailed(1)
      return texts.map((text) => (text === 'b' ? undefined : text.toUpperCase()))
    }
  }
  const binder = new TestBinder()
  const settings = { 'bindings.in.consumer.max-attempts': '2', 'bindings.in.consumer.back-off-initial-interval': '1' }
  const app = await start(Service, settings, binder)
  await binder.input.sendBatch(['a', 'b', 'c'], 'in')
  expect(calls).toEqual([
    ['a', 'b', 'c'],
    ['b', 'c'],
  ])
  expect(refused(binder)).toEqual([])
  expect((await binder.output.receive())?.payload.toString()).toBe('C')
  expect(await binder.output.receive()).toBeUndefined()
  await app.close()
})

test('bindings in batch mode and others share the consumer of their group, and redeliveries find their way', async () => {
  const batches: (readonly string[])[] = []
  const singles: string[] = []
  @EnableBinding(Channels)
  class Service {
    @StreamListener('single')
    onSingle(@Payload(String) text: string, @Header('ROCKET_RECONSUME_TIMES') times: number): void {
      singles.push(`${text} ${times}`)
      if (times === 0 && text === '3') throw requeueLater(1)
    }
    @StreamListener('in')
    onBatch(
      @Payload(String) texts: readonly string[],
      @Header('ROCKET_RECONSUME_TIMES') times: readonly number[],
    ): void {
      batches.push(texts.map((text, at) => `${text} ${times[at]}`))
      const at = texts.findIndex((text, place) => text === '7' && times[place] === 0)
      if (at >= 0) throw batchListenerFailed(at, requeueLater(1))
    }
  }
  const [together, apart, group] = [freshName('Together'), freshName('Apart'), freshName('G')]
  const app = await start(Service, {
    'bindings.out.destination': together,
    'bindings.in.destination': together,
    'bindings.in.group': group,
    'bindings.single.destination': apart,
    'bindings.single.group': group,
    'rocketmq.bindings.in.consumer.push.consumeMessageBatchMaxSize': '4',
    'rocketmq.bindings.in.consumer.push.delayLevelWhenNextConsume': '1',
    'default.consumer.max-attempts': '1',
  })
  const texts = Array.from({ length: 16 }, (_, at) => `${at}`)
  const receipts = await app
    .channel('out')
    .sendAll(texts.map((text) => MessageBuilder.withPayload(text).setHeader('KEYS', text).build()))
  expect(new Set(receipts.map(({ messageId }) => messageId)).size).toBe(16)
  const producer = await (await testClient(cluster)).producer({ group: freshName('P') })
  await producer.sendAll(texts.slice(0, 8).map((text) => ({ topic: apart, body: Buffer.from(text) })))
  await until('eight singles and one again', () => singles.length >= 9)
  const done = (): Set<string> => new Set(batches.flat().map((text) => text.split(' ')[0] as string))
  await until('the batches and one again', () => done().size === 16 && batches.flat().includes('7 1'))
  expect(singles.toSorted()).toEqual([...texts.slice(0, 8).map((text) => `${text} 0`), '3 1'].toSorted())
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(4)
  expect(Math.max(...batches.map((batch) => batch.length))).toBeGreaterThan(1)
  await app.close()
})
