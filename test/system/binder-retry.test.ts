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
  requeueLater,
  ServiceActivator,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
} from '../../src/index.ts'
import type { ReceivedMessage } from '../../src/message/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// Failing listeners with the RocketMQ binder on our own server, whose delay levels are short.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ messageDelayLevel: '1s 1s 1s 1s' })
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

class Channels {
  @Output('out') readonly out!: () => MessageChannel
  @Input('in') readonly in!: () => SubscribableChannel
}

const PREFIX = 'spring.cloud.stream'

async function start(
  service: new () => object,
  where: { readonly topic: string; readonly group: string },
  keys: Readonly<Record<string, string | number>> = {},
): Promise<{ app: Application; lines: readonly string[] }> {
  const properties = {
    'rocketmq.binder.name-server': cluster.nameServer,
    'bindings.out.destination': where.topic,
    'bindings.in.destination': where.topic,
    'bindings.in.group': where.group,
    'bindings.in.consumer.back-off-initial-interval': 1,
    'rocketmq.default.consumer.consume-from-where': 'CONSUME_FROM_FIRST_OFFSET',
    ...keys,
  }
  const { logger, lines } = collectingLogger()
  const app = await StreamApplication.run(service, {
    ...{ args: [], variables: {}, signals: false, logger, directory: '/nonexistent' },
    properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${PREFIX}.${key}`, value])),
  })
  return { app, lines }
}

const fresh = () => ({ topic: freshName('T'), group: freshName('G') })
const hello = MessageBuilder.withPayload('hello').setHeader('TAGS', 't').build()

test('tries in the process times deliveries by the broker, then a dead letter that tells its origin', async () => {
  const seen: number[] = []
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onMessage(@Payload() _text: string, @Header('ROCKET_RECONSUME_TIMES') times: number): void {
      seen.push(times)
      throw new Error('never')
    }
  }
  const where = fresh()
  const { app } = await start(Service, where, { 'rocketmq.bindings.in.consumer.push.max-reconsume-times': 1 })
  const client = await testClient(cluster)
  const letters: ReceivedMessage[] = []
  await client.pushConsumer({
    group: freshName('U'),
    subscriptions: [{ topic: `%DLQ%${where.group}` }],
    from: 'first',
    listener: (message) => void letters.push(message),
  })
  const { messageId, details } = await app.channel('out').send(hello)
  await until('the dead letter', () => letters.length === 1)
  expect(seen).toEqual([0, 0, 0, 1, 1, 1])
  expect(letters[0]).toMatchObject({ messageId, tag: 't', reconsumeTimes: 2 })
  expect(letters[0]?.properties).toMatchObject({
    RETRY_TOPIC: where.topic,
    ORIGIN_MESSAGE_ID: details['offsetMessageId'],
    DELAY: '0',
  })
  await app.close()
})

class TwoInputs extends Channels {
  @Input('in2') readonly in2!: () => SubscribableChannel
  @Output('out2') readonly out2!: () => MessageChannel
}

test.concurrent('bindings of one group keep their own delay level, and differing limits are said', async () => {
  const seen: string[] = []
  @EnableBinding(TwoInputs)
  class Service {
    @StreamListener('in')
    onFirst(@Payload() _text: string, @Header('ROCKET_RECONSUME_TIMES') times: number): void {
      seen.push(`in ${times}`)
      throw new Error('to the dead letters at once')
    }

    @StreamListener('in2')
    onSecond(@Payload() _text: string, @Header('ROCKET_RECONSUME_TIMES') times: number): void {
      seen.push(`in2 ${times}`)
      if (times === 0) throw new Error('again')
    }
  }
  const where = fresh()
  const second = freshName('T2')
  const own = 'rocketmq.bindings.in.consumer.push'
  const { app, lines } = await start(Service, where, {
    'bindings.out2.destination': second,
    'bindings.in2.destination': second,
    'bindings.in2.group': where.group,
    'default.consumer.max-attempts': 1,
    [`${own}.delay-level-when-next-consume`]: -1,
    [`${own}.max-reconsume-times`]: 3,
  })
  await app.channel('out').send(hello)
  await app.channel('out2').send(hello)
  await until('the second delivery', () => seen.includes('in2 1'))
  expect(seen.toSorted()).toEqual(['in 0', 'in2 0', 'in2 1'])
  const warning = `warn group "${where.group}" gives up after 3 redeliveries, also messages of binding "in2"`
  expect(lines).toContainEqual(expect.stringContaining(warning))
  await app.close()
})

test.concurrent('closing while a message waits for its next try gives it back; another instance gets it', async () => {
  const tried: string[] = []
  const service = (name: string, fails: boolean) => {
    @EnableBinding(Channels)
    class Service {
      @StreamListener('in')
      onMessage(@Payload() _text: string, @Header('ROCKET_RECONSUME_TIMES') times: number): void {
        tried.push(`${name} ${times}`)
        if (fails) throw new Error('not now')
      }
    }
    return Service
  }
  const where = fresh()
  const patient = {
    'bindings.in.consumer.back-off-initial-interval': '60s',
    'bindings.in.consumer.back-off-max-interval': '60s',
  }
  const { app: first } = await start(service('first', true), where, patient)
  await first.channel('out').send(hello)
  await until('the first try', () => tried.length === 1)
  await first.close()
  const { app: second } = await start(service('second', false), where)
  await until('the message again', () => tried.length === 2)
  expect(tried).toEqual(['first 0', 'second 1'])
  await second.close()
})

test.concurrent('what an error handler took does not come again, and a wish for later is kept', async () => {
  const seen: string[] = []
  const where = fresh()
  @EnableBinding(Channels)
  class Service {
    @StreamListener('in')
    onMessage(@Payload() text: string, @Header('ROCKET_RECONSUME_TIMES') times: number): void {
      seen.push(`${text} ${times}`)
      if (text === 'taken') throw new Error('no')
      if (times === 0) throw requeueLater(1)
    }

    @ServiceActivator(`${where.topic}.${where.group}.errors`)
    onFailure(): void {
      seen.push('told')
    }
  }
  const { app } = await start(Service, where)
  await app.channel('out').send(MessageBuilder.withPayload('taken').build())
  await until('the failure told', () => seen.includes('told'))
  await app.channel('out').send(MessageBuilder.withPayload('later').build())
  // Both would come after the same second.
  await until('the wish kept', () => seen.includes('later 1'))
  expect(seen).toEqual(['taken 0', 'taken 0', 'taken 0', 'told', 'later 0', 'told', 'later 1'])
  await app.close()
})
