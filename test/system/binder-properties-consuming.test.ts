import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  type Application,
  EnableBinding,
  Input,
  MessageBuilder,
  PollableMessageSource,
  Processor,
  Sink,
  Source,
  StreamApplication,
  StreamListener,
} from '../../src/index.ts'
import {
  GetRoute,
  RESPONSE_CODE,
  type RequestOf,
  type Route,
  route,
  routeBody,
  SendMessageV2,
} from '../../src/remoting/index.ts'
import { type Cluster, freshName, startCluster } from '../kit/cluster.ts'
import { type HeldPull, type ScriptedGroup, scriptedGroup } from '../kit/scripted-group.ts'
import { routeAt, startScripted, startScriptedBroker } from '../kit/scripted-servers.ts'
import { storedRecord } from '../kit/stored-record.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// The effect of the properties of inputs and of the binder, as a broker and a name server see it.

type Keys = Readonly<Record<string, string | number>>
type Service = new () => object

const PREFIX = 'spring.cloud.stream'
const CONSUMER = 'rocketmq.bindings.input.consumer'

function owned<Resource extends AsyncDisposable>(resource: Resource): Resource {
  onTestFinished(() => resource[Symbol.asyncDispose]())
  return resource
}

async function start(service: Service, keys: Keys): Promise<Application> {
  const properties = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${PREFIX}.${key}`, value]))
  const { logger } = collectingLogger()
  const quiet = { logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  return owned(await StreamApplication.run(service, { ...quiet, properties }))
}

interface Scripted {
  readonly app: Application
  readonly group: ScriptedGroup
  /** How often the route was asked for. */
  readonly routes: () => number
  /** The next pull of the topic's only queue. */
  pull(): Promise<HeldPull>
}

/** A service at servers that only do what a test says; the topic has one queue. */
async function scripted(service: Service, keys: Keys, ...more: Route[]): Promise<Scripted> {
  const group = scriptedGroup()
  const broker = owned(await startScriptedBroker(...group.routes, ...more))
  let asked = 0
  const namesrv = owned(
    await startScripted(
      route(GetRoute, ({ topic }) => {
        if (topic !== 'T') return { code: RESPONSE_CODE.TOPIC_NOT_EXIST, remark: `no ${topic}` }
        asked++
        return { body: routeBody.encode(routeAt({ a: broker.address }, 1)) }
      }),
    ),
  )
  const app = await start(service, {
    'rocketmq.binder.name-server': namesrv.address,
    'bindings.input.destination': 'T',
    'bindings.output.destination': 'T',
    'bindings.input.group': 'G',
    ...keys,
  })
  return {
    app,
    group,
    routes: () => asked,
    async pull() {
      await until('a pull', () => group.pulls.length > 0)
      return group.pulls.shift() as HeldPull
    },
  }
}

/** Answers a pull with messages at these offsets. */
function give(pull: HeldPull, offsets: readonly number[], bodyBytes = 1): void {
  const next = (offsets.at(-1) ?? 0) + 1
  pull.reply({
    header: { suggestWhichBrokerId: 0, minOffset: 0, maxOffset: next, nextBeginOffset: next },
    body: Buffer.concat(
      offsets.map((queueOffset) => storedRecord({ topic: 'T', body: 'x'.repeat(bodyBytes), queueOffset })),
    ),
  })
}

/** A service whose listener takes as long as the test wants. */
function slowly(): { readonly service: Service; release(): void } {
  const waiting: (() => void)[] = []
  let free = false
  @EnableBinding(Sink)
  class Slow {
    @StreamListener('input')
    onMessage(): Promise<void> {
      return new Promise((resolve) => (free ? resolve() : waiting.push(resolve)))
    }
  }
  const release = (): void => {
    free = true
    for (const resolve of waiting.splice(0)) resolve()
  }
  onTestFinished(release)
  return { service: Slow, release }
}

test.each(['pullBatchSize', 'pull-batch-size'])('%s says how many messages are asked for at once', async (key) => {
  const { pull } = await scripted(slowly().service, { [`${CONSUMER}.${key}`]: 7 })
  expect((await pull()).request.maxMsgNums).toBe(7)
})

test.each([
  ['pull-threshold-for-queue', 1, [0, 1], 1],
  ['pull-threshold-size-for-queue', 1, [0], 1024 * 1024 + 1],
  ['consume-max-span', 3, [0, 5], 1],
] as const)('at %s=%i nothing more is pulled until the listener has caught up', async (key, limit, offsets, bytes) => {
  for (const limited of [true, false]) {
    const { service, release } = slowly()
    const { group, pull } = await scripted(service, {
      'rocketmq.binder.heartbeat-broker-interval': '10ms',
      ...(limited ? { [`${CONSUMER}.${key}`]: limit } : {}),
    })
    give(await pull(), offsets, bytes)
    // A pull that the limit allows is there after some other requests.
    const beats = group.heartbeats
    await until('ten heartbeats', () => group.heartbeats >= beats + 10)
    expect(group.pulls).toHaveLength(limited ? 0 : 1)
    release()
    await until('the next pull', () => group.pulls.length === 1)
  }
})

@EnableBinding()
class Polling {
  @Input('input', PollableMessageSource) readonly input!: PollableMessageSource
}

@EnableBinding(Polling)
class PollingService {}

test('pull.pull-threshold-for-all limits what a polled input holds', async () => {
  const { app, group, pull } = await scripted(PollingService, {
    'rocketmq.binder.heartbeat-broker-interval': '10ms',
    [`${CONSUMER}.pull.pull-threshold-for-all`]: 1,
  })
  give(await pull(), [0, 1])
  const beats = group.heartbeats
  await until('ten heartbeats', () => group.heartbeats >= beats + 10)
  expect(group.pulls).toHaveLength(0)
  for (let n = 0; n < 2; n++) expect(await app.source('input').poll(() => undefined)).toBe(true)
  await until('the next pull', () => group.pulls.length === 1)
})

test('poll-name-server-interval says how often routes are asked for', async () => {
  const { routes } = await scripted(slowly().service, { 'rocketmq.binder.poll-name-server-interval': '10ms' })
  const asked = routes()
  await until('five more times', () => routes() >= asked + 5, 5_000)
})

test('persist-consumer-offset-interval says how often progress is recorded', async () => {
  const { service, release } = slowly()
  release()
  const { group, pull } = await scripted(service, { 'rocketmq.binder.persist-consumer-offset-interval': '10ms' })
  give(await pull(), [0, 1])
  await until('the record', () => group.recorded.get('T@0') === 2, 2_500)
})

test('binder.group is the producer group of outputs that have none', async () => {
  @EnableBinding(Source)
  class Sending {}
  const seen: RequestOf<typeof SendMessageV2>[] = []
  const take = route(SendMessageV2, (request) => {
    seen.push(request)
    return { header: { msgId: 'M', queueId: 0, queueOffset: 7 } }
  })
  const { app } = await scripted(Sending, { 'rocketmq.binder.group': 'mq_rmqdemo' }, take)
  await app.channel('output').send(MessageBuilder.withPayload('x').build())
  expect(seen.map(({ producerGroup }) => producerGroup)).toEqual(['mq_rmqdemo'])
})

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

test.each([
  'push.suspend-current-queue-time-millis',
  'push.suspendCurrentQueueTimeMillis',
  'suspendCurrentQueueTimeMillis',
])('a message in order that failed comes again after %s', async (key) => {
  const tries: number[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onMessage(): void {
      tries.push(performance.now())
      if (tries.length <= 6) throw new Error('not yet')
    }
  }
  const topic = freshName('T')
  const app = await start(Service, {
    'rocketmq.binder.name-server': cluster.nameServer,
    'bindings.output.destination': topic,
    'bindings.input.destination': topic,
    'bindings.input.group': freshName('G'),
    'bindings.input.consumer.max-attempts': 1,
    [`${CONSUMER}.push.orderly`]: 'true',
    [`${CONSUMER}.${key}`]: 50,
  })
  await app.channel('output').send(MessageBuilder.withPayload('x').build())
  // With the second that is the default it would take six.
  await until('seven tries', () => tries.length === 7, 5_000)
  expect((tries[6] ?? 0) - (tries[0] ?? 0)).toBeGreaterThanOrEqual(6 * 49)
})

test('embedded.enabled=false: without a name server the start fails, and says what to set', async () => {
  const starting = start(slowly().service, {
    'rocketmq.binder.embedded.enabled': 'false',
    'rocketmq.binder.embedded.port': 1,
  })
  await expect(starting).rejects.toThrow('none answers on 127.0.0.1:1, and')
})

test('push.pull-interval lets time pass after a pull that found messages', async () => {
  const { service, release } = slowly()
  release()
  const { pull } = await scripted(service, { [`${CONSUMER}.push.pull-interval`]: '80ms' })
  give(await pull(), [0])
  const givenMs = performance.now()
  await pull()
  expect(performance.now() - givenMs).toBeGreaterThanOrEqual(75)
})

test('pull-time-delay-mills-when-exception bounds the pauses after failed pulls', async () => {
  const { service } = slowly()
  const { pull } = await scripted(service, { [`${CONSUMER}.pull-time-delay-mills-when-exception`]: 10 })
  // With pauses up to a second this would take longer than a test may.
  for (let failures = 0; failures < 12; failures++) {
    const failing = await pull()
    failing.reply({ code: RESPONSE_CODE.SYSTEM_ERROR, remark: 'no' })
  }
})
