import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allTexts, append, message, openSmall, SMALL, STORE } from '../../test/kit/store.ts'
import { deferred } from '../base/async/index.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { seededRandom } from '../base/random/index.ts'
import { encodeProperties } from '../message/index.ts'
import { type AppendResult, type MessageStore, verifyStore } from './index.ts'

type Step =
  | { readonly kind: 'append' | 'batch'; readonly queue: number; readonly bytes: readonly number[] }
  | { readonly kind: 'restart' }
  | { readonly kind: 'kill' }
  | { readonly kind: 'lose-power'; readonly seed: number }
  | { readonly kind: 'drop'; readonly queue: number }
  | { readonly kind: 'read'; readonly queue: number; readonly from: number; readonly count: number }

const queue = fc.integer({ min: 0, max: 5 })
const bytes = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 12 })
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
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose-power' as const), seed: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), queue }) },
)

/** Two topics of three queues. */
const nameOf = (index: number): [topic: string, queueId: number] => [index % 2 === 0 ? 'T' : 'U', Math.floor(index / 2)]

/** The store as it should be: texts by queue. */
class Model {
  readonly queues = new Map<string, string[]>()
  count = 0

  of(index: number): string[] {
    const key = nameOf(index).join('/')
    const texts = this.queues.get(key) ?? []
    this.queues.set(key, texts)
    return texts
  }

  next(byteCount: number): string {
    return `${this.count++}:${'x'.repeat(byteCount)}`
  }

  drop(index: number): void {
    const [topic] = nameOf(index)
    for (const key of this.queues.keys()) if (key.startsWith(`${topic}/`)) this.queues.delete(key)
  }
}

/** A key of its own, and one that many share. */
function keysOf(text: string): string {
  return `${text.split(':')[0]} common`
}

/** Every message is found by its key, once. */
async function checkKeys(store: MessageStore, model: Model): Promise<void> {
  const all = { maxMessages: 64, maxBytes: 1_000_000, begin: 0, end: Number.MAX_SAFE_INTEGER }
  for (const [name, texts] of model.queues) {
    const [topic = ''] = name.split('/')
    for (const text of texts) {
      const { records } = await store.recordsByKey(topic, text.split(':')[0] as string, all)
      expect(records.map((record) => record.includes(text))).toEqual([true])
    }
  }
}

async function appendBatch(store: MessageStore, index: number, texts: readonly string[]): Promise<AppendResult> {
  const done = deferred<AppendResult>()
  const [topic, queueId] = nameOf(index)
  const parts = texts.map((text) => {
    const properties = Buffer.from(encodeProperties({ TAGS: 'x', KEYS: keysOf(text) }))
    return { flag: 0, body: Buffer.from(text), properties }
  })
  store.appendBatch({ ...message('', { topic, queueId }), parts }, { appended: done.resolve })
  return done.promise
}

async function put(
  store: MessageStore,
  model: Model,
  { kind, queue: index, bytes: sizes }: Extract<Step, { kind: 'append' | 'batch' }>,
): Promise<void> {
  const [topic, queueId] = nameOf(index)
  const texts = sizes.map((size) => model.next(kind === 'batch' ? size % 200 : size))
  const expected = model.of(index).length
  const firsts =
    kind === 'batch'
      ? [await appendBatch(store, index, texts)]
      : await Promise.all(
          texts.map((text) =>
            append(store, message(text, { topic, queueId, properties: encodeProperties({ KEYS: keysOf(text) }) })),
          ),
        )
  expect(firsts.map(({ status, queueOffset }) => [status, queueOffset])).toEqual(
    firsts.map((_, at) => ['ok', expected + at]),
  )
  model.of(index).push(...texts)
}

async function checkRead(store: MessageStore, model: Model, index: number, from: number, count: number): Promise<void> {
  const texts = model.of(index)
  const [topic, queueId] = nameOf(index)
  const result = await store.read(topic, queueId, from, { maxMessages: count })
  expect(result.maxOffset).toBe(texts.length)
  if (texts.length === 0) expect(result.status).toBe('NO_MESSAGE_IN_QUEUE')
  else if (from < 0) expect(result).toMatchObject({ status: 'OFFSET_TOO_SMALL', nextOffset: 0 })
  else if (from === texts.length) expect(result.status).toBe('OFFSET_OVERFLOW_ONE')
  else if (from > texts.length)
    expect(result).toMatchObject({ status: 'OFFSET_OVERFLOW_BADLY', nextOffset: texts.length })
  else {
    expect(result.status).toBe('FOUND')
    expect(result.nextOffset).toBe(from + result.messageCount)
    expect(result.messageCount).toBeLessThanOrEqual(count)
    const bytesRead = Buffer.concat(result.slices)
    expect(bytesRead).toHaveLength(result.bytes)
    for (const text of texts.slice(from, from + result.messageCount)) expect(bytesRead.includes(text)).toBe(true)
  }
}

test('the store behaves as lists of messages do, whatever happens to it in between', async () => {
  const common = {
    flushDiskType: 'SYNC_FLUSH',
    coldLogBytesMax: 8192,
    coldQueueBytesMax: 400,
    openFilesMax: 16,
  } as const
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, isMemorySmall) => {
      const settings = isMemorySmall ? { ...common, hotLogBytesMax: 1 } : common
      const model = new Model()
      let files = new SimulatedFiles()
      let store = await openSmall(files, settings)
      const abandoned: MessageStore[] = []
      for (const each of steps) {
        if (each.kind === 'append' || each.kind === 'batch') {
          await put(store, model, each)
        } else if (each.kind === 'read') {
          await checkRead(store, model, each.queue, each.from, each.count)
        } else if (each.kind === 'drop') {
          await store.dropTopic(nameOf(each.queue)[0])
          model.drop(each.queue)
        } else {
          if (each.kind === 'restart') await store[Symbol.asyncDispose]()
          else abandoned.push(store)
          if (each.kind === 'kill') files = files.copyAll()
          if (each.kind === 'lose-power') files = files.losePower(seededRandom(each.seed))
          store = await openSmall(files, settings)
        }
      }
      for (let index = 0; index < 6; index++) {
        const [topic, queueId] = nameOf(index)
        expect(await allTexts(store, topic, queueId)).toEqual(model.of(index))
      }
      await checkKeys(store, model)
      await store[Symbol.asyncDispose]()
      expect((await verifyStore(STORE, SMALL, files)).problems).toEqual([])
      for (const each of abandoned) await each[Symbol.asyncDispose]()
    }),
    { numRuns: 60 },
  )
}, 60_000)
