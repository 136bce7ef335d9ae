import { type Observable, of, Subject } from 'rxjs'
import { afterEach, expect, test } from 'vitest'
import { SimulatedClock } from '../../src/base/time/index.ts'
import {
  type Application,
  inject,
  type RunOptions,
  StreamApplication,
  StreamBridge,
  StreamConsumer,
  StreamFunction,
  StreamSupplier,
  TestBinder,
} from '../../src/index.ts'
import { collectingLogger } from './collecting-logger.ts'

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

async function run(
  service: new (...args: never) => object,
  options: RunOptions & { readonly loopback?: boolean } = {},
): Promise<{ app: Application; binder: TestBinder; log: string[] }> {
  const binder = new TestBinder({ loopback: options.loopback ?? false })
  const { logger, lines } = collectingLogger()
  const quiet = { binder, logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  const app = await StreamApplication.run(service, { ...quiet, ...options })
  opened.push(app)
  return { app, binder, log: lines }
}

test('a function takes from its input and answers to its output', async () => {
  class Squares {
    @StreamFunction()
    square(number: string): number {
      return Number(number) ** 2
    }
  }
  const { binder, app } = await run(Squares, {
    properties: {
      'spring.cloud.stream.bindings.square-in-0.destination': 'num',
      'spring.cloud.stream.bindings.square-in-0.group': 'g',
      'spring.cloud.stream.bindings.square-out-0.destination': 'squares',
    },
  })
  expect(app.bindings.map(({ name, destinations }) => `${name} ${destinations}`)).toEqual([
    'square-out-0 squares',
    'square-in-0 num',
  ])
  await binder.input.send(7, 'num', { trace: 'x' })
  const answer = await binder.output.receive(1000, 'squares')
  expect([answer?.payload.toString(), answer?.headers['trace']]).toEqual(['49', 'x'])
})

test('each element of a function’s array is a message of its own', async () => {
  class Words {
    @StreamFunction()
    split(text: string): readonly string[] {
      return text.split(' ')
    }
  }
  const { binder } = await run(Words)
  await binder.input.send('a b', 'split-in-0')
  const words = [await binder.output.receive(1000), await binder.output.receive(1000), await binder.output.receive()]
  expect(words.map((word) => word?.payload.toString())).toEqual(['a', 'b', undefined])
})

test('a consumer that throws gives its message back', async () => {
  class Picky {
    @StreamConsumer('consumer')
    take(): void {
      throw new Error('no')
    }
  }
  const { binder } = await run(Picky, {
    properties: { 'spring.cloud.stream.bindings.consumer-in-0.consumer.max-attempts': 1 },
  })
  await binder.input.send('x', 'consumer-in-0')
  expect(binder.lastError).toMatchObject({ message: 'no' })
})

test('only functions that the definition names work, and bindings can be renamed', async () => {
  class Two {
    @StreamConsumer() one(): void {}
    @StreamConsumer() two(): void {}
  }
  const { app } = await run(Two, {
    properties: {
      'spring.cloud.stream.function.definition': 'two;',
      'spring.cloud.stream.function.bindings.two-in-0': 'input',
    },
  })
  expect(app.bindings.map(({ name }) => name)).toEqual(['input'])
  await expect(run(Two, { properties: { 'spring.cloud.function.definition': 'three' } })).rejects.toMatchObject({
    code: 'RMQ_FUNCTION_UNKNOWN',
    message: expect.stringContaining('there are: one, two'),
  })
})

test('two functions of one name stop the start', async () => {
  class Twice {
    @StreamConsumer('same') one(): void {}
    @StreamConsumer('same') two(): void {}
  }
  await expect(run(Twice)).rejects.toMatchObject({ code: 'RMQ_FUNCTION_TAKEN' })
})

test('a supplier is called in the rhythm of the poller; nothing given sends nothing', async () => {
  const clock = new SimulatedClock()
  class Ticks {
    #calls = 0
    @StreamSupplier()
    tick(): number | undefined {
      this.#calls++
      if (this.#calls === 2) throw new Error('a bad moment')
      return this.#calls === 3 ? undefined : this.#calls
    }
  }
  const { binder, log } = await run(Ticks, {
    clock,
    properties: {
      'spring.cloud.stream.poller.fixed-delay': '5s',
      'spring.cloud.stream.poller.max-messages-per-poll': 1,
    },
  })
  const seen = async (): Promise<string | undefined> => (await binder.output.receive())?.payload.toString()
  expect([await seen(), await seen()]).toEqual(['1', undefined])
  const after: (string | undefined)[] = []
  for (let round = 0; round < 3; round++) {
    await clock.advance(5_000)
    after.push(await seen())
  }
  expect(after).toEqual([undefined, undefined, '4'])
  expect(log.filter((line) => line.includes('a bad moment'))).toEqual([
    'error Ticks.tick failed and is called again: a bad moment',
  ])
})

test('a supplier’s Observable is sent item by item, and let go at the end', async () => {
  const numbers = new Subject<number>()
  class Numbers {
    @StreamSupplier()
    numbers(): Observable<number> {
      return numbers
    }
  }
  const { binder, app } = await run(Numbers)
  numbers.next(1)
  numbers.next(2)
  const sent = [await binder.output.receive(1000), await binder.output.receive(1000)]
  expect(sent.map((message) => message?.payload.toString())).toEqual(['1', '2'])
  await app.close()
  expect(numbers.observed).toBe(false)
})

test('a bridge sends to outputs by name and makes those that nobody declared', async () => {
  class Sender {
    readonly bridge: StreamBridge
    constructor(@inject(StreamBridge) bridge: StreamBridge) {
      this.bridge = bridge
    }
    @StreamConsumer() taken(): void {}
    @StreamSupplier() empty(): Observable<never> {
      return of()
    }
  }
  const { binder, app, log } = await run(Sender, {
    properties: {
      'spring.cloud.stream.bindings.orders-out-0.destination': 'orders',
      'spring.cloud.stream.bindings.orders-out-0.content-type': 'text/plain',
      'spring.cloud.stream.dynamic-destination-cache-size': 2,
    },
  })
  const { bridge } = app.get(Sender)
  await bridge.send('orders-out-0', { payload: 'hi', headers: { KEYS: 'k' } })
  expect((await binder.output.receive(0, 'orders'))?.headers).toMatchObject({ KEYS: 'k', contentType: 'text/plain' })
  await bridge.send('empty-out-0', 'declared')
  // More names than are kept: those unused for longest are closed, and made again when they are wanted.
  for (const topic of ['a', 'b', 'c', 'orders-out-0']) await bridge.send(topic, topic)
  expect((await binder.output.receive(0, 'c'))?.payload.toString()).toBe('c')
  expect(log.filter((line) => line.startsWith('info output orders-out-0'))).toHaveLength(2)
  expect(log.filter((line) => line.startsWith('warn'))).toEqual([])
  await expect(bridge.send('taken-in-0', 'x')).rejects.toMatchObject({ code: 'RMQ_BINDING_UNKNOWN' })
  await app.close()
  await expect(bridge.send('a', 'late')).rejects.toMatchObject({ code: 'RMQ_CHANNEL_CLOSED' })
})
