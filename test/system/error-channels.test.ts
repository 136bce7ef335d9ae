import { concat, of, throwError } from 'rxjs'
import { afterEach, expect, test } from 'vitest'
import { deferred } from '../../src/base/async/index.ts'
import { SimulatedClock } from '../../src/base/time/index.ts'
import {
  type Application,
  EnableBinding,
  type ErrorMessage,
  Header,
  Input,
  Message,
  MessageBuilder,
  type MessageChannel,
  Output,
  Payload,
  Processor,
  type RunOptions,
  rejectToDeadLetters,
  requeueLater,
  SendTo,
  ServiceActivator,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
  TestBinder,
} from '../../src/index.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

// What becomes of messages whose listener failed to the end, and of those that could not be sent.

const opened: Application[] = []
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close()
})

const PREFIX = 'spring.cloud.stream'
const BOUND = {
  'bindings.input.destination': 'orders',
  'bindings.input.group': 'billing',
  'bindings.output.destination': 'invoices',
  'default.consumer.back-off-initial-interval': 1,
}

async function run(
  service: new () => object,
  properties: Readonly<Record<string, string | number | boolean>> = {},
  options: RunOptions = {},
): Promise<{ app: Application; binder: TestBinder; log: string[] }> {
  const binder = new TestBinder()
  const { logger, lines } = collectingLogger()
  const keys = Object.entries({ ...BOUND, ...properties }).map(([key, value]) => [`${PREFIX}.${key}`, value] as const)
  const quiet = { binder, logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  const app = await StreamApplication.run(service, { ...quiet, properties: Object.fromEntries(keys), ...options })
  opened.push(app)
  return { app, binder, log: lines }
}

test('a handler of the binding’s error channel gets failure and message after the last try, and the message is done', async () => {
  const seen: unknown[] = []
  let tries = 0
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(): void {
      tries++
      throw new TypeError('no price')
    }

    @ServiceActivator('orders.billing.errors')
    onFailure(@Payload() reason: Error, @Message() error: ErrorMessage, @Header('shop') shop: string): void {
      const { originalMessage, headers } = error
      seen.push([reason, shop, originalMessage.payload.toString(), headers['errorAttempts'], headers['errorGroup']])
    }
  }
  const { binder, log } = await run(Service)
  await binder.input.send({ id: 7 }, 'orders', { shop: 'north' })
  expect(tries).toBe(3)
  expect(seen).toEqual([[new TypeError('no price'), 'north', '{"id":7}', 3, 'billing']])
  expect(binder.refused).toEqual([])
  expect(log).toContain('warn input: orders.billing.errors took the failure; the message is done')
})

test('a handler that throws has the message given back with what it threw', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(): void {
      throw new Error('first')
    }

    @ServiceActivator('orders.billing.errors')
    onFailure(error: Error): void {
      throw rejectToDeadLetters('hopeless', error)
    }
  }
  const { binder } = await run(Service)
  await binder.input.send('x', 'orders')
  expect(binder.refused).toMatchObject([
    { disposition: { kind: 'dead-letter' }, reason: { cause: { message: 'first' } } },
  ])
})

test('the global error channel sees every failure and saves no message', async () => {
  const seen: string[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(text: string): void {
      throw new Error(text)
    }

    @StreamListener('errorChannel')
    onAny(error: Error): void {
      seen.push(error.message)
    }
  }
  const { binder } = await run(Service)
  await binder.input.send('one', 'orders')
  await binder.input.send('two', 'orders')
  expect(seen).toEqual(['one', 'two'])
  expect(binder.refused.map(({ disposition }) => disposition.kind)).toEqual(['again', 'again'])
})

test('what a listener decided stands, although an error handler returns', async () => {
  let told = 0
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(text: string): void {
      throw text === 'never' ? rejectToDeadLetters('no') : requeueLater(5)
    }

    @ServiceActivator('orders.billing.errors')
    onFailure(): void {
      told++
    }
  }
  const { binder } = await run(Service)
  await binder.input.send('never', 'orders')
  await binder.input.send('later', 'orders')
  expect(binder.refused.map(({ disposition }) => disposition)).toEqual([
    { kind: 'dead-letter' },
    { kind: 'later', delayLevel: 5 },
  ])
  expect(told).toBe(2)
})

test('error-handler-definition replaces the error channels; the message is done unless the handler rejects', async () => {
  const seen: string[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(text: string): void {
      throw new Error(text)
    }

    @StreamListener('errorChannel')
    onAny(): void {
      seen.push('never called')
    }
  }
  const components = {
    onOrderFailure: async ({ payload }: ErrorMessage) => {
      seen.push(payload.message)
      if (payload.message === 'bad') throw payload
    },
  }
  const { binder } = await run(Service, { 'bindings.input.error-handler-definition': 'onOrderFailure' }, { components })
  await binder.input.send('good', 'orders')
  await binder.input.send('bad', 'orders')
  expect(seen).toEqual(['good', 'bad'])
  expect(binder.refused).toMatchObject([{ reason: { message: 'bad' } }])
})

test('what a listener of failures returns goes to its output, with the headers of the message that failed', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(): void {
      throw new Error('no price')
    }

    @StreamListener('orders.billing.errors', { condition: "headers['shop'] == 'north'" })
    @SendTo('output')
    onFailure(@Message() { payload, originalMessage }: ErrorMessage): object {
      return { reason: payload.message, order: originalMessage.payload.toString() }
    }
  }
  const { binder } = await run(Service)
  await binder.input.send('a', 'orders', { shop: 'south' })
  await binder.input.send('b', 'orders', { shop: 'north' })
  const parked = await binder.output.receive(0, 'invoices')
  expect(parked?.payload.toString()).toBe('{"reason":"no price","order":"b"}')
  expect(parked?.headers).toMatchObject({ shop: 'north' })
  expect(await binder.output.receive(0, 'invoices')).toBeUndefined()
})

test('of several destinations each has an error channel of its own', async () => {
  const seen: string[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(text: string): void {
      throw new Error(text)
    }

    @ServiceActivator('b.billing.errors')
    onFailure(error: Error): void {
      seen.push(error.message)
    }
  }
  const { binder } = await run(Service, { 'bindings.input.destination': 'a,b' })
  await binder.input.send('from a', 'a')
  await binder.input.send('from b', 'b')
  expect(seen).toEqual(['from b'])
  expect(binder.refused.map(({ destination }) => destination)).toEqual(['a'])
})

test('a listener of failures that nothing tells stops the start, with the names there are', async () => {
  @EnableBinding(Processor)
  class Service {
    @ServiceActivator('order.billing.errors')
    onFailure(): void {}
  }
  await expect(run(Service)).rejects.toMatchObject({
    code: 'RMQ_ERROR_CHANNEL_UNKNOWN',
    message: expect.stringMatching(
      /Did you mean "orders.billing.errors"\? There are: errorChannel, orders.billing.errors/,
    ),
  })
})

test('@ServiceActivator on an input answers to its output channel', async () => {
  @EnableBinding(Processor)
  class Service {
    @ServiceActivator({ inputChannel: 'input', outputChannel: 'output' })
    double(order: { n: number }): object {
      return { n: order.n * 2 }
    }
  }
  const { binder } = await run(Service)
  await binder.input.send({ n: 4 }, 'orders')
  expect((await binder.output.receive(0, 'invoices'))?.payload.toString()).toBe('{"n":8}')
})

test('closing gives back what has tries left, waiting or under way, and no handler takes it', async () => {
  let told = 0
  const underWay = deferred()
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    async onOrder(text: string): Promise<void> {
      if (text === 'slow') await underWay.promise
      throw new Error(text)
    }

    @ServiceActivator('orders.billing.errors')
    onFailure(): void {
      told++
    }
  }
  const clock = new SimulatedClock(0)
  const { app, binder, log } = await run(Service, {}, { clock })
  const sending = [binder.input.send('slow', 'orders'), binder.input.send('quick', 'orders')]
  await until('the first try', () => log.some((line) => line.includes('attempt 1 of 3')))
  const closing = app.close()
  underWay.resolve()
  await closing
  await Promise.all(sending)
  expect(binder.refused.map(({ reason }) => (reason as Error).message).sort()).toEqual(['quick', 'slow'])
  expect(told).toBe(0)
})

test('a listener fails by throwing, by rejecting, and by an Observable that fails, with a target or without', async () => {
  const failures: Readonly<Record<string, () => unknown>> = {
    throw: () => {
      throw new Error('thrown')
    },
    reject: async () => Promise.reject(new Error('rejected')),
    observable: () =>
      concat(
        of(1),
        throwError(() => new Error('failed')),
      ),
  }
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input', { condition: "headers['target'] == 'yes'" })
    @SendTo('output')
    withTarget(text: string): unknown {
      return failures[text]?.()
    }

    @StreamListener('input', { condition: "headers['target'] == 'no'" })
    withoutTarget(text: string): unknown {
      return failures[text]?.()
    }
  }
  const { binder } = await run(Service, { 'default.consumer.max-attempts': 1 })
  for (const text of Object.keys(failures))
    for (const target of ['yes', 'no']) await binder.input.send(text, 'orders', { target })
  const reasons = binder.refused.map(({ reason }) => (reason as Error).message)
  expect(reasons).toEqual(['thrown', 'thrown', 'rejected', 'rejected', 'failed', 'failed'])
})

class Senders {
  @Output('output') readonly output!: () => MessageChannel
  @Input('input') readonly input!: () => SubscribableChannel
}
const message = MessageBuilder.withPayload('hello').setHeader('shop', 'north').build()
const TOLD = { 'bindings.output.producer.error-channel-enabled': true }
const QUIET = { ...TOLD, 'bindings.output.producer.throw-on-send-failure': false }

class SendFailures {
  readonly seen: unknown[] = []

  @ServiceActivator('invoices.errors')
  onFailure(@Message() error: ErrorMessage): void {
    this.seen.push([error.payload.message, error.originalMessage.payload.toString(), error.headers['shop']])
  }
}

test('a send that fails is told to the destination’s error channel, and send() rejects all the same', async () => {
  @EnableBinding(Senders)
  class Service extends SendFailures {}
  const { app, binder } = await run(Service, TOLD)
  binder.failNext(new Error('no broker'))
  await expect(app.channel('output').send(message)).rejects.toThrow('no broker')
  expect(app.get(Service).seen).toEqual([['no broker', 'hello', 'north']])
})

test('with throw-on-send-failure=false a failure that somebody took is no failure of send()', async () => {
  @EnableBinding(Senders)
  class Service extends SendFailures {}
  const { app, binder } = await run(Service, QUIET)
  const failure = new Error('no broker')
  binder.failNext(failure)
  const receipt = await app.channel('output').send(message)
  expect(receipt).toEqual({ messageId: '', destination: 'invoices', details: { failure } })
  expect(await app.channel('output').send(message)).toMatchObject({ messageId: expect.stringMatching(/./) })
  expect(app.get(Service).seen).toHaveLength(1)
})

test('a failure of sending that nobody took is never lost', async () => {
  @EnableBinding(Senders)
  class Service {}
  const { app, binder } = await run(Service, QUIET)
  binder.failNext(new Error('no broker'))
  await expect(app.channel('output').send(message)).rejects.toThrow('no broker')
})

test('a retry template decides about tries and pauses instead of the properties', async () => {
  const asked: unknown[] = []
  @EnableBinding(Processor)
  class Service {
    tries = 0
    @StreamListener('input')
    onOrder(text: string): void {
      this.tries++
      throw new Error(text)
    }
  }
  const patient = {
    maxAttempts: 5,
    backOffMs: (attempt: number) => {
      asked.push(attempt)
      return 0
    },
    isRetryable: (failure: unknown) => !String(failure).includes('hopeless'),
  }
  const named = { 'bindings.input.consumer.retry-template-name': 'patient', 'bindings.input.consumer.max-attempts': 1 }
  const { app, binder, log } = await run(Service, named, { components: { patient } })
  await binder.input.send('busy', 'orders')
  expect(app.get(Service).tries).toBe(5)
  expect(asked).toEqual([1, 2, 3, 4])
  await binder.input.send('hopeless', 'orders')
  expect(app.get(Service).tries).toBe(6)
  expect(log).toContain(
    'info input input ← orders, group billing, 1 at a time: 5 in-process × 1 delivery, then kept in memory',
  )
})

test('a name that names something else stops the start, and says what would fit', async () => {
  @EnableBinding(Processor)
  class Service {}
  const named = { 'bindings.input.consumer.retry-template-name': 'handler' }
  const components = { handler: () => undefined, calm: { maxAttempts: 2 } }
  await expect(run(Service, named, { components })).rejects.toMatchObject({
    code: 'RMQ_COMPONENT_KIND',
    message: expect.stringMatching(/retry-template-name=handler must name a RetryTemplate.*There are: calm\./),
  })
  const unknown = { 'bindings.input.error-handler-definition': 'nobody' }
  await expect(run(Service, unknown, { components })).rejects.toMatchObject({ code: 'RMQ_COMPONENT_UNKNOWN' })
})

test('retryable-exceptions name classes, their parents and codes, with a package or without, for one binding or all', async () => {
  class ShopError extends Error {}
  class PriceError extends ShopError {}
  const tries = new Map<string, number>()
  const failures: Readonly<Record<string, Error>> = {
    price: new PriceError('price'),
    type: new TypeError('type'),
    code: Object.assign(new Error('code'), { code: 'EBUSY' }),
    other: new Error('other'),
  }
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    onOrder(text: string): void {
      tries.set(text, (tries.get(text) ?? 0) + 1)
      throw failures[text]
    }
  }
  const { binder, log } = await run(Service, {
    'default.consumer.retryable-exceptions.com.shop.ShopError': true,
    'default.consumer.retryable-exceptions.TypeError': true,
    'bindings.input.consumer.retryable-exceptions.TypeError': false,
    'bindings.input.consumer.retryable-exceptions.EBUSY': true,
    'default.consumer.default-retryable': false,
  })
  for (const text of Object.keys(failures)) await binder.input.send(text, 'orders')
  expect(Object.fromEntries(tries)).toEqual({ price: 3, type: 1, code: 3, other: 1 })
  expect(log.filter((line) => line.includes('unknown key'))).toEqual([])
})
