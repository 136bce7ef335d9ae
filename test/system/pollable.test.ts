import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  type Application,
  EnableBinding,
  Input,
  MessageBuilder,
  type MessageChannel,
  Output,
  PollableMessageSource,
  type RunOptions,
  rejectToDeadLetters,
  requeueLater,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
  TestBinder,
} from '../../src/index.ts'
import { type Cluster, freshName, startCluster, testClient } from '../kit/cluster.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster?.[Symbol.asyncDispose]())

const PREFIX = 'spring.cloud.stream'

class Channels {
  @Output('orders') orders!: () => MessageChannel
  @Input('polled', PollableMessageSource) polled!: () => PollableMessageSource
}

@EnableBinding(Channels)
class Service {
  @Input('polled', PollableMessageSource) readonly source!: PollableMessageSource
}

async function start(service: new () => object, options: RunOptions): Promise<Application> {
  const { logger } = collectingLogger()
  const app = await StreamApplication.run(service, { args: [], variables: {}, signals: false, logger, ...options })
  onTestFinished(() => app.close())
  return app
}

interface Running {
  readonly app: Application
  readonly source: PollableMessageSource
  readonly group: string
  send(...payloads: unknown[]): Promise<void>
}

/** The service on our own server; keys are those below `spring.cloud.stream.`. */
async function onRocketmq(keys: Record<string, string> = {}, options: RunOptions = {}): Promise<Running> {
  const [topic, group] = [freshName('Orders'), freshName('G')]
  const all = {
    'rocketmq.binder.name-server': cluster.nameServer,
    'bindings.orders.destination': topic,
    'bindings.polled.destination': topic,
    'bindings.polled.group': group,
    'bindings.polled.consumer.max-attempts': '1',
    'rocketmq.bindings.polled.consumer.consumeFromWhere': 'CONSUME_FROM_FIRST_OFFSET',
    'rocketmq.bindings.polled.consumer.pull.pollTimeoutMillis': '3000',
    ...keys,
  }
  const properties = Object.fromEntries(Object.entries(all).map(([key, value]) => [`${PREFIX}.${key}`, value]))
  const app = await start(Service, { properties, ...options })
  const send = async (...payloads: unknown[]): Promise<void> => {
    for (const payload of payloads) await app.channel('orders').send(MessageBuilder.withPayload(payload).build())
  }
  return { app, source: app.get(Service).source, group, send }
}

/** Polls once; what the handler got, or `undefined`. */
async function pollOne(source: PollableMessageSource): Promise<unknown> {
  let got: unknown
  await source.poll(({ payload }) => {
    got = payload
  })
  return got
}

test('poll hands one message over, converted, and says whether there was one', async () => {
  const { app, source, send } = await onRocketmq({
    'rocketmq.bindings.polled.consumer.pull.pollTimeoutMillis': '300',
    'rocketmq.bindings.polled.consumer.subscription': '*',
  })
  class Order {
    id = 0
    get next(): number {
      return this.id + 1
    }
  }
  await send({ id: 7 })
  const seen: unknown[] = []
  await until('a message', () =>
    source.poll<Order>(({ payload, headers }) => seen.push(payload.next, typeof headers['ROCKET_MQ_TOPIC']), Order),
  )
  expect(seen).toEqual([8, 'string'])
  expect(await source.poll(() => seen.push('no'))).toBe(false)
  expect(app.source('polled')).toBe(source)
})

test('a message whose handler failed comes again, and is tried as often as the binding says', async () => {
  const { source, send } = await onRocketmq({
    'bindings.polled.consumer.max-attempts': '2',
    'bindings.polled.consumer.back-off-initial-interval': '1',
  })
  await send('"a"')
  let tries = 0
  const failing = (): never => {
    tries++
    throw new Error('no')
  }
  expect(await source.poll(failing)).toBe(true)
  expect(tries).toBe(2)
  expect(await pollOne(source)).toBe('"a"')
})

test('what a handler rejects goes to the dead letters, and what it requeues comes again', async () => {
  const { source, send, group } = await onRocketmq()
  await send('one')
  await source.poll(() => Promise.reject(requeueLater(1)))
  expect(await pollOne(source)).toBe('one')
  await send('two')
  await source.poll(() => Promise.reject(rejectToDeadLetters('no such customer')))
  const client = await testClient(cluster)
  const reader = await client.pullConsumer({ group: freshName('R') })
  const [dead] = await reader.queuesOf(`%DLQ%${group}`)
  expect(dead).toBeDefined()
  if (dead !== undefined)
    expect((await reader.pull(dead, '*', 0)).messages.map(({ body }) => body.toString())).toEqual(['two'])
})

test('a program can acknowledge by hand and later; an unfinished message is there again after a restart', async () => {
  const topic = freshName('Manual')
  const keys = { 'bindings.orders.destination': topic, 'bindings.polled.destination': topic }
  const group = { 'bindings.polled.group': freshName('G') }
  const { app, source, send } = await onRocketmq({ ...keys, ...group })
  await send('one', 'two')
  const late: (() => Promise<void>)[] = []
  const seen: unknown[] = []
  for (let at = 0; at < 2; at++) {
    await source.poll(({ payload }, acknowledgement) => {
      acknowledgement.noAutoAck()
      seen.push(payload)
      late.push(() => acknowledgement.acknowledge())
    })
  }
  expect(seen.sort()).toEqual(['one', 'two'])
  await late[0]?.()
  await expect(late[0]?.()).rejects.toMatchObject({ code: 'RMQ_ACKNOWLEDGED_TWICE' })
  await app.close()
  const again = await onRocketmq({ ...keys, ...group })
  expect(['one', 'two']).toContain(await pollOne(again.source))
})

test('pull.errAcknowledge decides about messages whose handler failed', async () => {
  const key = { 'rocketmq.bindings.polled.consumer.pull.errAcknowledge': 'policy' }
  const asked: unknown[] = []
  const policy = (message: { payload: Buffer }): string => {
    asked.push(message.payload.toString())
    return 'ACCEPT'
  }
  const { source, send } = await onRocketmq(
    { ...key, 'rocketmq.bindings.polled.consumer.pull.pollTimeoutMillis': '500' },
    { components: { policy } },
  )
  await send('one')
  await until('the message', () => source.poll(() => Promise.reject(new Error('no'))))
  expect(asked).toEqual(['one'])
  expect(await source.poll(() => undefined)).toBe(false)
  const wrong = onRocketmq(key, { components: { policy: 'ACCEPT' } })
  await expect(wrong).rejects.toThrow('pull.errAcknowledge gave no function but string')
})

test('the old binder’s pullTimeout, fromStore and delayLevelWhenNextConsume=-1 mean what they did', async () => {
  const prefix = 'rocketmq.bindings.polled.consumer'
  const { source, send, group } = await onRocketmq({
    [`${prefix}.pullTimeout`]: '400',
    [`${prefix}.fromStore`]: 'true',
    [`${prefix}.delayLevelWhenNextConsume`]: '-1',
  })
  await send('one')
  await until('the message', () => source.poll(() => Promise.reject(new Error('no'))))
  const client = await testClient(cluster)
  await until('a dead letter', async () => (await client.queuesOf(`%DLQ%${group}`)).length === 1)
})

test('a stopped or paused binding hands out nothing, and goes on afterwards', async () => {
  const { app, source, send } = await onRocketmq()
  const binding = app.bindings.find(({ name }) => name === 'polled')
  await send('one')
  await binding?.pause()
  expect(await source.poll(() => undefined)).toBe(false)
  await binding?.resume()
  expect(binding?.state).toBe('running')
  await binding?.stop()
  await expect(source.poll(() => undefined)).rejects.toMatchObject({ code: 'RMQ_SOURCE_CLOSED' })
  await binding?.start()
  expect(await pollOne(source)).toBe('one')
})

test('the test binder keeps messages until they are polled', async () => {
  const binder = new TestBinder()
  const properties = { [`${PREFIX}.bindings.polled.consumer.max-attempts`]: '1' }
  const app = await start(Service, { binder, properties })
  const source = app.source('polled')
  expect(await source.poll(() => undefined)).toBe(false)
  await binder.input.send({ id: 1 }, 'polled')
  await source.poll(() => Promise.reject(new Error('no')))
  const got: unknown[] = []
  await source.poll(({ payload }) => got.push(payload))
  expect(got).toEqual([{ id: 1 }])
  await binder.input.send({ id: 2 }, 'polled')
  await source.poll(() => Promise.reject(rejectToDeadLetters('no')))
  expect(binder.refused).toHaveLength(1)
})

test('a polled input has no listeners, and is polled wherever it is declared', async () => {
  const binder = new TestBinder()
  @EnableBinding(Channels)
  class Listening {
    @StreamListener('polled')
    on(): void {
      // Never called.
    }
  }
  await expect(start(Listening, { binder })).rejects.toMatchObject({ code: 'RMQ_BINDING_POLLED' })
  class Pushed {
    @Input('polled') polled!: () => SubscribableChannel
  }
  @EnableBinding(Channels, Pushed)
  class Both {}
  await expect(start(Both, { binder })).rejects.toMatchObject({ code: 'RMQ_BINDING_POLLED' })
  const app = await start(Service, { binder })
  expect(() => app.input('polled')).toThrow(expect.objectContaining({ code: 'RMQ_BINDING_POLLED' }))
  expect(() => app.source('none')).toThrow(expect.objectContaining({ code: 'RMQ_BINDING_UNKNOWN' }))
})
