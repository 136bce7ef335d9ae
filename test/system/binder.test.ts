import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Application,
  EnableBinding,
  Header,
  Input,
  MessageBuilder,
  type MessageChannel,
  Output,
  Payload,
  rejectToDeadLetters,
  SendTo,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from '../../src/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { collectingLogger } from './collecting-logger.ts'

// Services with the RocketMQ binder on our own server.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const PREFIX = 'spring.cloud.stream'

function start(service: new () => object, bindings: Record<string, string>): Promise<Application> {
  return StreamApplication.run(service, {
    args: [],
    variables: {},
    signals: false,
    logger: collectingLogger().logger,
    properties: {
      [`${PREFIX}.rocketmq.binder.name-server`]: cluster.nameServer,
      ...Object.fromEntries(Object.entries(bindings).map(([key, value]) => [`${PREFIX}.${key}`, value])),
    },
  })
}

class Channels {
  @Output('out') out!: () => MessageChannel
  @Input('in') in!: () => SubscribableChannel
  @Output('answers') answers!: () => MessageChannel
  @Input('answered') answered!: () => SubscribableChannel
}

test('tags, keys and own headers arrive, and the answer goes on to another topic with them', async () => {
  const seen: unknown[] = []
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in', { condition: "headers['ROCKET_TAGS'] == 'vip'" })
    @SendTo('answers')
    answer(
      @Payload() order: { id: number },
      @Header('ROCKET_KEYS') keys: string,
      @Header('shop') shop: string,
    ): object {
      return { id: order.id + 1, keys, shop }
    }

    @StreamListener('answered')
    onAnswer(@Payload() answer: object, @Header('shop') shop: string): void {
      seen.push({ answer, shop })
    }
  }
  const [orders, answers] = [freshName('Orders'), freshName('Answers')]
  const app = await start(Service, {
    'bindings.out.destination': orders,
    'bindings.in.destination': orders,
    'bindings.in.group': freshName('G'),
    'bindings.answers.destination': answers,
    'bindings.answered.destination': answers,
    'bindings.answered.group': freshName('G'),
  })
  const order = MessageBuilder.withPayload({ id: 7 }).setHeader('KEYS', 'a b').setHeader('shop', 'north')
  await app.channel('out').send(order.setHeader('TAGS', 'usual').build())
  const receipt = await app.channel('out').send(order.setHeader('TAGS', 'vip').build())
  expect(receipt).toMatchObject({ destination: orders, messageId: expect.stringMatching(/^[0-9A-F]{32}$/) })
  await expect
    .poll(() => seen, { timeout: 10_000 })
    .toEqual([{ answer: { id: 8, keys: 'a b', shop: 'north' }, shop: 'north' }])
  await app.close()
})

test('a delayed message comes when its time has come, and not before', async () => {
  const arrivals: number[] = []
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onMessage(): void {
      arrivals.push(performance.now())
    }
  }
  const topic = freshName('Delayed')
  const app = await start(Service, {
    'bindings.out.destination': topic,
    'bindings.in.destination': topic,
    'bindings.in.group': freshName('G'),
  })
  const sentMs = performance.now()
  await app.channel('out').send(MessageBuilder.withPayload('later').setHeader('DELAY', 1).build())
  await expect.poll(() => arrivals.length, { timeout: 10_000 }).toBe(1)
  // The broker's clock counts whole milliseconds.
  expect((arrivals[0] ?? 0) - sentMs).toBeGreaterThanOrEqual(999)
  await app.close()
})

test('what a listener rejects for good goes to the dead letters at once, without a retry', async () => {
  let calls = 0
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onMessage(text: string): void {
      calls++
      throw rejectToDeadLetters(`never ${text}`)
    }
  }
  const [topic, group] = [freshName('Hopeless'), freshName('G')]
  const app = await start(Service, {
    'bindings.out.destination': topic,
    'bindings.in.destination': topic,
    'bindings.in.group': group,
  })
  await app.channel('out').send(MessageBuilder.withPayload('mind').build())
  const client = await testClient(cluster)
  const dead: string[] = []
  await client.pushConsumer({
    group: freshName('D'),
    subscriptions: [{ topic: `%DLQ%${group}` }],
    from: 'first',
    listener: (message) => void dead.push(message.body.toString()),
  })
  await expect.poll(() => dead, { timeout: 15_000 }).toEqual(['mind'])
  expect(calls).toBe(1)
  await app.close()
})

test('bindings of one group share a consumer, so that no topic is left unread', async () => {
  const seen: string[] = []
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onIn(text: string): void {
      seen.push(`in ${text}`)
    }

    @StreamListener('answered')
    onAnswered(text: string): void {
      seen.push(`answered ${text}`)
    }
  }
  const [first, second, group] = [freshName('A'), freshName('B'), freshName('G')]
  const app = await start(Service, {
    'bindings.out.destination': first,
    'bindings.in.destination': first,
    'bindings.in.group': group,
    'bindings.answers.destination': second,
    'bindings.answered.destination': second,
    'bindings.answered.group': group,
  })
  const texts = Array.from({ length: 8 }, (_, n) => `${n}`)
  for (const text of texts) {
    await app.channel('out').send(MessageBuilder.withPayload(text).build())
    await app.channel('answers').send(MessageBuilder.withPayload(text).build())
  }
  const expected = texts.flatMap((text) => [`in ${text}`, `answered ${text}`])
  await expect.poll(() => seen.toSorted(), { timeout: 15_000 }).toEqual(expected.toSorted())
  await app.close()
})

test('two bindings of one group on one topic are refused, naming both', async () => {
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onIn(): void {}
  }
  const [topic, group] = [freshName('Same'), freshName('G')]
  const starting = start(Service, {
    'bindings.in.destination': topic,
    'bindings.in.group': group,
    'bindings.answered.destination': topic,
    'bindings.answered.group': group,
  })
  await expect(starting).rejects.toMatchObject({ message: expect.stringMatching(/"in" and "answered" both consume/) })
})
