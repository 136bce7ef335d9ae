import { expect, test } from 'vitest'
import { append, message, openSmall, SMALL, STORE } from '../../test/kit/store.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { decodeRecords, encodeProperties, SYS_FLAG } from '../message/index.ts'
import { type MessageStore, verifyStore } from './index.ts'

const INDEX = `${STORE}/index`
const ALL = { maxMessages: 64, maxBytes: 1_000_000, begin: 0, end: Number.MAX_SAFE_INTEGER }

const problems = async (files: SimulatedFiles, changes = {}): Promise<readonly string[]> =>
  (await verifyStore(STORE, { ...SMALL, ...changes }, files)).problems

async function put(store: MessageStore, from: number, to: number, changes: { sysFlag?: number } = {}): Promise<void> {
  for (let n = from; n < to; n++) {
    const properties = encodeProperties({ UNIQ_KEY: `u${n}`, KEYS: `k${n} common` })
    await append(store, message(`${n}`, { properties, ...changes }))
  }
}

async function textsOf(store: MessageStore, key: string, changes = {}): Promise<string[]> {
  const { records } = await store.recordsByKey('T', key, { ...ALL, ...changes })
  return decodeRecords(Buffer.concat(records), 'b').map(({ body }) => body.toString())
}

async function expectAll(store: MessageStore, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    expect(await textsOf(store, `k${n}`)).toEqual([`${n}`])
    expect(await textsOf(store, `u${n}`)).toEqual([`${n}`])
  }
}

/** A closed store with 100 messages in several log and index files. */
async function filled(): Promise<SimulatedFiles> {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await put(store, 0, 100)
  await store[Symbol.asyncDispose]()
  expect(files.list(INDEX).length).toBeGreaterThan(5)
  expect(await problems(files)).toEqual([])
  return files
}

test('the newest messages with a key are found across index files, in the order of the log', async () => {
  const store = await openSmall(await filled())
  await expectAll(store, 100)
  const texts = Array.from({ length: 100 }, (_, n) => `${n}`)
  expect(await textsOf(store, 'common')).toEqual(texts.slice(-64))
  expect(await textsOf(store, 'common', { maxMessages: 3 })).toEqual(texts.slice(-3))
  expect(await textsOf(store, 'common', { maxBytes: 1 })).toEqual(['99'])
  expect(await textsOf(store, 'none')).toEqual([])
  await store[Symbol.asyncDispose]()
})

type Damage = (files: SimulatedFiles, paths: readonly string[]) => void

const DAMAGES: readonly (readonly [what: string, damage: Damage])[] = [
  ['the whole index is removed', (files) => files.remove(INDEX)],
  ['the last file is removed', (files, paths) => files.remove(paths.at(-1) as string)],
  ['a file is cut', (files, paths) => files.writeWhole(paths[2] as string, 'short')],
  ['the first file is emptied', (files, paths) => write(files, paths[0] as string, 0, Buffer.alloc(1040))],
  ['a header is zeroed', (files, paths) => write(files, paths[2] as string, 0, Buffer.alloc(40))],
]

test.each(DAMAGES)('when %s while the store is closed, the log gives the keys again', async (_, damage) => {
  const files = await filled()
  damage(
    files,
    files.list(INDEX).map(({ name }) => `${INDEX}/${name}`),
  )
  const store = await openSmall(files)
  await expectAll(store, 100)
  await put(store, 100, 110)
  await expectAll(store, 110)
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('after a kill in a store that was closed before, no key is missing and none is there twice', async () => {
  const files = await filled()
  const store = await openSmall(files)
  await put(store, 100, 130)
  const killed = files.copyAll()
  await put(store, 130, 140)
  await store[Symbol.asyncDispose]()
  const again = await openSmall(killed)
  await expectAll(again, 130)
  expect(await textsOf(again, 'k130')).toEqual([])
  await again[Symbol.asyncDispose]()
  expect(await problems(killed)).toEqual([])
})

test('when the log ends earlier after a crash, the keys of what is left are there, those of the last record too', async () => {
  const files = await filled()
  const store = await openSmall(files)
  await put(store, 100, 120)
  const killed = files.copyAll()
  await store[Symbol.asyncDispose]()
  const last = killed.list(`${STORE}/commitlog`).at(-1)?.name ?? ''
  const log = killed.readWhole(`${STORE}/commitlog/${last}`) as Buffer
  // The body of a record in the last file: its checksum is wrong from now on.
  const at = log.indexOf('118\u0001T')
  expect(at).toBeGreaterThan(0)
  write(killed, `${STORE}/commitlog/${last}`, at, Buffer.from('x'))
  const again = await openSmall(killed)
  const kept = again.maxOffset('T', 0)
  expect(kept).toBe(118)
  await expectAll(again, kept)
  expect(await textsOf(again, `k${kept}`)).toEqual([])
  await again[Symbol.asyncDispose]()
  expect(await problems(killed)).toEqual([])
})

test('half messages are found under the topic of their record, rolled back ones are not', async () => {
  const store = await openSmall(new SimulatedFiles())
  await put(store, 0, 1, { sysFlag: SYS_FLAG.transactionPrepared })
  await put(store, 1, 2, { sysFlag: SYS_FLAG.transactionRollback })
  expect(await textsOf(store, 'common')).toEqual(['0'])
  await store[Symbol.asyncDispose]()
})

test('an index that cannot be written does not keep messages from being stored, and is whole after the next start', async () => {
  const files = await filled()
  const store = await openSmall(files)
  files.fault = (call, path) => (call === 'write' && path.startsWith(INDEX) ? 'ENOSPC' : undefined)
  await put(store, 100, 140)
  await expect(store[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'RMQ_STORE_WRITE_FAILED' })
  files.fault = () => undefined
  const again = await openSmall(files)
  await expectAll(again, 140)
  await again[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('without an index there is no folder, and a store that gets one later indexes what comes', async () => {
  const files = new SimulatedFiles()
  const without = await openSmall(files, { messageIndexEnable: false })
  await put(without, 0, 10)
  expect(await textsOf(without, 'k5')).toEqual([])
  await without[Symbol.asyncDispose]()
  expect(files.facts(INDEX)).toBeUndefined()
  const store = await openSmall(files)
  await put(store, 10, 12)
  expect(await textsOf(store, 'common')).toEqual(['10', '11'])
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test.each([
  ['an entry points elsewhere', 40 + 50 * 4 + 20 + 11, /entry 1 points to|keys are not in the index/],
  ['a chain is broken', 40 + 50 * 4 + 2 * 20 + 19, /does not continue the chain/],
  ['a slot leads nowhere', 41, /slots do not lead/],
  ['the header counts wrong', 35, /slots are used/],
])('the checker notices when %s', async (_, at, sentence) => {
  const files = await filled()
  const name = files.list(INDEX)[0]?.name ?? ''
  const path = `${INDEX}/${name}`
  const before = (files.readWhole(path) as Buffer)[at] as number
  write(files, path, at, Buffer.from([before ^ 1]))
  expect((await problems(files)).join('\n')).toMatch(sentence)
})

function write(files: SimulatedFiles, path: string, at: number, bytes: Buffer): void {
  const file = files.open(path)
  file.writeSync(bytes, at)
  file.close()
}
