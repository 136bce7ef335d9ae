import { expect, test } from 'vitest'
import { forEachStop } from '../../test/kit/stop-moments.ts'
import { allTexts, append, message, openSmall, read, SMALL, STORE, textsOf } from '../../test/kit/store.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { silentLogger } from '../base/log/index.ts'
import { systemClock } from '../base/time/index.ts'
import { encodeProperties } from '../message/index.ts'
import { type MessageStore, verifyStore } from './index.ts'

const LOG = `${STORE}/commitlog`
const QUEUES = `${STORE}/consumequeue`
const INDEX = `${STORE}/index`
const CLEAN_STOP = `${STORE}/clean-stop.rocketstream`
const COUNT = 150

const problems = async (files: SimulatedFiles): Promise<readonly string[]> =>
  (await verifyStore(STORE, SMALL, files)).problems

const keyed = (text: string): { properties: string } => ({
  properties: encodeProperties({ UNIQ_KEY: `u-${text}`, KEYS: `k-${text} common` }),
})

/**
 * A directory with topic T in every log file, topic U (queue 3) in the first one only, topic V in the second one only.
 * `clean`: as after a stop of Apache's broker, which leaves no note; `abort`: as after a kill.
 */
async function left(stop: 'clean' | 'abort'): Promise<SimulatedFiles> {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  for (const [index, text] of textsOf('m', COUNT).entries()) {
    if (index < 5) await append(store, message(`u-${index}`, { topic: 'U', queueId: 3, ...keyed(`u-${index}`) }))
    if (index >= 30 && index < 35)
      await append(store, message(`v-${index - 30}`, { topic: 'V', ...keyed(`v-${index}`) }))
    await append(store, message(text, keyed(text)))
  }
  await store[Symbol.asyncDispose]()
  expect(files.list(LOG).length).toBeGreaterThan(5)
  files.remove(CLEAN_STOP)
  if (stop === 'abort') files.writeWhole(`${STORE}/abort`, '4711')
  return files
}

async function expectAll(store: MessageStore): Promise<void> {
  expect(await allTexts(store)).toEqual(textsOf('m', COUNT))
  expect(await allTexts(store, 'U', 3)).toEqual(textsOf('u', 5))
  expect(await allTexts(store, 'V')).toEqual(textsOf('v', 5))
  const limits = { maxMessages: 64, maxBytes: 1_000_000, begin: 0, end: Number.MAX_SAFE_INTEGER }
  for (const text of ['m-0', 'm-70', `m-${COUNT - 1}`]) {
    expect((await store.recordsByKey('T', `k-${text}`, limits)).records).toHaveLength(1)
    expect((await store.recordsByKey('T', `u-${text}`, limits)).records).toHaveLength(1)
  }
}

/** Opens, expects everything, closes, and expects a directory in order. */
async function expectWhole(files: SimulatedFiles): Promise<void> {
  const store = await openSmall(files)
  await expectAll(store)
  expect((await append(store, message('next'))).queueOffset).toBe(COUNT)
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
}

/** The last file of a folder. */
function lastOf(files: SimulatedFiles, folder: string): string {
  return `${folder}/${files.list(folder).at(-1)?.name}`
}

function writeAt(files: SimulatedFiles, path: string, at: number, bytes: Uint8Array): void {
  const file = files.open(path)
  file.writeSync(bytes, at)
  file.close()
}

/** The queue's last file ends some entries earlier. */
function lag(files: SimulatedFiles): void {
  const path = lastOf(files, `${QUEUES}/T/0`)
  writeAt(files, path, 40, Buffer.alloc(160))
}

type Loss = (files: SimulatedFiles) => void

const LOSSES: readonly (readonly [what: string, lose: Loss])[] = [
  ['nothing', () => undefined],
  ['all queues', (files) => files.remove(QUEUES)],
  ['the folder of a queue in every log file', (files) => files.remove(`${QUEUES}/T`)],
  ['the folder of a queue that ended in the first log file', (files) => files.remove(`${QUEUES}/U`)],
  ['the folder of a queue that lies in the second log file', (files) => files.remove(`${QUEUES}/V`)],
  ['a queue’s first file', (files) => files.remove(`${QUEUES}/T/0/${'0'.repeat(20)}`)],
  ['a queue’s last file', (files) => files.remove(lastOf(files, `${QUEUES}/T/0`))],
  ['a queue’s last entries', lag],
  ['the whole index', (files) => files.remove(INDEX)],
  ['the last index file', (files) => files.remove(lastOf(files, INDEX))],
  ['the end of an index file', (files) => files.writeWhole(lastOf(files, INDEX), 'short')],
  ['the checkpoint', (files) => files.remove(`${STORE}/checkpoint`)],
  [
    'all but the log',
    (files) => {
      for (const each of [QUEUES, INDEX, `${STORE}/checkpoint`, `${STORE}/abort.bak`, `${STORE}/lock`])
        files.remove(each)
    },
  ],
]

test.each(LOSSES)(
  'after a clean stop of Apache’s broker and the loss of %s every message and key is there',
  async (_, lose) => {
    const files = await left('clean')
    lose(files)
    await expectWhole(files)
  },
)

test.each(LOSSES)('after a kill and the loss of %s every message and key is there', async (_, lose) => {
  const files = await left('abort')
  lose(files)
  await expectWhole(files)
})

const FUTURE = Buffer.alloc(24)
for (const at of [0, 8, 16]) FUTURE.writeBigInt64BE(4_000_000_000_000n, at)

test.each([
  ['empty', Buffer.alloc(0)],
  ['shorter than its length', Buffer.alloc(20, 1)],
  ['all zeros', Buffer.alloc(4096)],
  ['noise', Buffer.alloc(4096, 0xa7)],
  ['from the future', Buffer.concat([FUTURE, Buffer.alloc(4072)])],
])('a checkpoint that is %s keeps nobody from finding everything', async (_, content) => {
  for (const lose of [() => undefined, lag, (files: SimulatedFiles) => files.remove(`${QUEUES}/U`)]) {
    const files = await left('abort')
    files.writeWhole(`${STORE}/checkpoint`, content)
    lose(files)
    await expectWhole(files)
    expect(files.facts(`${STORE}/checkpoint`)?.bytes).toBe(4096)
  }
})

test.each([
  ['an old process id', '4711'],
  ['nothing', ''],
])('abort.bak with %s means nothing', async (_, content) => {
  const files = await left('clean')
  files.writeWhole(`${STORE}/abort.bak`, content)
  await expectWhole(files)
})

test('an abort file without content counts as a kill', async () => {
  const files = await left('abort')
  files.writeWhole(`${STORE}/abort`, '')
  lag(files)
  await expectWhole(files)
})

test('a topic that Apache’s broker deleted does not come back with its old messages; one whose folder is lost does', async () => {
  const files = await left('clean')
  files.remove(`${QUEUES}/U`)
  files.remove(`${QUEUES}/V`)
  files.makeDirectory(`${STORE}/config`)
  files.writeWhole(`${STORE}/config/topics.json`, '{"topicConfigTable":{"T":{},"V":{}}}')
  const store = await openSmall(files)
  expect(store.queues()).toEqual(new Map(Object.entries({ T: [0], V: [0] })))
  expect(await allTexts(store, 'V')).toEqual(textsOf('v', 5))
  expect((await append(store, message('again', { topic: 'U', queueId: 3 }))).queueOffset).toBe(0)
  await store[Symbol.asyncDispose]()
})

test.each(['{"topicConfigTable":', '[]', '{}', ''])(
  'topics.json that cannot tell (%s) makes no topic a deleted one',
  async (text) => {
    const files = await left('clean')
    files.remove(`${QUEUES}/U`)
    files.makeDirectory(`${STORE}/config`)
    files.writeWhole(`${STORE}/config/topics.json`, text)
    await expectWhole(files)
  },
)

/** The messages of queue 0 of T in one log file. */
async function textsIn(files: SimulatedFiles, start: number): Promise<string[]> {
  const store = await openSmall(files)
  const texts: string[] = []
  for (let offset = 0; offset < COUNT; offset++) {
    const { result, messages } = await read(store, offset, { maxMessages: 1 })
    const isIn = result.lastPhysicalOffset >= start && result.lastPhysicalOffset < start + 4096
    if (isIn) texts.push(...messages.map(({ body }) => body.toString()))
  }
  await store[Symbol.asyncDispose]()
  return texts
}

test.each(['clean', 'abort'] as const)(
  'a log file that is missing in between takes only its own messages with it (%s)',
  async (stop) => {
    const files = await left(stop)
    const before = files.copyAll()
    files.remove(`${LOG}/${String(2 * 4096).padStart(20, '0')}`)
    const store = await openSmall(files)
    const lost = await textsIn(before, 2 * 4096)
    expect(lost.length).toBeGreaterThan(10)
    expect(await allTexts(store)).toEqual(textsOf('m', COUNT).filter((text) => !lost.includes(text)))
    expect((await append(store, message('next'))).queueOffset).toBe(COUNT)
    await store[Symbol.asyncDispose]()
    expect(files.facts(`${STORE}/damaged`)).toBeUndefined()
  },
)

test.each([
  [
    'an empty file between others',
    `${LOG}/${String(4096).padStart(20, '0')}`,
    'RMQ_STORE_FILE_LENGTH',
    /has 0 bytes, not 4096/,
  ],
  [
    'an empty queue file between others',
    `${QUEUES}/T/0/${String(200).padStart(20, '0')}`,
    'RMQ_STORE_FILE_LENGTH',
    /has 0 bytes, not 200/,
  ],
  ['a file whose name is no number', `${LOG}/notes`, 'RMQ_STORE_STRAY_FILE', /notes.*Move it away/],
  ['a file between two places', `${LOG}/${String(4097).padStart(20, '0')}`, 'RMQ_STORE_STRAY_FILE', /multiples of/],
  ['a stray file in a queue folder', `${QUEUES}/T/0/notes`, 'RMQ_STORE_STRAY_FILE', /notes.*Move it away/],
])('%s is refused with its path, and nothing is changed', async (_, path, code, sentence) => {
  const files = await left('clean')
  files.writeWhole(path, '')
  const before = files.list(LOG).map(({ name }) => files.readWhole(`${LOG}/${name}`))
  await expect(openSmall(files)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(sentence),
    details: { path },
  })
  expect(files.list(LOG).map(({ name }) => files.readWhole(`${LOG}/${name}`))).toEqual(before)
  files.remove(path)
  expect(code).toMatch(/RMQ_STORE/)
})

test('empty last files, of the log or of a queue, are removed as Apache’s broker does', async () => {
  const files = await left('clean')
  files.writeWhole(`${LOG}/${String(4096 * 50).padStart(20, '0')}`, '')
  files.writeWhole(`${QUEUES}/T/0/${String(200 * 90).padStart(20, '0')}`, '')
  await expectWhole(files)
})

test('folders and files that are none of the store’s are left alone', async () => {
  const files = await left('clean')
  const folders = [`${LOG}/old`, `${QUEUES}/T/notes`, `${QUEUES}/T/0/old`, `${INDEX}/old`, `${STORE}/mine`]
  for (const folder of folders) {
    files.makeDirectory(folder)
    files.writeWhole(`${folder}/file`, 'x')
  }
  for (const path of [`${INDEX}/notes`, `${QUEUES}/notes`, `${QUEUES}/T/notes.txt`]) files.writeWhole(path, 'x')
  await expectWhole(files)
  for (const folder of folders) expect(files.readWhole(`${folder}/file`)?.toString()).toBe('x')
})

test('bytes of an earlier life of the log, which Apache’s broker leaves behind its end, do not take places in queues', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  for (const text of textsOf('m', 10)) await append(store, message(text))
  const old = files.copyAll()
  await store[Symbol.asyncDispose]()
  // A second life: the log was cut behind the fourth message, and the next record has the length of the one that was
  // there.
  const path = `${LOG}/${'0'.repeat(20)}`
  const bytes = old.readWhole(path) as Buffer
  const size = bytes.readInt32BE(0)
  const again = new SimulatedFiles()
  const second = await openSmall(again)
  for (const text of [...textsOf('m', 4), 'n-4']) await append(second, message(text))
  // Messages 5 to 9 follow, which say 5, 6 … of the queue; before them the offsets 2 and 3 once more.
  for (const text of textsOf('n', 9).slice(5)) await append(second, message(text))
  await second[Symbol.asyncDispose]()
  const end = 9 * size
  const stale = Buffer.from(bytes.subarray(2 * size, 4 * size))
  for (const [index, at] of [0, size].entries()) stale.writeBigInt64BE(BigInt(end + index * size), at + 28)
  writeAt(again, path, end, stale)
  again.writeWhole(`${STORE}/abort`, '1')
  const third = await openSmall(again)
  expect(await allTexts(third)).toEqual([...textsOf('m', 4), ...textsOf('n', 9).slice(4)])
  expect((await append(third, message('next'))).queueOffset).toBe(9)
  await third[Symbol.asyncDispose]()
})

test('recovery changes nothing any more when it is done once', async () => {
  const files = await left('abort')
  lag(files)
  const store = await openSmall(files)
  const once = files.copyAll()
  await (await openSmall(once.copyAll()))[Symbol.asyncDispose]()
  const twice = once.copyAll()
  const again = await openSmall(twice)
  await expectAll(again)
  for (const folder of [LOG, `${QUEUES}/T/0`, `${QUEUES}/U/3`]) {
    for (const { name } of once.list(folder)) {
      expect(twice.readWhole(`${folder}/${name}`)).toEqual(once.readWhole(`${folder}/${name}`))
    }
  }
  await again[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  expect(await problems(twice)).toEqual([])
})

test.each(['a kill', 'a loss of power'] as const)(
  '%s at any moment of a recovery of queues and index is recovered from',
  async (stop) => {
    const files = await left('abort')
    files.remove(`${QUEUES}/U`)
    files.remove(lastOf(files, INDEX))
    lag(files)
    let moments = 0
    await forEachStop(
      files,
      stop,
      async (copy) => {
        await openSmall(copy)
      },
      async (remaining, moment) => {
        moments = moment
        const store = await openSmall(remaining)
        await expectAll(store)
        await store[Symbol.asyncDispose]()
        expect(await problems(remaining), `moment ${moment}`).toEqual([])
      },
    )
    expect(moments).toBeGreaterThan(50)
  },
)

test('a long recovery says every few seconds how far it is', async () => {
  const files = await left('abort')
  files.remove(`${STORE}/checkpoint`)
  const percents: unknown[] = []
  const logger = {
    ...silentLogger,
    info: (text: string, fields?: Readonly<Record<string, unknown>>) =>
      void (text === 'recovering the log' && percents.push(fields?.['percent'])),
    child: () => logger,
  }
  let now = 0
  const store = await openSmall(files, {}, { logger, clock: { ...systemClock, monotonicMs: () => (now += 1000) } })
  await store[Symbol.asyncDispose]()
  expect(percents.length).toBeGreaterThan(1)
  expect(percents).toEqual([...percents].sort((one, two) => Number(one) - Number(two)))
  expect(Number(percents.at(-1))).toBeLessThan(100)
})
