import { bufferCount, bufferTime, filter, map, mergeMap, type Observable, Subject, take, tap } from 'rxjs'
import { afterEach, expect, test } from 'vitest'
import { type Deferred, deferred } from '../../src/base/async/index.ts'
import { SimulatedClock } from '../../src/base/time/index.ts'
import {
  type Application,
  acknowledgement,
  EnableBinding,
  eachMessage,
  holdMessages,
  Input,
  Message,
  Output,
  Payload,
  Processor,
  type RunOptions,
  rejectToDeadLetters,
  requeueLater,
  StreamApplication,
  StreamListener,
  TestBinder,
} from '../../src/index.ts'
import { until } from '../kit/until.ts'
import { collectingLogger } from './collecting-logger.ts'

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

interface Running {
  readonly app: Application
  readonly binder: TestBinder
  /** Sends to the input; the name is added to {@link settled} when the message is done or refused. */
  send(text: string): Promise<void>
  readonly settled: string[]
  readonly log: readonly string[]
  /** Texts that were refused, with what is to become of them. */
  refused(): unknown[]
}

async function run(service: new () => object, options: RunOptions = {}): Promise<Running> {
  const binder = new TestBinder()
  const { logger, lines } = collectingLogger()
  const quiet = { binder, logger, args: [], variables: {}, directory: '/nonexistent', signals: false }
  const app = await StreamApplication.run(service, { ...quiet, ...options })
  opened.push(app)
  const settled: string[] = []
  return {
    app,
    binder,
    settled,
    log: lines,
    send: (text) => binder.input.send(text).then(() => void settled.push(text)),
    refused: () => binder.refused.map(({ message, disposition }) => [message.payload.toString(), disposition]),
  }
}

async function sent(binder: TestBinder): Promise<string[]> {
  const texts: string[] = []
  for (let next = await binder.output.receive(); next !== undefined; next = await binder.output.receive())
    texts.push(next.payload.toString())
  return texts
}

type Texts = Observable<Message<string>>

test('each message is done when its own work has ended, whatever the order', async () => {
  const work = new Map<string, Deferred<string>>()
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    ask(@Input('input') texts$: Texts): Observable<string> {
      return texts$.pipe(
        eachMessage(({ payload }) => {
          const answer = deferred<string>()
          work.set(payload, answer)
          return answer.promise
        }),
      )
    }
  }
  const { send, settled, binder } = await run(Service)
  const sending = ['a', 'b', 'c'].map(send)
  await until('three pieces of work', () => work.size === 3)
  expect(settled).toEqual([])
  work.get('b')?.resolve('answer b')
  await until('b is done', () => settled.length === 1)
  work.get('a')?.resolve('answer a')
  await until('a is done', () => settled.length === 2)
  work.get('c')?.resolve('answer c')
  await Promise.all(sending)
  expect(settled).toEqual(['b', 'a', 'c'])
  expect(await sent(binder)).toEqual(['answer b', 'answer a', 'answer c'])
})

test('work that fails gives back its message alone, as the error says, and the stream lives on', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    check(@Input('input') texts$: Texts): Observable<string> {
      return texts$.pipe(
        eachMessage(async ({ payload }) => {
          if (payload === 'later') throw requeueLater(5)
          if (payload === 'never') throw rejectToDeadLetters('no')
          if (payload === 'broken') throw new Error('broken')
          return payload
        }),
      )
    }
  }
  const { send, binder, refused } = await run(Service)
  await Promise.all(['a', 'later', 'b', 'never', 'broken', 'c'].map(send))
  expect(refused()).toEqual([
    ['later', { kind: 'later', delayLevel: 5 }],
    ['never', { kind: 'dead-letter' }],
    ['broken', { kind: 'again' }],
  ])
  expect(await sent(binder)).toEqual(['a', 'b', 'c'])
})

test('a message whose result cannot be stored is given back', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    echo(@Input('input') texts$: Texts): Observable<string> {
      return texts$.pipe(eachMessage(async ({ payload }) => payload))
    }
  }
  const { send, binder, refused } = await run(Service)
  binder.failNext(new Error('disk full'))
  await send('a')
  await send('b')
  expect(refused()).toEqual([['a', { kind: 'again' }]])
  expect(String(binder.lastError)).toContain('disk full')
  expect(await sent(binder)).toEqual(['b'])
})

test('work may be a stream of results, none, or a value, and no more of it runs at a time than was asked for', async () => {
  let running = 0
  let most = 0
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    letters(@Input('input') texts$: Texts): Observable<string> {
      return texts$.pipe(
        eachMessage(
          ({ payload }) => {
            if (payload === 'none') return undefined
            if (payload === 'one') return 'one'
            running++
            most = Math.max(most, running)
            const letters = new Subject<string>()
            setImmediate(() => {
              for (const letter of payload) letters.next(letter)
              running--
              letters.complete()
            })
            return letters
          },
          { concurrency: 2 },
        ),
      )
    }
  }
  const { send, binder, settled } = await run(Service)
  await Promise.all(['ab', 'none', 'cd', 'ef', 'one', 'gh'].map(send))
  expect(settled.toSorted()).toEqual(['ab', 'cd', 'ef', 'gh', 'none', 'one'])
  expect((await sent(binder)).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'one'])
  expect(most).toBe(2)
})

test('messages that are gathered over time are held until the result of all of them is stored', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    sums(@Input('input') texts$: Texts): Observable<string> {
      return texts$.pipe(
        holdMessages(),
        bufferCount(3),
        eachMessage(async (three) => three.map(({ payload }) => payload).join('+')),
      )
    }
  }
  const { send, settled, binder } = await run(Service)
  const [a, b] = [send('a'), send('b')]
  await until('two are taken', () => binder.input.underWay === 2)
  expect(settled).toEqual([])
  await Promise.all([a, b, send('c')])
  expect(settled.toSorted()).toEqual(['a', 'b', 'c'])
  expect(await sent(binder)).toEqual(['a+b+c'])
})

test('by hand each message is settled when and as the program says', async () => {
  const held: Message<string>[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener({ ack: 'manual' })
    keep(@Input('input') texts$: Texts): void {
      texts$.subscribe((message) => held.push(message))
    }
  }
  const { send, settled, refused } = await run(Service)
  const sending = ['a', 'b', 'c', 'd'].map(send)
  await until('four are held', () => held.length === 4)
  const handle = (at: number) => acknowledgement(held[at] as Message)
  handle(2).nack({ deadLetter: true, reason: 'unknown' })
  handle(0).ack()
  handle(0).nack()
  handle(1).nack({ delayLevel: 4 })
  handle(3).nack()
  await Promise.all(sending)
  expect(settled.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  expect(refused().toSorted()).toEqual([
    ['b', { kind: 'later', delayLevel: 4 }],
    ['c', { kind: 'dead-letter' }],
    ['d', { kind: 'again' }],
  ])
  const copy = { payload: 'x', headers: { ...held[0]?.headers } }
  expect(() => acknowledgement(copy)).toThrow('The message has no acknowledgement: it has none.')
})

test('a stream that fails while it holds messages gives them back and goes on with the next', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    pairs(@Input('input') texts$: Texts): Observable<string> {
      return texts$.pipe(
        holdMessages(),
        tap(({ payload }) => {
          if (payload === 'bad') throw new Error('bad one')
        }),
        bufferCount(2),
        eachMessage((two) => two.map(({ payload }) => payload).join('+')),
      )
    }
  }
  const { send, binder, refused } = await run(Service)
  await Promise.all([send('a'), send('bad'), send('b'), send('c')])
  expect(refused()).toEqual([
    ['a', { kind: 'again' }],
    ['bad', { kind: 'again' }],
  ])
  expect(binder.lastError).toMatchObject({ code: 'RMQ_STREAM_FAILED' })
  expect(await sent(binder)).toEqual(['b+c'])
})

test('a stream that ends by itself gives back what it holds', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    first(@Input('input') texts$: Texts): Observable<unknown> {
      return texts$.pipe(
        holdMessages(),
        take(2),
        filter(() => false),
      )
    }
  }
  const { send, refused } = await run(Service)
  await Promise.all([send('a'), send('b')])
  expect(refused()).toEqual([
    ['a', { kind: 'again' }],
    ['b', { kind: 'again' }],
  ])
})

test('an operator that fails without eachMessage costs the stream, not the messages behind it', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    parse(@Input('input') texts$: Texts): Observable<unknown> {
      return texts$.pipe(mergeMap(async ({ payload }) => JSON.parse(payload)))
    }
  }
  const { send, binder, log } = await run(Service)
  await send('{broken')
  await until('the stream has failed', () => log.some((line) => line.includes('the stream failed')))
  await send('7')
  expect((await binder.output.receive(5000))?.payload.toString()).toBe('7')
})

test('closing hands on what was gathered, and what stays open is given back', async () => {
  const clock = new SimulatedClock(0)
  let taken = 0
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    windows(@Input('input') texts$: Texts): Observable<string> {
      return texts$.pipe(
        holdMessages(),
        tap(() => taken++),
        filter(({ payload }) => payload !== 'forgotten'),
        bufferTime(3_600_000),
        eachMessage((window) => window.map(({ payload }) => payload).join('+')),
      )
    }
  }
  const { app, send, settled, binder, refused } = await run(Service, { clock })
  const sending = ['a', 'forgotten', 'b'].map(send)
  await until('all are taken', () => taken === 3)
  await app.close()
  await Promise.all(sending)
  expect(settled.toSorted()).toEqual(['a', 'b', 'forgotten'])
  expect(refused()).toEqual([['forgotten', { kind: 'later', delayLevel: 1 }]])
  expect(await sent(binder)).toEqual(['a+b'])
})

test('work that does not end when the application closes is given up after five seconds', async () => {
  const clock = new SimulatedClock(0)
  let taken = 0
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    stuck(@Input('input') texts$: Texts): Observable<unknown> {
      return texts$.pipe(
        eachMessage(() => {
          taken++
          return deferred().promise
        }),
      )
    }
  }
  const { app, send, refused } = await run(Service, { clock })
  const sending = send('a')
  await until('it is taken', () => taken === 1)
  const closing = app.close()
  let passedMs = 0
  const givenBackMs = sending.then(() => passedMs)
  let isClosed = false
  void closing.then(() => {
    isClosed = true
  })
  await until('it is closed', async () => {
    await clock.advance(100)
    passedMs += 100
    return isClosed
  })
  expect(await givenBackMs).toBeGreaterThanOrEqual(4900)
  expect(refused()).toEqual([['a', { kind: 'later', delayLevel: 1 }]])
})

test('messages enter a stream in the order in which they came, also while results wait', async () => {
  const got: number[] = []
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    @Output('output')
    echo(@Input('input') texts$: Texts): Observable<string> {
      return texts$.pipe(
        tap(({ payload }) => got.push(Number(payload))),
        map(({ payload }) => payload),
      )
    }
  }
  const { send } = await run(Service)
  const numbers = Array.from({ length: 300 }, (_, at) => at)
  await Promise.all(numbers.map((n) => send(`${n}`)))
  expect(got).toEqual(numbers)
})

test.each<[string, new () => object, string]>([
  [
    'ack: manual with payloads',
    class {
      keep(_texts$: Observable<string>): void {}
    },
    "ack: 'manual' needs messages",
  ],
])('%s is an error at start', async (_, service, message) => {
  StreamListener({ ack: 'manual' })(service.prototype, 'keep', {} as never)
  Input('input')(service.prototype, 'keep', 0 as never)
  Payload(String)(service.prototype, 'keep', 0)
  EnableBinding(Processor)(service)
  await expect(run(service)).rejects.toThrow(message)
})

test('options of streams on a listener that is called per message, and impossible ones, are errors at start', async () => {
  const broken = (options: object): (new () => object) => {
    class Broken {
      handle(_text: string): void {}
    }
    StreamListener('input', options)(Broken.prototype, 'handle', {} as never)
    EnableBinding(Processor)(Broken)
    return Broken
  }
  await expect(run(broken({ maxInFlight: 5 }))).rejects.toThrow('ack and maxInFlight are for streams')
  await expect(run(broken({ maxInFlight: 0 }))).rejects.toThrow('expected a whole number from 1 to 10000')
  await expect(run(broken({ ack: 'never' }))).rejects.toThrow("expected 'auto' or 'manual'")
})

test('what is no message cannot be acknowledged, and the stream says so', async () => {
  @EnableBinding(Processor)
  class Service {
    @StreamListener()
    wrong(@Input('input') texts$: Texts): Observable<unknown> {
      return texts$.pipe(
        map(({ payload }) => payload as never),
        eachMessage(async () => undefined),
      )
    }
  }
  const { send, binder } = await run(Service)
  await send('a')
  expect(String(binder.lastError)).toContain('string is no message; put the operator first')
})
