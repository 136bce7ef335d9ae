import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allTexts, append, message, openSmall, SMALL, STORE } from '../../test/kit/store.ts'
import { deferred } from '../base/async/index.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { seededRandom } from '../base/random/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'
import { decodeRecords, encodeProperties } from '../message/index.ts'
import { type AppendResult, type MessageStore, verifyStore } from './index.ts'

/** `STORE_PROPERTY_RUNS=5000` for a longer look, `STORE_PROPERTY_SEED` to repeat one. */
const RUNS = Number(process.env['STORE_PROPERTY_RUNS'] ?? 60)
const SEED = process.env['STORE_PROPERTY_SEED']

/** Room for records in a log file of {@link SMALL}, with the blank record behind them. */
const LOG_FILE_ROOM = 4096 - 8

type Step =
  | { readonly kind: 'append' | 'batch'; readonly queue: number; readonly bytes: readonly number[] }
  | { readonly kind: 'restart' | 'kill'; readonly inFlight: readonly number[]; readonly queue: number }
  | { readonly kind: 'lose-power'; readonly seed: number }
  | { readonly kind: 'drop'; readonly queue: number }
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'time'; readonly queue: number; readonly at: number; readonly byMs: number }
  | {
      readonly kind: 'read'
      readonly queue: number
      readonly from: number
      readonly count: number
      readonly maxBytes: number | undefined
      readonly filter: 'none' | 'tag' | 'content'
    }

const queue = fc.integer({ min: 0, max: 5 })
const bytes = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 12 })
const inFlight = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 8 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), queue, bytes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('batch' as const), queue, bytes }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      queue,
      from: fc.integer({ min: -1, max: 60 }),
      count: fc.integer({ min: 1, max: 40 }),
      maxBytes: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
      filter: fc.constantFrom('none' as const, 'tag' as const, 'content' as const),
    }),
  },
  // Mostly it stands still, sometimes it moves, now and then it is set back.
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('clock' as const), byMs: fc.constantFrom(1, 900, 5000, -7000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      queue,
      at: fc.nat(),
      byMs: fc.integer({ min: -2000, max: 2000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'kill' as const), inFlight, queue }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose-power' as const), seed: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), queue }) },
)

/** Two topics of three queues. */
const nameOf = (index: number): [topic: string, queueId: number] => [index % 2 === 0 ? 'T' : 'U', Math.floor(index / 2)]

interface ModelMessage {
  readonly text: string
  readonly storedMs: number
}

/** The store as it should be: messages by queue. */
class Model {
  readonly queues = new Map<string, ModelMessage[]>()
  nowMs = 1_700_000_000_000
  /** Since then times in the index, which knows one range for each file, are not exact. */
  wasSetBack = false
  #count = 0

  readonly clock: Clock = { ...systemClock, now: () => this.nowMs }

  of(index: number): ModelMessage[] {
    const key = nameOf(index).join('/')
    const messages = this.queues.get(key) ?? []
    this.queues.set(key, messages)
    return messages
  }

  next(byteCount: number): string {
    return `${this.#count++}:${'x'.repeat(byteCount)}`
  }

  add(index: number, texts: readonly string[]): void {
    this.of(index).push(...texts.map((text) => ({ text, storedMs: this.nowMs })))
  }

  drop(index: number): void {
    const [topic] = nameOf(index)
    for (const key of this.queues.keys()) if (key.startsWith(`${topic}/`)) this.queues.delete(key)
  }

  moveClock(byMs: number): void {
    this.nowMs += byMs
    if (byMs < 0) this.wasSetBack = true
  }
}

const textsOf = (messages: readonly ModelMessage[]): string[] => messages.map(({ text }) => text)

/** A key of its own, one that many share, and a tag that every second message has. */
function propertiesOf(text: string): string {
  return encodeProperties({ KEYS: `${keyOf(text)} common`, TAGS: isEven(text) ? 'even' : 'odd' })
}

const keyOf = (text: string): string => text.split(':')[0] as string

const isEven = (text: string): boolean => Number(keyOf(text)) % 2 === 0

/** Tags code of `even`: its hash. */
const EVEN_CODE = 3_125_530

/** Every message is found by its key, once, and at its time only. */
async function checkKeys(store: MessageStore, model: Model): Promise<void> {
  const all = { maxMessages: 64, maxBytes: 1_000_000, begin: 0, end: Number.MAX_SAFE_INTEGER }
  for (const [name, messages] of model.queues) {
    const [topic = ''] = name.split('/')
    for (const { text, storedMs } of messages) {
      const find = async (begin: number, end: number): Promise<boolean[]> =>
        (await store.recordsByKey(topic, keyOf(text), { ...all, begin, end })).records.map((record) =>
          record.includes(text),
        )
      expect(await find(0, all.end)).toEqual([true])
      expect(await find(0, storedMs - 1)).toEqual([])
      expect(await find(storedMs + 1, all.end)).toEqual([])
      if (!model.wasSetBack) expect(await find(storedMs, storedMs)).toEqual([true])
    }
  }
}

async function appendBatch(store: MessageStore, index: number, texts: readonly string[]): Promise<AppendResult> {
  const done = deferred<AppendResult>()
  const [topic, queueId] = nameOf(index)
  const parts = texts.map((text) => ({ flag: 0, body: Buffer.from(text), properties: Buffer.from(propertiesOf(text)) }))
  store.appendBatch({ ...message('', { topic, queueId }), parts }, { appended: done.resolve })
  return done.promise
}

function appendText(store: MessageStore, index: number, text: string): Promise<AppendResult> {
  const [topic, queueId] = nameOf(index)
  return append(store, message(text, { topic, queueId, properties: propertiesOf(text) }))
}

async function put(
  store: MessageStore,
  model: Model,
  { kind, queue: index, bytes: sizes }: Extract<Step, { kind: 'append' | 'batch' }>,
): Promise<void> {
  const texts = sizes.map((size) => model.next(kind === 'batch' ? size % 320 : size))
  const expected = model.of(index).length
  if (kind === 'batch') {
    const result = await appendBatch(store, index, texts)
    const total = texts.reduce((sum, text) => sum + 91 + 1 + text.length + propertiesOf(text).length, 0)
    // A batch that no file has room for is refused as a whole; any other is stored as a whole.
    if (total > LOG_FILE_ROOM) {
      expect(result).toMatchObject({ status: 'message-illegal', queueOffset: 0 })
      return
    }
    expect(result).toMatchObject({ status: 'ok', queueOffset: expected })
    expect(result.physicalOffsets).toHaveLength(texts.length)
  } else {
    const results = await Promise.all(texts.map((text) => appendText(store, index, text)))
    expect(results.map(({ status, queueOffset }) => [status, queueOffset])).toEqual(
      results.map((_, at) => ['ok', expected + at]),
    )
  }
  model.add(index, texts)
}

async function checkRead(store: MessageStore, model: Model, asked: Extract<Step, { kind: 'read' }>): Promise<void> {
  const { queue: index, from, count, maxBytes, filter } = asked
  const messages = model.of(index)
  const [topic, queueId] = nameOf(index)
  const accepts = filter === 'tag' ? (code: number) => code === EVEN_CODE : undefined
  const acceptsRecord =
    filter === 'content'
      ? (record: Buffer, at: number, size: number) => record.subarray(at, at + size).includes('even')
      : undefined
  const result = await store.read(topic, queueId, from, { maxMessages: count, maxBytes, accepts, acceptsRecord })
  const { length } = messages
  expect(result.maxOffset).toBe(length)
  if (length === 0) expect(result.status).toBe('NO_MESSAGE_IN_QUEUE')
  else if (from < 0) expect(result).toMatchObject({ status: 'OFFSET_TOO_SMALL', nextOffset: 0 })
  else if (from === length) expect(result.status).toBe('OFFSET_OVERFLOW_ONE')
  else if (from > length) expect(result).toMatchObject({ status: 'OFFSET_OVERFLOW_BADLY', nextOffset: length })
  else {
    const found = decodeRecords(Buffer.concat(result.slices), 'b')
    const passed = messages.slice(from, result.nextOffset).filter(({ text }) => filter === 'none' || isEven(text))
    expect(found.map(({ body }) => body.toString())).toEqual(textsOf(passed))
    expect(found.map(({ storeTimestamp }) => storeTimestamp)).toEqual(passed.map(({ storedMs }) => storedMs))
    expect(result.status).toBe(passed.length > 0 ? 'FOUND' : 'NO_MATCHED_MESSAGE')
    expect(result.nextOffset).toBeGreaterThan(from)
    expect(result.messageCount).toBe(found.length)
    expect(result.messageCount).toBeLessThanOrEqual(count)
    // The first message is given whatever its size.
    if (result.messageCount > 1) expect(result.bytes).toBeLessThanOrEqual(Math.max(100, maxBytes ?? 1_000_000))
  }
}

async function checkTime(store: MessageStore, model: Model, asked: Extract<Step, { kind: 'time' }>): Promise<void> {
  const messages = model.of(asked.queue)
  const [topic, queueId] = nameOf(asked.queue)
  const at = messages.length === 0 ? 0 : asked.at % messages.length
  expect(await store.storeTimeAt(topic, queueId, at)).toBe(messages[at]?.storedMs)
  const timeMs = (messages[at]?.storedMs ?? model.nowMs) + asked.byMs
  const lower = await store.offsetByTime(topic, queueId, timeMs, 'lower')
  const upper = await store.offsetByTime(topic, queueId, timeMs, 'upper')
  const times = messages.map(({ storedMs }) => storedMs)
  for (const found of [lower, upper]) expect(found >= 0 && found <= messages.length).toBe(true)
  // After the clock was set back more than one answer is right.
  if (times.some((time, index) => time < (times[index - 1] ?? 0))) return
  const first = times.findIndex((time) => time >= timeMs)
  expect(lower).toBe(first < 0 ? times.length : first)
  expect(upper).toBe(
    Math.max(
      0,
      times.findLastIndex((time) => time <= timeMs),
    ),
  )
}

/** Ends a store while messages are on their way; gives the files that the next one finds. */
async function end(
  store: MessageStore,
  files: SimulatedFiles,
  model: Model,
  { kind, queue: index, inFlight: sizes }: Extract<Step, { kind: 'restart' | 'kill' }>,
): Promise<{ readonly files: SimulatedFiles; readonly unanswered: readonly string[] }> {
  const texts = sizes.map((size) => model.next(size))
  const results = Promise.all(texts.map((text) => appendText(store, index, text)))
  if (kind === 'kill') return { files: files.copyAll(), unanswered: texts }
  await store[Symbol.asyncDispose]()
  // Every one was answered, and what came before the closing was stored.
  expect((await results).map(({ status }) => status)).toEqual(texts.map(() => 'ok'))
  expect((await appendText(store, index, 'late')).status).toBe('service-not-available')
  model.add(index, texts)
  return { files, unanswered: [] }
}

/** Of messages that nobody got an answer for, the first ones may have been stored. */
async function takeUnanswered(
  store: MessageStore,
  model: Model,
  index: number,
  texts: readonly string[],
): Promise<void> {
  const [topic, queueId] = nameOf(index)
  const stored = store.maxOffset(topic, queueId) - model.of(index).length
  expect(stored >= 0 && stored <= texts.length).toBe(true)
  model.add(index, texts.slice(0, stored))
}

async function run(steps: readonly Step[], isMemorySmall: boolean): Promise<void> {
  const settings = {
    coldLogBytesMax: 8192,
    coldQueueBytesMax: 400,
    openFilesMax: 16,
    hotLogBytesMax: isMemorySmall ? 1 : 1_000_000,
  }
  const model = new Model()
  let files = new SimulatedFiles()
  let restarts = 0
  const open = (): Promise<MessageStore> => {
    const flushDiskType = restarts++ % 3 === 2 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH'
    return openSmall(files, { ...settings, flushDiskType }, { clock: model.clock })
  }
  let store = await open()
  const abandoned: MessageStore[] = []
  for (const each of steps) {
    if (each.kind === 'append' || each.kind === 'batch') await put(store, model, each)
    else if (each.kind === 'read') await checkRead(store, model, each)
    else if (each.kind === 'time') await checkTime(store, model, each)
    else if (each.kind === 'clock') model.moveClock(each.byMs)
    else if (each.kind === 'drop') {
      await store.dropTopic(nameOf(each.queue)[0])
      model.drop(each.queue)
    } else if (each.kind === 'lose-power') {
      // With ASYNC_FLUSH everything is promised only now.
      await store.flush()
      abandoned.push(store)
      files = files.losePower(seededRandom(each.seed))
      store = await open()
    } else if (each.kind === 'restart' || each.kind === 'kill') {
      if (each.kind === 'kill') abandoned.push(store)
      const ended = await end(store, files, model, each)
      files = ended.files
      store = await open()
      await takeUnanswered(store, model, each.queue, ended.unanswered)
    }
  }
  for (let index = 0; index < 6; index++) {
    const [topic, queueId] = nameOf(index)
    expect(await allTexts(store, topic, queueId)).toEqual(textsOf(model.of(index)))
  }
  await checkKeys(store, model)
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
  for (const each of abandoned) await each[Symbol.asyncDispose]()
}

test(
  'the store behaves as lists of messages do, whatever happens to it in between',
  () =>
    fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), run), {
      numRuns: RUNS,
      ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    }),
  60_000 + RUNS * 200,
)
