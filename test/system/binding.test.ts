// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configuration look like templates.
import { afterEach, expect, test } from 'vitest'
import { deferred } from '../../src/base/async/index.ts'
import { booleanText, defineConfig, plainText, setting } from '../../src/base/config/index.ts'
import {
  type Application,
  type BinderType,
  EnableBinding,
  Input,
  inject,
  MessageBuilder,
  type MessageChannel,
  Output,
  Processor,
  preDestroy,
  type RunOptions,
  registerBinder,
  rejectToDeadLetters,
  Sink,
  Source,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
  TestBinder,
  Value,
} from '../../src/index.ts'
import { collectingLogger } from './collecting-logger.ts'

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

type Service = new (...args: never) => object

async function run(
  services: readonly Service[],
  options: RunOptions = {},
): Promise<{ app: Application; binder: TestBinder; log: string[] }> {
  const binder = new TestBinder()
  const { logger, lines } = collectingLogger()
  const quiet = { binder, logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  const app = await StreamApplication.run(...services, { ...quiet, ...options })
  opened.push(app)
  return { app, binder, log: lines }
}

@EnableBinding(Processor)
class Echo {
  readonly got: unknown[] = []
  @StreamListener('input')
  handle(text: string): void {
    this.got.push(text)
  }
}

test('bindings are logged with their resolved policy, outputs first', async () => {
  const { log } = await run([Echo], {
    properties: {
      'spring.cloud.stream.bindings.input.destination': 'orders',
      'spring.cloud.stream.bindings.input.group': 'billing',
      'spring.cloud.stream.bindings.input.consumer.concurrency': 4,
      'spring.cloud.stream.default.consumer.max-attempts': 2,
      'spring.application.name': 'demo',
    },
  })
  expect(log).toEqual([
    'info output output → output (test: kept in memory)',
    'info input input ← orders, group billing, 4 at a time: 2 in-process × 1 delivery, then kept in memory',
    'info demo runs with 1 outputs and 1 inputs',
  ])
})

test('a service gets contracts, channels and configured values', async () => {
  @EnableBinding(Source, Sink)
  class Service {
    @Value('${server.port}', Number) readonly port!: number
    @Output('output') readonly direct!: MessageChannel
    readonly source: Source
    readonly title: string
    readonly input: SubscribableChannel
    constructor(
      @inject(Source) source: Source,
      @Value('${title:none}') title: string,
      @Input('input') input: SubscribableChannel,
    ) {
      this.source = source
      this.title = title
      this.input = input
    }
  }
  const { app, binder } = await run([Service], { properties: { 'server.port': '9500' } })
  const service = app.get(Service)
  expect([service.port, service.title, service.input.name]).toEqual([9500, 'none', 'input'])
  expect(service.direct).toBe(service.source.output())
  expect(app.get(Source).output()).toBe(app.channel('output'))
  const receipt = await service.direct.send(MessageBuilder.withPayload('hi').setHeader('TAGS', 't').build())
  expect(receipt).toMatchObject({ destination: 'output', messageId: expect.any(String) })
  expect((await binder.output.receive())?.headers).toMatchObject({
    TAGS: 't',
    contentType: 'application/json',
    id: expect.any(String),
    timestamp: expect.any(Number),
  })
})

test('a value that is missing or not of its type stops the start', async () => {
  class Missing {
    @Value('${nowhere}') readonly value!: string
  }
  class Wrong {
    @Value('${a}', Number) readonly value!: number
  }
  await expect(run([Missing])).rejects.toThrow('@Value of Missing: ${nowhere} has no value.')
  await expect(run([Wrong], { properties: { a: 'b' } })).rejects.toThrow(
    '@Value of Wrong: ${a} is "b", which is not a number.',
  )
})

test('subscribers compete in turn, observers see everything, and unheard messages are given back', async () => {
  class Bare {}
  EnableBinding(Sink)(Bare)
  const { app, binder, log } = await run([Bare])
  expect(log).toContain('warn input input has no listener; its messages are given back until it has one')
  await binder.input.send('lost')
  expect(binder.lastError).toMatchObject({ code: 'RMQ_CHANNEL_UNHEARD' })
  const got: string[] = []
  app
    .input('input')
    .asObservable()
    .subscribe(({ payload }) => got.push(`seen ${payload}`))
  const first = app.input('input').subscribe(({ payload }) => got.push(`first ${payload}`))
  app.input('input').subscribe(({ payload }) => got.push(`second ${payload}`))
  await binder.input.send('a')
  await binder.input.send('b')
  first.unsubscribe()
  await binder.input.send('c')
  expect(got).toEqual(['seen a', 'second a', 'seen b', 'first b', 'seen c', 'second c'])
})

test('a binding can be paused, stopped and started again', async () => {
  const { app, binder } = await run([Echo])
  const binding = app.bindings.find(({ name }) => name === 'input')
  await binding?.pause()
  await expect(binder.input.send('x')).rejects.toMatchObject({ code: 'RMQ_TEST_DESTINATION' })
  await binding?.resume()
  await binder.input.send('y')
  await binding?.stop()
  expect(binding?.state).toBe('stopped')
  await binding?.start()
  await binder.input.send('z')
  expect(app.get(Echo).got).toEqual(['y', 'z'])
})

test('auto-startup=false binds without starting; sending there says so', async () => {
  const { app } = await run([Echo], {
    properties: { 'spring.cloud.stream.bindings.output.producer.auto-startup': false },
  })
  expect(app.bindings.map(({ name, state }) => `${name} ${state}`)).toEqual(['output stopped', 'input running'])
  await expect(app.channel('output').send(MessageBuilder.withPayload('x').build())).rejects.toThrow(
    'Channel "output" cannot send: it is stopped.',
  )
})

test('closing waits for what is under way, lets services go, and then refuses sends', async () => {
  const order: string[] = []
  const hold = deferred()
  @EnableBinding(Processor)
  class Slow {
    readonly processor: Processor
    constructor(@inject(Processor) processor: Processor) {
      this.processor = processor
    }
    @StreamListener('input')
    async handle(): Promise<void> {
      await hold.promise
      await this.processor.output().send(MessageBuilder.withPayload('late').build())
      order.push('handled')
    }
    @preDestroy()
    release(): void {
      order.push('released')
    }
  }
  const { app, binder } = await run([Slow])
  const output = app.channel('output')
  const delivered = binder.input.send('x')
  const closed = app.close().then(() => order.push('closed'))
  hold.resolve()
  await Promise.all([delivered, closed])
  expect(order).toEqual(['handled', 'released', 'closed'])
  expect((await binder.output.receive())?.payload.toString()).toBe('late')
  await expect(output.send(MessageBuilder.withPayload('x').build())).rejects.toMatchObject({
    code: 'RMQ_CHANNEL_CLOSED',
  })
  expect(app.close()).toBe(app.close())
})

test('one name as input and as output is refused, with both places', async () => {
  abstract class Strange {
    @Output('input') readonly weird!: () => MessageChannel
  }
  class Service {}
  EnableBinding(Sink, Strange)(Service)
  await expect(run([Service])).rejects.toThrow('"input" is an input in Sink.input and an output in Strange.weird.')
})

test('a contract member without decorator is found at start', async () => {
  abstract class Forgetful extends Source {
    readonly output3!: () => MessageChannel
  }
  class Service {}
  EnableBinding(Forgetful)(Service)
  await expect(run([Service])).rejects.toThrow(
    "Forgetful.output3 is not bound. Put @Input('output3') or @Output('output3') before it.",
  )
})

test('unknown keys are warned of, and refused in strict mode', async () => {
  const properties = { 'spring.cloud.stream.bindings.input.consumer.max-atempts': 5 }
  const { log } = await run([Echo], { properties })
  expect(log.filter((line) => line.startsWith('warn'))).toEqual([
    'warn options.properties: unknown key "spring.cloud.stream.bindings.input.consumer.max-atempts" is ignored; did you mean "spring.cloud.stream.bindings.input.consumer.max-attempts"?',
  ])
  const strict = run([Echo], { properties: { ...properties, 'spring.cloud.stream.strict': true } })
  await expect(strict).rejects.toMatchObject({ code: 'RMQ_CONFIG_UNKNOWN_KEYS' })
})

test('a binder gets its own values: binding over default over common, old keys honoured and named', async () => {
  const inner = new TestBinder()
  const seen: object[] = []
  const type: BinderType = {
    name: 'mq',
    tables: {
      binder: defineConfig({
        group: setting(plainText, '', 'Group.'),
        server: setting(plainText, 'local', 'Address.'),
      }),
      consumer: defineConfig({
        'push.orderly': setting(booleanText, false, 'Order.'),
        group: setting(plainText, '', 'Group.'),
        tags: setting(plainText, '*', 'Tags.'),
      }),
      producer: defineConfig({}),
      oldConsumerKeys: { orderly: { key: 'push.orderly' } },
    },
    async open(context) {
      seen.push(context.config)
      expect(() => context.component('none', 'key')).toThrow('key=none names nothing.')
      expect(context.component('mine', 'key')).toBe(5)
      const binder = await inner.open()
      return {
        ...binder,
        bindConsumer: (request) => {
          seen.push(request.config)
          return binder.bindConsumer(request)
        },
      }
    },
  }
  const { log } = await run([Echo], {
    binder: type,
    components: { mine: 5 },
    properties: {
      'spring.cloud.stream.mq.binder.group': 'g',
      'spring.cloud.stream.mq.default.consumer.tags': 'd',
      'spring.cloud.stream.mq.bindings.input.consumer.orderly': true,
    },
  })
  expect(seen).toEqual([
    { group: 'g', server: 'local' },
    { 'push.orderly': true, group: 'g', tags: 'd' },
  ])
  expect(log).toContain(
    'info options.properties: spring.cloud.stream.mq.bindings.input.consumer.orderly is an old key and is honoured; the new one is spring.cloud.stream.mq.bindings.input.consumer.push.orderly',
  )
})

test('without the option, the binder that the configuration names is used', async () => {
  const registered = new TestBinder()
  registerBinder(registered)
  const options = {
    logger: collectingLogger().logger,
    args: [],
    variables: {},
    directory: '/nonexistent',
    signals: false,
  }
  const properties = { 'spring.cloud.stream.default-binder': 'mine', 'spring.cloud.stream.binders.mine.type': 'test' }
  await using app = await StreamApplication.run(Echo, { ...options, properties })
  expect(app.bindings.map(({ binder }) => binder)).toEqual(['mine', 'mine'])
  const other = StreamApplication.run(Echo, { ...options, properties: { 'spring.cloud.stream.default-binder': 'no' } })
  await expect(other).rejects.toThrow('Binding "output" wants binder "no"')
})

test('a binder that cannot bind is explained, and what was opened is closed', async () => {
  const closed: string[] = []
  const type: BinderType = {
    ...({ name: 'bad', tables: new TestBinder().tables } as const),
    open: async () => ({
      bindProducer: async () => Promise.reject(new Error('topic orders.created is not legal')),
      bindConsumer: async () => Promise.reject(new Error('not reached')),
      [Symbol.asyncDispose]: async () => {
        closed.push('binder')
      },
    }),
  }
  await expect(run([Echo], { binder: type })).rejects.toThrow(
    'Binding "output" to "output" failed: topic orders.created is not legal',
  )
  expect(closed).toEqual(['binder'])
})

test('a message refused for good is told to the binder', async () => {
  class Refuser {
    handle(): void {
      throw rejectToDeadLetters('no such customer')
    }
  }
  StreamListener('input')(Refuser.prototype, 'handle', undefined as never)
  EnableBinding(Sink)(Refuser)
  const { binder } = await run([Refuser])
  await binder.input.send('x')
  expect(binder.refused).toMatchObject([{ disposition: { kind: 'dead-letter' } }])
})

test('anything but classes and one object of options is refused', async () => {
  await expect(StreamApplication.run({} as RunOptions, Echo as never, {} as RunOptions)).rejects.toMatchObject({
    code: 'RMQ_SERVICE_CLASS',
  })
})
