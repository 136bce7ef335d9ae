import { expect, onTestFinished, test } from 'vitest'
import { SimulatedClock } from '../../src/base/time/index.ts'
import {
  type Application,
  EnableBinding,
  Input,
  MessageBuilder,
  Payload,
  PollableMessageSource,
  Processor,
  type RunOptions,
  StreamApplication,
  StreamBridge,
  StreamConsumer,
  StreamListener,
  StreamSupplier,
  TestBinder,
} from '../../src/index.ts'
import { collectingLogger } from './collecting-logger.ts'

// The effect of properties that hold for every binder.

const PREFIX = 'spring.cloud.stream'

async function run(
  service: abstract new (...args: never) => object,
  keys: Readonly<Record<string, string | number>>,
  options: RunOptions = {},
): Promise<{ readonly app: Application; readonly binder: TestBinder; readonly warnings: readonly string[] }> {
  const binder = new TestBinder()
  const { logger, lines } = collectingLogger()
  const properties = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${PREFIX}.${key}`, value]))
  const quiet = { binder, logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  const app = await StreamApplication.run(service, { ...quiet, ...options, properties })
  onTestFinished(() => app.close())
  return { app, binder, warnings: lines.filter((line) => line.startsWith('warn')) }
}

test('poller.initial-delay: a supplier is called for the first time after it', async () => {
  const clock = new SimulatedClock()
  class Ticks {
    @StreamSupplier()
    tick(): string {
      return 'now'
    }
  }
  const { binder } = await run(Ticks, { 'poller.initial-delay': '3s', 'poller.fixed-delay': '60s' }, { clock })
  await clock.advance(2_999)
  expect(await binder.output.receive()).toBeUndefined()
  await clock.advance(1)
  expect((await binder.output.receive())?.payload.toString()).toBe('now')
})

test('back-off-multiplier: the pause before a try grows by it', async () => {
  const clock = new SimulatedClock(0)
  const tries: number[] = []
  class Failing {
    @StreamConsumer('consumer')
    take(): void {
      tries.push(clock.now())
      throw new Error('no')
    }
  }
  const consumer = 'bindings.consumer-in-0.consumer'
  const keys = { [`${consumer}.back-off-initial-interval`]: 100, [`${consumer}.back-off-multiplier`]: '3' }
  const { binder } = await run(Failing, { ...keys, [`${consumer}.max-attempts`]: 4 }, { clock })
  const sent = binder.input.send('x', 'consumer-in-0')
  for (let step = 0; step < 20; step++) await clock.advance(100)
  await sent
  expect(tries.map((at) => at - (tries[0] ?? 0))).toEqual([0, 100, 400, 1_300])
})

test('use-native-encoding and use-native-decoding: bytes go and come as they are', async () => {
  const got: unknown[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    on(@Payload() payload: unknown): void {
      got.push(payload)
    }
  }
  const { app, binder } = await run(Service, {
    'bindings.output.producer.use-native-encoding': 'true',
    'bindings.input.consumer.use-native-decoding': 'true',
  })
  await app.channel('output').send(MessageBuilder.withPayload(Buffer.from([0, 255])).build())
  const sent = await binder.output.receive(1000, 'output')
  expect(sent?.payload).toEqual(Buffer.from([0, 255]))
  const text = app.channel('output').send(MessageBuilder.withPayload({ a: 1 }).build())
  await expect(text).rejects.toMatchObject({ code: 'RMQ_PAYLOAD_UNSENDABLE' })
  await binder.input.send('{"a":1}', 'input')
  expect(got).toEqual([Buffer.from('{"a":1}')])
})

class Bridging {
  @Input('letters-in-0', PollableMessageSource) readonly letters!: PollableMessageSource
}

test('listed bindings are there although nothing in the program declares them', async () => {
  const { app, binder, warnings } = await run(Bridging, {
    'input-bindings': 'orders; parcels',
    'output-bindings': 'invoices;',
    source: 'bills',
    'pollable-source': 'letters',
    'function.bindings.parcels-in-0': 'parcels',
    'bindings.parcels.group': 'g',
  })
  expect(app.bindings.map(({ name }) => name)).toEqual([
    'invoices-out-0',
    'bills-out-0',
    'orders-in-0',
    'parcels',
    'letters-in-0',
  ])
  const got: unknown[] = []
  app.input('orders-in-0').subscribe(({ payload }) => got.push(payload))
  await binder.input.send('hello', 'orders-in-0')
  await binder.input.send('dear', 'letters-in-0')
  await app.get(Bridging).letters.poll(({ payload }) => got.push(payload))
  expect(got).toEqual(['hello', 'dear'])
  await app.channel('invoices-out-0').send(MessageBuilder.withPayload('1').build())
  expect((await binder.output.receive(0, 'invoices-out-0'))?.payload.toString()).toBe('1')
  expect(warnings.filter((line) => !line.includes('has no listener'))).toEqual([])
})

test('a listed binding that the program uses otherwise is refused, with the key', async () => {
  class Listening {
    @StreamConsumer('letters')
    take(): void {}
  }
  const polled = run(Listening, { 'pollable-source': 'letters' })
  await expect(polled).rejects.toMatchObject({ code: 'RMQ_BINDING_POLLED' })
  const both = run(Bridging, { 'input-bindings': 'x', 'output-bindings': 'y', 'function.bindings.y-out-0': 'x-in-0' })
  await expect(both).rejects.toThrow(`"x-in-0" is an input in ${PREFIX}.input-bindings=x and an output in`)
})

test('dynamic-destinations: a bridge makes outputs of the listed names and topics only', async () => {
  const { app, binder, warnings } = await run(Bridging, {
    'pollable-source': 'letters',
    'output-bindings': 'declared',
    'dynamic-destinations': 'orders,named-out-0',
    'bindings.sender-out-0.destination': 'orders',
    'bindings.named-out-0.destination': 'elsewhere',
    'bindings.other-out-0.destination': 'secrets',
  })
  const bridge = app.get(StreamBridge)
  for (const name of ['orders', 'sender-out-0', 'named-out-0', 'declared-out-0']) await bridge.send(name, 'x')
  for (const name of ['secrets', 'other-out-0']) {
    const refused = { code: 'RMQ_DESTINATION_REFUSED', details: { binding: name, destination: 'secrets' } }
    await expect(bridge.send(name, 'x')).rejects.toMatchObject(refused)
  }
  expect(await binder.output.receive(0, 'secrets')).toBeUndefined()
  expect(warnings).toEqual([])
})
