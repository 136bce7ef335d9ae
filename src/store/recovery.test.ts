import { expect, test } from 'vitest'
import { allTexts, append, appendTexts, message, openSmall, SMALL, STORE, textsOf } from '../../test/kit/store.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { seededRandom } from '../base/random/index.ts'
import { type MessageStore, verifyStore } from './index.ts'

const problems = async (files: SimulatedFiles): Promise<readonly string[]> =>
  (await verifyStore(STORE, SMALL, files)).problems

/** A closed store with 120 messages in queue 0 of T, some in other queues, and its files. */
async function filled(): Promise<SimulatedFiles> {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', 60))
  for (const text of textsOf('u', 10)) await append(store, message(text, { topic: 'U', queueId: 3, tag: 'x' }))
  await appendTexts(
    store,
    textsOf('m', 120).filter((_, index) => index >= 60),
  )
  await store[Symbol.asyncDispose]()
  return files
}

async function expectFilled(store: MessageStore): Promise<void> {
  expect(await allTexts(store)).toEqual(textsOf('m', 120))
  expect(await allTexts(store, 'U', 3)).toEqual(textsOf('u', 10))
}

/** What only our own store leaves; without it a directory looks like one of Apache's broker. */
const CLEAN_STOP = `${STORE}/clean-stop.rocketstream`

test('after a kill every acknowledged message is there, and the next one goes on behind it', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  const results = await appendTexts(store, textsOf('m', 120))
  const killed = files.copyAll()
  expect(killed.readWhole(`${STORE}/abort`)?.toString()).toBe(String(process.pid))
  const after = await openSmall(killed)
  expect(await allTexts(after)).toEqual(textsOf('m', 120))
  expect(after.maxPhysicalOffset).toBe(store.maxPhysicalOffset)
  expect((await append(after, message('next'))).queueOffset).toBe(results.length)
  await after[Symbol.asyncDispose]()
  expect(await problems(killed)).toEqual([])
  await store[Symbol.asyncDispose]()
})

test('with SYNC_FLUSH no loss of power loses an acknowledged message', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed)
    const files = new SimulatedFiles()
    const store = await openSmall(files, { flushDiskType: 'SYNC_FLUSH' })
    const acknowledged: string[] = []
    for (let round = 0; round <= random.below(6); round++) {
      const texts = textsOf(`r${round}`, 1 + random.below(40))
      await appendTexts(store, texts)
      acknowledged.push(...texts)
    }
    const last = appendTexts(store, textsOf('unanswered', 20))
    const after = files.losePower(random)
    const again = await openSmall(after)
    expect((await allTexts(again)).slice(0, acknowledged.length), `seed ${seed}`).toEqual(acknowledged)
    await again[Symbol.asyncDispose]()
    expect(await problems(after), `seed ${seed}`).toEqual([])
    await last
    await store[Symbol.asyncDispose]()
  }
})

test('with ASYNC_FLUSH a loss of power leaves the messages up to some point, in order', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed)
    const files = new SimulatedFiles()
    const store = await openSmall(files)
    await appendTexts(store, textsOf('m', 100))
    const flushed = random.below(2) === 0
    if (flushed) await store.flush()
    await appendTexts(store, textsOf('n', 60))
    const after = files.losePower(random)
    const again = await openSmall(after)
    const left = await allTexts(again)
    expect(left, `seed ${seed}`).toEqual([...textsOf('m', 100), ...textsOf('n', 60)].slice(0, left.length))
    if (flushed) expect(left.length, `seed ${seed}`).toBeGreaterThanOrEqual(100)
    await again[Symbol.asyncDispose]()
    expect(await problems(after), `seed ${seed}`).toEqual([])
    await store[Symbol.asyncDispose]()
  }
})

test('a loss of power during recovery is recovered from as well', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed)
    const files = new SimulatedFiles()
    const store = await openSmall(files, { flushDiskType: 'SYNC_FLUSH' })
    await appendTexts(store, textsOf('m', 100))
    let current = files.losePower(random)
    for (let round = 0; round < 3; round++) {
      const again = await openSmall(current)
      expect(await allTexts(again), `seed ${seed}`).toEqual(textsOf('m', 100))
      current = current.losePower(random)
    }
    const last = await openSmall(current)
    await last[Symbol.asyncDispose]()
    expect(await problems(current), `seed ${seed}`).toEqual([])
    await store[Symbol.asyncDispose]()
  }
})

test.each([
  ['zeros', (bytes: Buffer, at: number) => bytes.fill(0, at)],
  ['noise', (bytes: Buffer, at: number) => bytes.fill(0xa7, at)],
  ['a flipped bit of a body', (bytes: Buffer, at: number) => bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at)],
])('after a crash the log ends at a record torn by %s, and queues end with it', async (_, tear) => {
  const files = await filled()
  files.writeWhole(`${STORE}/abort`, '1')
  const path = `${STORE}/commitlog/00000000000000004096`
  const bytes = files.readWhole(path) ?? Buffer.alloc(0)
  // In the body of the sixth record of the file.
  let at = 0
  for (let record = 0; record < 5; record++) at += bytes.readInt32BE(at)
  tear(bytes, at + 89)
  files.writeWhole(path, bytes)
  const store = await openSmall(files)
  expect(store.maxPhysicalOffset).toBe(4096 + at)
  const left = await allTexts(store)
  expect(left).toEqual(textsOf('m', left.length))
  expect(left.length).toBeGreaterThan(40)
  expect((await append(store, message('next'))).queueOffset).toBe(left.length)
  await store[Symbol.asyncDispose]()
  expect(files.facts(`${STORE}/commitlog/00000000000000008192`)).toBeUndefined()
  expect(await problems(files)).toEqual([])
})

test('a file that was prepared but never used is removed', async () => {
  const files = await filled()
  files.writeWhole(`${STORE}/abort`, '1')
  files.writeWhole(`${STORE}/commitlog/00000000000000016384`, Buffer.alloc(4096))
  files.writeWhole(`${STORE}/commitlog/00000000000000020480`, '')
  const store = await openSmall(files)
  await expectFilled(store)
  await store[Symbol.asyncDispose]()
  expect(files.list(`${STORE}/commitlog`)).toHaveLength(4)
  expect(await problems(files)).toEqual([])
})

test.each([
  ['all queues', () => `${STORE}/consumequeue`],
  ['a topic', () => `${STORE}/consumequeue/U`],
  ['a queue', () => `${STORE}/consumequeue/T/0`],
  ['the last file of a queue', () => `${STORE}/consumequeue/T/0/00000000000000002200`],
])('after a clean stop %s can be lost: the log brings it back', async (_, path) => {
  for (const isOurs of [true, false]) {
    const files = await filled()
    files.remove(path())
    if (!isOurs) files.remove(CLEAN_STOP)
    // Without our note only what the scanned file shows is noticed; a queue that ended before it is not.
    const store = await openSmall(files)
    if (isOurs || !path().endsWith('U')) await expectFilled(store)
    await store[Symbol.asyncDispose]()
    if (isOurs) expect(await problems(files)).toEqual([])
  }
})

test('after a clean stop a queue that lags behind the log is completed, not shifted', async () => {
  const files = await filled()
  const path = `${STORE}/consumequeue/T/0/00000000000000002200`
  const bytes = files.readWhole(path) ?? Buffer.alloc(0)
  files.writeWhole(path, bytes.fill(0, 60))
  files.remove(CLEAN_STOP)
  const store = await openSmall(files)
  await expectFilled(store)
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('when the log itself is gone, so are the queues', async () => {
  const files = await filled()
  files.remove(`${STORE}/commitlog`)
  const store = await openSmall(files)
  expect(store.maxOffset('T', 0)).toBe(0)
  expect((await append(store, message('first'))).queueOffset).toBe(0)
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('when the log begins later, queues begin at their first message in it, behind blank entries', async () => {
  const files = await filled()
  files.remove(`${STORE}/commitlog/00000000000000000000`)
  for (const loss of ['queue files kept', 'queue files lost']) {
    if (loss === 'queue files lost') files.remove(`${STORE}/consumequeue`)
    const store = await openSmall(files)
    expect(store.minPhysicalOffset).toBe(4096)
    const min = store.minOffset('T', 0)
    expect(min, loss).toBeGreaterThan(30)
    expect(await allTexts(store), loss).toEqual(textsOf('m', 120).slice(min))
    expect(store.read('T', 0, 0, { maxMessages: 1 }), loss).toMatchObject({
      status: 'OFFSET_TOO_SMALL',
      nextOffset: min,
    })
    await store[Symbol.asyncDispose]()
    expect(await problems(files), loss).toEqual([])
  }
})

test('a restart after a clean stop reads no records, and one after a crash only the files that may be incomplete', async () => {
  const files = await filled()
  let read = 0
  files.fault = (call, path) => {
    if (call === 'read' && path.includes('commitlog')) read++
    return undefined
  }
  await (await openSmall(files))[Symbol.asyncDispose]()
  expect(read).toBeLessThanOrEqual(1)
})

test('a log that somebody continued after our stop is taken as it is', async () => {
  const ours = await filled()
  const note = ours.readWhole(CLEAN_STOP) ?? Buffer.alloc(0)
  const store = await openSmall(ours)
  await append(store, message('later'))
  await store[Symbol.asyncDispose]()
  ours.writeWhole(CLEAN_STOP, note)
  const again = await openSmall(ours)
  expect((await allTexts(again)).at(-1)).toBe('later')
  await again[Symbol.asyncDispose]()
  expect(await problems(ours)).toEqual([])
})
