import { expect, test } from 'vitest'
import { allTexts, append, message, openSmall, read, SMALL, STORE } from '../../../test/kit/store.ts'
import { deferred } from '../../base/async/index.ts'
import { crc32 } from '../../base/bytes/index.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { encodeProperties, RECORD } from '../../message/index.ts'
import { type AppendResult, type MessageStore, type StoreConfig, verifyStore } from '../index.ts'

const WITH: Partial<StoreConfig> = { enabledAppendPropCRC: true }
const FORCED: Partial<StoreConfig> = { forceVerifyPropCRC: true }

const problems = async (files: SimulatedFiles, changes: Partial<StoreConfig> = {}): Promise<readonly string[]> =>
  (await verifyStore(STORE, { ...SMALL, ...changes }, files)).problems

/** As an independent reader sees it: the number, its decimal digits from the least significant one on, ten of them. */
const digitsOf = (crc: number): string => [...String(crc).padStart(10, '0')].reverse().join('')

async function tailOf(store: MessageStore, { physicalOffset }: AppendResult): Promise<string> {
  const record = await store.recordAt(physicalOffset)
  if (record === undefined) throw new Error('no record')
  expect(record.subarray(-20).toString()).toBe(`__CRC32#\u0001${digitsOf(crc32(record.subarray(0, -20)))}\u0002`)
  const propertiesAt = record.length - record.readInt16BE(RECORD.body + record.readInt32BE(RECORD.bodyLength) + 2)
  return record.subarray(propertiesAt, -20).toString()
}

test('the checksum is written as Apache’s broker does', () => {
  // Recorded from a broker with enabledAppendPropCRC.
  expect(digitsOf(884_865_236)).toBe('6325684880')
})

test.each([
  ['', ''],
  ['TAGS\u0001a\u0002', 'TAGS\u0001a\u0002'],
  ['TAGS\u0001a', 'TAGS\u0001a\u0002'],
  // Of another record: the message was read from the log and is stored again.
  ['A\u0001b\u0002__CRC32#\u00010123456789\u0002', 'A\u0001b\u0002'],
  ['__CRC32#\u00010123456789\u0002A\u0001b', 'A\u0001b\u0002'],
  ['MY__CRC32#\u00010123456789\u0002', 'MY__CRC32#\u00010123456789\u0002'],
])('it is the last property of a message with the properties %j', async (given, kept) => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, WITH)
  for (const properties of [given, Buffer.from(given)]) {
    expect(await tailOf(store, await append(store, message('x', { properties })))).toBe(kept)
  }
  await store[Symbol.asyncDispose]()
  expect(await problems(files, { ...WITH, ...FORCED })).toEqual([])
})

test('each message of a batch gets its own, and readers find tags and keys as before', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, WITH)
  const outcome = deferred<AppendResult>()
  const parts = ['a', 'b', 'c'].map((tag) => ({
    flag: 0,
    body: Buffer.from(`body ${tag}`),
    properties: Buffer.from(encodeProperties({ TAGS: tag, KEYS: `key-${tag}` })),
  }))
  store.appendBatch({ ...message(''), properties: '', parts }, { appended: outcome.resolve })
  const { physicalOffsets } = await outcome.promise
  expect(physicalOffsets).toHaveLength(3)
  for (const physicalOffset of physicalOffsets) await tailOf(store, { ...(await outcome.promise), physicalOffset })
  const { messages } = await read(store, 0)
  expect(messages.map(({ tag, keys }) => [tag, ...keys])).toEqual([
    ['a', 'key-a'],
    ['b', 'key-b'],
    ['c', 'key-c'],
  ])
  const range = { maxMessages: 9, maxBytes: 99_999, begin: 0, end: 2 ** 52 }
  expect((await store.recordsByKey('T', 'key-b', range)).records).toHaveLength(1)
  await store[Symbol.asyncDispose]()
  expect(await problems(files, FORCED)).toEqual([])
})

/**
 * A killed store with five messages, of which one bit of the third was flipped where the body’s checksum does not look.
 */
async function damaged(changes: Partial<StoreConfig>): Promise<SimulatedFiles> {
  const files = new SimulatedFiles()
  const store = await openSmall(files, changes)
  const results = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => append(store, message(text))))
  const killed = files.copyAll()
  await store[Symbol.asyncDispose]()
  const path = `${STORE}/commitlog/${'0'.repeat(20)}`
  const bytes = killed.readWhole(path) as Buffer
  const at = (results[2]?.physicalOffset ?? 0) + RECORD.flag
  bytes[at] = (bytes[at] as number) ^ 1
  killed.writeWhole(path, bytes)
  return killed
}

test('damage outside of a body is noticed only when recovery checks whole records', async () => {
  const blind = await damaged(WITH)
  const store = await openSmall(blind, WITH)
  expect(await allTexts(store)).toEqual(['a', 'b', 'c', 'd', 'e'])
  await store[Symbol.asyncDispose]()
  expect(await problems(blind)).toEqual([])
  expect((await problems(blind, FORCED)).length).toBeGreaterThan(0)

  const seen = await damaged(WITH)
  const checking = await openSmall(seen, FORCED)
  expect(await allTexts(checking)).toEqual(['a', 'b'])
  await checking[Symbol.asyncDispose]()
  expect(await problems(seen, FORCED)).toEqual([])
})

test('records of before, which have no checksum, are not lost when it is checked from now on', async () => {
  const files = new SimulatedFiles()
  const before = await openSmall(files)
  await append(before, message('before'))
  // Its last twenty bytes look like a checksum, and are none: they are no property.
  await append(before, message('alike', { topic: '__CRC32#\u0001abcdefghi' }))
  const killed = files.copyAll()
  await before[Symbol.asyncDispose]()
  const after = await openSmall(killed, FORCED)
  // Whoever checks it writes it, too; otherwise nothing would be checked.
  await tailOf(after, await append(after, message('after')))
  const again = await openSmall(killed.copyAll(), FORCED)
  expect(await allTexts(again)).toEqual(['before', 'after'])
  expect(await allTexts(again, '__CRC32#\u0001abcdefghi')).toEqual(['alike'])
  await again[Symbol.asyncDispose]()
  await after[Symbol.asyncDispose]()
  expect(await problems(killed, FORCED)).toEqual([])
})

test('a flipped digit of the checksum is damage as well, and checkCRCOnRecover=false looks at nothing', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, FORCED)
  await append(store, message('a'))
  const { physicalOffset } = await append(store, message('b'))
  const size = (await store.recordAt(physicalOffset))?.length ?? 0
  const killed = files.copyAll()
  await store[Symbol.asyncDispose]()
  const path = `${STORE}/commitlog/${'0'.repeat(20)}`
  const bytes = killed.readWhole(path) as Buffer
  bytes[physicalOffset + size - 5] = 0x3a
  killed.writeWhole(path, bytes)
  const trusting = await openSmall(killed.copyAll(), { ...FORCED, checkCRCOnRecover: false })
  expect(await allTexts(trusting)).toEqual(['a', 'b'])
  await trusting[Symbol.asyncDispose]()
  const checking = await openSmall(killed, FORCED)
  expect(await allTexts(checking)).toEqual(['a'])
  await checking[Symbol.asyncDispose]()
  expect(await problems(killed, FORCED)).toEqual([])
})
