/** Batch queues: one entry for all messages of a record. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allTexts, append, message, openSmall, read, SMALL, STORE, textsOf } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import { decodeRecord, encodeBatch, encodeProperties, SYS_FLAG } from '../../message/index.ts'
import { type AppendMessage, type MessageStore, type StorePorts, verifyStore } from '../index.ts'

/** Three entries a file. */
const BATCH_SMALL = { ...SMALL, mapperFileSizeBatchConsumeQueue: 3 * 46 }
const INNER = SYS_FLAG.innerBatch | SYS_FLAG.needUnwrap
const batchT: StorePorts = { queueKindOf: (topic) => (topic === 'T' ? 'batch' : 'simple') }

function inner(texts: readonly string[], changes: Partial<AppendMessage> = {}): AppendMessage {
  const body = encodeBatch(texts.map((text) => ({ body: Buffer.from(text), flag: 0, properties: '' })))
  return message('', { body, sysFlag: INNER, properties: encodeProperties({ UNIQ_KEY: 'U' }), ...changes })
}

function open(files: SimulatedFiles, ports: StorePorts = batchT): Promise<MessageStore> {
  return openSmall(files, BATCH_SMALL, ports)
}

async function verify(files: SimulatedFiles): Promise<void> {
  expect((await verifyStore(STORE, BATCH_SMALL, files)).problems).toEqual([])
}

async function close(store: MessageStore, files: SimulatedFiles): Promise<void> {
  await store[Symbol.asyncDispose]()
  await verify(files)
}

test('an inner batch is one record and one entry, and takes an offset for each message', async () => {
  const files = new SimulatedFiles()
  const store = await open(files)
  const first = await append(store, inner(['a', 'b', 'c']))
  const single = await append(store, message('d'))
  const second = await append(store, inner(['e', 'f']))
  expect([first, single, second].map(({ status, queueOffset }) => [status, queueOffset])).toEqual([
    ['ok', 0],
    ['ok', 3],
    ['ok', 4],
  ])
  expect(store.maxOffset('T', 0)).toBe(6)
  const record = await store.recordAt(second.physicalOffset)
  const { properties, sysFlag, queueOffset } = decodeRecord(record as Buffer, 0, 'b')
  expect({ sysFlag, queueOffset, number: properties['INNER_NUM'], base: properties['INNER_BASE'] }).toEqual({
    sysFlag: INNER,
    queueOffset: 4,
    number: '2',
    base: '4',
  })
  await close(store, files)
})

test('a read inside a batch gives the whole record and goes on behind it', async () => {
  const files = new SimulatedFiles()
  const store = await open(files)
  await append(store, inner(['a', 'b', 'c']))
  await append(store, inner(['d', 'e']))
  const { result, messages } = await read(store, 1, { maxMessages: 3 })
  expect(result).toMatchObject({ status: 'FOUND', messageCount: 3, nextOffset: 3, minOffset: 0, maxOffset: 5 })
  expect(messages.map(({ queueOffset, body }) => [queueOffset, body.toString()])).toEqual([
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ])
  await close(store, files)
})

test('the first record is given whatever the number of its messages, a further one only if all fit', async () => {
  const files = new SimulatedFiles()
  const store = await open(files)
  await append(store, inner(textsOf('a', 5)))
  await append(store, inner(textsOf('b', 4)))
  await append(store, message('c'))
  expect((await read(store, 0, { maxMessages: 1 })).result.messageCount).toBe(5)
  expect((await read(store, 0, { maxMessages: 8 })).result.messageCount).toBe(5)
  expect((await read(store, 0, { maxMessages: 9 })).result.messageCount).toBe(9)
  expect((await read(store, 0, { maxMessages: 10 })).result.nextOffset).toBe(10)
  await close(store, files)
})

test('a read looks at so many offsets for messages that match, not at so many entries', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { ...BATCH_SMALL, maxFilterMessageSize: 46 * 4 }, batchT)
  for (const text of ['a', 'b', 'c']) await append(store, inner([`${text}1`, `${text}2`]))
  const { result } = await read(store, 0, { maxMessages: 1, accepts: () => false })
  expect(result).toMatchObject({ status: 'NO_MATCHED_MESSAGE', nextOffset: 4 })
  await close(store, files)
})

test.each([
  ['a body that is no batch', inner([], { body: Buffer.from('x'.repeat(30)) })],
  ['an empty body', inner([], { body: Buffer.alloc(0) })],
  ['an ordinary topic', inner(['a'], { topic: 'Plain' })],
  ['more messages than an entry can count', inner(textsOf('', 32_768).map(() => ''))],
  ['the number of an inner batch without its flag', message('a', { properties: 'INNER_NUM\u00013\u0002' })],
])('an inner batch with %s is refused, and nothing is stored', async (_what, input) => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { ...BATCH_SMALL, mappedFileSizeCommitLog: 1 << 20 }, batchT)
  expect((await append(store, input)).status).toBe('message-illegal')
  expect((await append(store, message('next'))).queueOffset).toBe(0)
  await store[Symbol.asyncDispose]()
  const { problems } = await verifyStore(STORE, { ...BATCH_SMALL, mappedFileSizeCommitLog: 1 << 20 }, files)
  expect(problems).toEqual([])
})

test('an inner batch among the parts of a plain batch is refused', async () => {
  const files = new SimulatedFiles()
  const store = await open(files)
  const part = { flag: 0, body: Buffer.from('a'), properties: Buffer.alloc(0) }
  const { flag: _flag, body: _body, ...batch } = inner(['a'])
  const status = await new Promise((resolve) =>
    store.appendBatch({ ...batch, parts: [part] }, { appended: (result) => resolve(result.status) }),
  )
  expect(status).toBe('message-illegal')
  await close(store, files)
})

describe('after a restart', () => {
  test.each([
    ['with its note', (): void => undefined],
    ['without its note', (files: SimulatedFiles): void => files.remove(`${STORE}/clean-stop.rocketstream`)],
    ['without its queues', (files: SimulatedFiles): void => files.remove(`${STORE}/batchconsumequeue`)],
    ['with abort', (files: SimulatedFiles): void => files.writeWhole(`${STORE}/abort`, '1')],
  ])('of a clean stop %s all batches are there, also without being told the kind', async (_how, change) => {
    for (const ports of [batchT, {}]) {
      const files = new SimulatedFiles()
      const store = await open(files)
      await append(store, message('0'))
      for (let index = 0; index < 9; index++) await append(store, inner(textsOf(`${index}`, (index % 3) + 1)))
      const texts = await allTexts(store)
      const max = store.maxOffset('T', 0)
      await close(store, files)
      change(files)
      const again = await open(files, ports)
      expect(await allTexts(again)).toEqual(texts)
      expect((await append(again, inner(['x', 'y']))).queueOffset).toBe(max)
      expect(await allTexts(again)).toEqual([...texts, 'x', 'y'])
      await close(again, files)
    }
  })

  test('the log alone tells which topics have batch queues, however many took a plain message first', async () => {
    const files = new SimulatedFiles()
    const store = await open(files, { queueKindOf: () => 'batch' })
    for (const topic of ['A', 'B', 'C']) {
      await append(store, message('plain', { topic }))
      await append(store, inner(['x', 'y'], { topic }))
    }
    await close(store, files)
    files.remove(`${STORE}/batchconsumequeue`)
    const again = await open(files, {})
    for (const topic of ['A', 'B', 'C']) {
      expect(await allTexts(again, topic)).toEqual(['plain', 'x', 'y'])
      expect(again.maxOffset(topic, 0)).toBe(3)
    }
    await close(again, files)
  })

  test('old batches are found wherever a read begins', async () => {
    const files = new SimulatedFiles()
    const store = await openSmall(files, { ...BATCH_SMALL, mapperFileSizeBatchConsumeQueue: 700 * 46 }, batchT)
    for (let index = 0; index < 1500; index++) await append(store, inner(textsOf('', (index % 4) + 1)))
    const max = store.maxOffset('T', 0)
    await store[Symbol.asyncDispose]()
    const again = await openSmall(files, { ...BATCH_SMALL, mapperFileSizeBatchConsumeQueue: 700 * 46 }, batchT)
    for (const offset of [0, max - 1, 5, 1, Math.floor(max / 2), max - 2, 0, 2555, 2556, 1279, 1280]) {
      const { messages } = await read(again, offset, { maxMessages: 1 })
      expect(messages.map((found) => found.queueOffset)).toContain(offset)
    }
    await again[Symbol.asyncDispose]()
  })
})

test('a dropped topic may come back with queues of the other kind', async () => {
  const files = new SimulatedFiles()
  let kind: 'batch' | 'simple' = 'batch'
  const store = await open(files, { queueKindOf: () => kind })
  await append(store, inner(['a', 'b']))
  await store.dropTopic('T')
  kind = 'simple'
  expect(await append(store, message('c'))).toMatchObject({ status: 'ok', queueOffset: 0 })
  await close(store, files)
  files.remove(`${STORE}/clean-stop.rocketstream`)
  const again = await open(files, { queueKindOf: () => kind })
  expect(await allTexts(again)).toEqual(['c'])
  await close(again, files)
})

test.each([
  ['batch', 'simple', 'batchconsumequeue'],
  ['simple', 'batch', 'consumequeue'],
] as const)('a folder of %s queues of a topic that has %s ones is refused', async (made, told, folder) => {
  const files = new SimulatedFiles()
  const store = await open(files, { queueKindOf: () => made })
  await append(store, message('a'))
  await store[Symbol.asyncDispose]()
  await expect(open(files, { queueKindOf: () => told })).rejects.toMatchObject({
    code: 'RMQ_STORE_QUEUE_KIND',
    details: { path: `${STORE}/${folder}/T`, topic: 'T', kind: made, expected: told },
  })
  const again = await open(files, { queueKindOf: () => made })
  expect(await allTexts(again)).toEqual(['a'])
  await again[Symbol.asyncDispose]()
})

test('a time leads to the first message of a batch', async () => {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock(1_000_000)
  const store = await open(files, { ...batchT, clock })
  for (const count of [2, 3, 4, 5]) {
    const done = append(store, inner(textsOf('', count)))
    await clock.advance(10)
    await done
  }
  const asked = [
    [999_999, 'lower'],
    [1_000_000, 'lower'],
    [1_000_001, 'lower'],
    [1_000_020, 'lower'],
    [1_000_020, 'upper'],
    [1_000_021, 'upper'],
    [1_000_030, 'upper'],
    [2_000_000, 'lower'],
  ] as const
  const found = await Promise.all(asked.map(([time, boundary]) => store.offsetByTime('T', 0, time, boundary)))
  expect(found).toEqual([0, 0, 2, 5, 5, 9, 9, 9])
  const closing = store[Symbol.asyncDispose]()
  await clock.advance(1000)
  await closing
})

test('whatever is appended, lost and reopened: every answered message is read at its offset', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 1, arbitrary: fc.constantFrom('stop', 'crash', 'lose-queues') },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), async (steps, seed) => {
      const random = seededRandom(seed)
      let files = new SimulatedFiles()
      let store = await open(files)
      const expected: string[] = []
      for (const action of steps) {
        if (typeof action === 'number') {
          const texts = textsOf(`${expected.length}`, action)
          const input = action === 1 ? message(texts[0] ?? '') : inner(texts)
          expect((await append(store, input)).queueOffset).toBe(expected.length)
          expected.push(...texts)
          continue
        }
        if (action === 'crash') {
          await store.flush()
          const left = files.losePower(random)
          await store[Symbol.asyncDispose]()
          files = left
        } else {
          await close(store, files)
        }
        if (action === 'lose-queues') files.remove(`${STORE}/batchconsumequeue`)
        store = await open(files)
      }
      expect(await allTexts(store)).toEqual(expected)
      await close(store, files)
    }),
    { numRuns: 30 },
  )
})
