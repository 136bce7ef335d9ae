import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bufferCount, map, type Observable, of } from 'rxjs'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { SimulatedClock } from '../../src/base/time/index.ts'
import {
  type Application,
  EnableBinding,
  Header,
  Headers,
  Input,
  inject,
  Message,
  MessageBuilder,
  type MessageChannel,
  Output,
  Payload,
  Processor,
  type RunOptions,
  SendTo,
  Sink,
  Source,
  StreamApplication,
  StreamListener,
  type SubscribableChannel,
  TestBinder,
} from '../../src/index.ts'
import { collectingLogger } from './collecting-logger.ts'

abstract class CustomSource extends Source {
  @Output('output2') readonly output2!: () => MessageChannel
}
abstract class CustomSink extends Sink {
  @Input('input2') readonly input2!: () => SubscribableChannel
}
class Order {
  id = 0
  amount = 0
  get gross(): number {
    return this.amount * 2
  }
}

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

type Service = new (...args: never) => object

async function run(
  service: Service,
  options: RunOptions = {},
): Promise<{ app: Application; binder: TestBinder; log: string[] }> {
  const binder = new TestBinder()
  const { logger, lines } = collectingLogger()
  const quiet = { binder, logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  const app = await StreamApplication.run(service, { ...quiet, ...options })
  opened.push(app)
  return { app, binder, log: lines }
}

const sent = async (binder: TestBinder, destination?: string): Promise<[string, unknown][]> => {
  const found: [string, unknown][] = []
  for (let next = await binder.output.receive(0, destination); next; next = await binder.output.receive(0, destination))
    found.push([next.payload.toString(), next.headers])
  return found
}

test('the seed application runs with its own file: plain text under application/json arrives verbatim', async () => {
  const got: unknown[] = []
  @EnableBinding(CustomSource, CustomSink)
  class RocketMQApplication {
    @StreamListener('input')
    receiveInput(text: string): void {
      got.push(['input', text])
    }
    @StreamListener('input2')
    receiveInput2(text: string): void {
      got.push(['input2', text])
    }
  }
  const directory = await mkdtemp(join(tmpdir(), 'seed-'))
  const section = (name: string, topic: string): string =>
    `spring.cloud.stream.bindings.${name}.destination=${topic}\n` +
    `spring.cloud.stream.bindings.${name}.content-type=application/json\n`
  await writeFile(
    join(directory, 'application.properties'),
    `spring.application.name=mq_rmqdemo\nserver.port=9500\n
     spring.cloud.stream.rocketmq.binder.name-server=127.0.0.1:9876
     spring.cloud.stream.rocketmq.binder.group=mq_rmqdemo\n` +
      section('output', 'test-topic') +
      section('input', 'test-topic') +
      'spring.cloud.stream.bindings.input.group=test-group\n' +
      section('output2', 'test-topic2') +
      section('input2', 'test-topic2') +
      'spring.cloud.stream.bindings.input2.group=test-group2\n',
  )
  const { app, binder, log } = await run(RocketMQApplication, { directory })
  await rm(directory, { recursive: true })
  await binder.input.send('( 0 )message from mq_rmqdemo producer：【test-topic1】', 'test-topic')
  await binder.input.send('( 0 )message from mq_rmqdemo producer：【test-topic2】', 'test-topic2')
  expect(got).toEqual([
    ['input', '( 0 )message from mq_rmqdemo producer：【test-topic1】'],
    ['input2', '( 0 )message from mq_rmqdemo producer：【test-topic2】'],
  ])
  expect(app.bindings.map(({ name, group, state }) => `${name} ${group ?? '-'} ${state}`)).toEqual([
    'output - running',
    'output2 - running',
    'input test-group running',
    'input2 test-group2 running',
  ])
  expect(log.filter((line) => line.startsWith('warn'))).toEqual([])
})

test('parameters get the payload, the message and headers, converted as asked', async () => {
  const got: unknown[] = []
  const schema = z.object({ id: z.number() })
  abstract class Inputs {
    @Input() readonly one!: () => SubscribableChannel
    @Input() readonly two!: () => SubscribableChannel
    @Input() readonly three!: () => SubscribableChannel
  }
  @EnableBinding(Inputs)
  class Service {
    @StreamListener('one')
    one(
      @Payload(Order) order: Order,
      @Header('k') key: string,
      @Header('absent', { defaultValue: 'd' }) absent: string,
    ): void {
      got.push([order instanceof Order, order.gross, key, absent])
    }
    @StreamListener('two')
    two(@Message(schema) message: Message<{ id: number }>, @Headers() headers: object): void {
      got.push([message.payload.id, message.headers === headers || message.headers])
    }
    @StreamListener('three')
    three(order: Order): void {
      got.push(order)
    }
  }
  const { binder } = await run(Service)
  await binder.input.send({ id: 1, amount: 4 }, 'one', { k: 'v' })
  await binder.input.send({ id: 2 }, 'two', { a: 1 })
  await binder.input.send({ id: 3 }, 'three')
  expect(got).toEqual([[true, 8, 'v', 'd'], [2, true], { id: 3 }])
})

test('conditions choose; a result goes to its channel with the headers of the message; others see it too', async () => {
  const seen: unknown[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    all(order: Order): void {
      seen.push(order.id)
    }
    @StreamListener('input', { condition: "headers['ROCKET_TAGS'] == 'vip'" })
    @SendTo('output')
    upgrade(@Payload() order: Order): object {
      return { upgraded: order.id }
    }
    @StreamListener('input', { condition: 'payload.id > 5', copyHeaders: false })
    @SendTo('output')
    async large(@Payload() order: Order): Promise<Message> {
      return MessageBuilder.withPayload(`large ${order.id}`).setHeader('own', 1).build()
    }
  }
  const { binder } = await run(Service)
  await binder.input.send({ id: 1 })
  await binder.input.send({ id: 2 }, 'input', { ROCKET_TAGS: 'vip', trace: 't', id: 'old' })
  await binder.input.send({ id: 6 }, 'input', { trace: 't' })
  expect(seen).toEqual([1, 2, 6])
  const [first, second, ...more] = await sent(binder)
  expect(first?.[0]).toBe('{"upgraded":2}')
  expect(first?.[1]).toMatchObject({ trace: 't', ROCKET_TAGS: 'vip', contentType: 'application/json' })
  expect(first?.[1]).not.toMatchObject({ id: 'old' })
  expect(second?.[0]).toBe('large 6')
  expect(second?.[1]).toMatchObject({ own: 1 })
  expect(second?.[1]).not.toHaveProperty('trace')
  expect(more).toEqual([])
})

test('a listener is awaited before the message counts as done, and an Observable gives one message an item', async () => {
  const order: string[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    @SendTo('output')
    async split(text: string): Promise<Observable<string>> {
      await Promise.resolve()
      order.push('handled')
      return of(...text.split(' '))
    }
  }
  const { binder } = await run(Service)
  await binder.input.send('a b c')
  order.push('acknowledged')
  expect(order).toEqual(['handled', 'acknowledged'])
  expect((await sent(binder)).map(([text]) => text)).toEqual(['a', 'b', 'c'])
})

test('a failing listener is tried three times, then the message is given back', async () => {
  const clock = new SimulatedClock(0)
  const tries: number[] = []
  @EnableBinding(Sink)
  class Service {
    @StreamListener('input')
    fail(): void {
      tries.push(clock.now())
      throw new Error('not today')
    }
  }
  const { binder } = await run(Service, { clock })
  const done = binder.input.send('x')
  await clock.advance(0)
  await clock.advance(10_000)
  await done
  expect(tries).toEqual([0, 1_000, 3_000])
  expect(binder.refused).toMatchObject([{ destination: 'input', disposition: { kind: 'again' } }])
  expect(String(binder.lastError)).toContain('not today')
})

test('a failed send of the result is a failure of the message', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener('input')
    @SendTo('output')
    echo(text: string): string {
      return text
    }
  }
  const { binder } = await run(Service, { properties: { 'spring.cloud.stream.default.consumer.max-attempts': 1 } })
  binder.failNext(new Error('disk full'))
  await binder.input.send('x')
  expect(binder.lastError).toMatchObject({ message: 'disk full' })
  await binder.input.send('y')
  expect((await sent(binder)).map(([text]) => text)).toEqual(['y'])
})

test('a streaming listener is called once; what comes with an item is stored before the item is done', async () => {
  let calls = 0
  @EnableBinding(CustomSource, CustomSink)
  class Service {
    @StreamListener()
    @Output('output2')
    totals(@Input('input2') orders$: Observable<Message<Order>>): Observable<object> {
      calls++
      return orders$.pipe(
        bufferCount(2),
        map((two) => ({ sum: two.reduce((sum, { payload }) => sum + payload.amount, 0) })),
      )
    }
    @StreamListener()
    @SendTo('output')
    doubled(@Input('input') @Payload(Order) orders$: Observable<Order>): Observable<number> {
      return orders$.pipe(map((order) => order.gross))
    }
  }
  const { binder } = await run(Service)
  for (const amount of [1, 2, 3, 4]) await binder.input.send({ amount }, 'input2')
  await binder.input.send({ amount: 21 }, 'input')
  expect(calls).toBe(1)
  expect((await sent(binder, 'output2')).map(([text]) => text)).toEqual(['{"sum":3}', '{"sum":7}'])
  expect((await sent(binder, 'output')).map(([text]) => text)).toEqual(['42'])
})

test('an item at which a stream fails is given back, and the stream goes on with the next', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    parse(@Input('input') @Payload(String) texts$: Observable<string>): Observable<unknown> {
      return texts$.pipe(map((text) => JSON.parse(text)))
    }
  }
  const { binder } = await run(Service)
  await binder.input.send('{"a":1}')
  await binder.input.send('{broken')
  await binder.input.send('{"a":2}')
  expect(binder.refused.map(({ message }) => message.payload.toString())).toEqual(['{broken'])
  expect(binder.lastError).toMatchObject({ code: 'RMQ_STREAM_FAILED' })
  expect((await sent(binder)).map(([text]) => text)).toEqual(['{"a":1}', '{"a":2}'])
})

test('what a stream still holds is sent when the application closes', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    pairs(@Input('input') texts$: Observable<Message<string>>): Observable<string> {
      return texts$.pipe(
        map(({ payload }) => payload),
        bufferCount(2),
        map((two) => two.join('+')),
      )
    }
  }
  const { app, binder } = await run(Service)
  for (const text of ['a', 'b', 'c']) await binder.input.send(text)
  await app.close()
  expect((await sent(binder)).map(([text]) => text)).toEqual(['a+b', 'c'])
})

test('a listener that returns a value without a target is told once', async () => {
  @EnableBinding(Sink)
  class Service {
    @StreamListener('input')
    save(text: string): number {
      return text.length
    }
  }
  const { binder, log } = await run(Service)
  await binder.input.send('x')
  await binder.input.send('y')
  expect(log.filter((line) => line.startsWith('warn'))).toEqual([
    'warn Service.save returns a value and has no @SendTo; its values are dropped',
  ])
})

test('a subclass without a constructor gets what its parent asks for, listeners included', async () => {
  const got: string[] = []
  @EnableBinding(CustomSource, Sink)
  class Parent {
    readonly source: CustomSource
    constructor(@inject(CustomSource) source: CustomSource) {
      this.source = source
    }
    @StreamListener('input')
    handle(text: string): void {
      got.push(`${text} ${this.source.output2().name}`)
    }
  }
  class Child extends Parent {}
  const { binder } = await run(Child)
  await binder.input.send('x')
  expect(got).toEqual(['x output2'])
})

function listener(decorate: (prototype: object, name: string) => void, names: readonly string[] = ['handle']): Service {
  class Broken {
    handle(_first: unknown): void {}
    other(_first: unknown, _second: unknown): void {}
  }
  for (const name of names) decorate(Broken.prototype, name)
  EnableBinding(Processor, CustomSink)(Broken)
  return Broken
}
const on = (...decorators: readonly ((target: object, member: string, third: never) => void)[]) => {
  return (prototype: object, name: string): void => {
    for (const decorator of decorators) decorator(prototype, name, undefined as never)
  }
}
const at =
  (index: number, decorator: ParameterDecorator) =>
  (target: object, member: string): void =>
    decorator(target, member, index)

test.each<[string, Service, string]>([
  ['no input', listener(on(StreamListener())), 'Broken.handle: it has no input.'],
  [
    'unknown channel',
    listener(on(StreamListener('inputt'))),
    'there is no input channel "inputt". Did you mean "input"? Known: input, input2.',
  ],
  ['an output as input', listener(on(StreamListener('output'))), 'there is no input channel "output"'],
  ['unknown target', listener(on(StreamListener('input'), SendTo('outptu'))), 'there is no output channel "outptu"'],
  ['blank target', listener(on(StreamListener('input'), SendTo(' '))), '@SendTo needs the name of an output channel'],
  ['two targets', listener(on(StreamListener('input'), SendTo('output'), Output('output'))), 'has 2 targets'],
  [
    '@Input on the method',
    listener(on(StreamListener('input'), Input('input'))),
    '@Input cannot stand on a listener method',
  ],
  ['named twice', listener(on(StreamListener('input'), at(0, Input('input2')))), 'exclude each other; name it once'],
  [
    'condition on a stream',
    listener(on(StreamListener('', { condition: 'true' }), at(0, Input('input')))),
    'a condition cannot select from a stream',
  ],
  [
    'parameter without decorator',
    listener(on(StreamListener('input'), at(0, Payload())), ['other']),
    'parameter 2 of 2 has no decorator',
  ],
  [
    'two payloads',
    listener(on(StreamListener('input'), at(0, Payload()), at(1, Payload())), ['other']),
    '2 parameters have @Payload',
  ],
  [
    'broken condition',
    listener(on(StreamListener('input', { condition: "headers['k'] = 'v'" }))),
    'Broken.handle, condition: write == to compare, at column 14',
  ],
])('%s is an error at start that names the method', async (_, service, message) => {
  await expect(run(service)).rejects.toThrow(message)
})

test('a listener that answers and is not alone on its channel needs a condition', async () => {
  class Two {
    one(_text: string): string {
      return ''
    }
    two(_text: string): void {}
  }
  on(StreamListener('input'), SendTo('output'))(Two.prototype, 'one')
  on(StreamListener('input'))(Two.prototype, 'two')
  EnableBinding(Processor)(Two)
  await expect(run(Two)).rejects.toThrow('Two.one: it answers to "output", but Two.two also listens to "input".')
})
