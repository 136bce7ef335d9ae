import { expect, test } from 'vitest'
import {
  allTexts,
  append,
  appendTexts,
  message,
  nextTurn,
  openSmall,
  read,
  SMALL,
  STORE,
  textsOf,
} from '../../test/kit/store.ts'
import { deferred } from '../base/async/index.ts'
import { javaHashCode } from '../base/bytes/index.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { SimulatedClock } from '../base/time/index.ts'
import { encodeProperties, findProperty, hostBytes, PROPERTY, SYS_FLAG } from '../message/index.ts'
import { type AppendResult, storeConfig, verifyStore } from './index.ts'

/** Everything the checker finds wrong. */
const problems = async (files: SimulatedFiles): Promise<readonly string[]> =>
  (await verifyStore(STORE, SMALL, files)).problems

test('messages are read back as they were appended, with the offsets that were answered', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  const results = await appendTexts(store, ['a', 'b', 'c'])
  expect(results.map(({ status, queueOffset }) => [status, queueOffset])).toEqual([
    ['ok', 0],
    ['ok', 1],
    ['ok', 2],
  ])
  const { result, messages } = await read(store, 1)
  expect(messages.map((found) => found.body.toString())).toEqual(['b', 'c'])
  expect(messages.map((found) => found.physicalOffset)).toEqual(results.slice(1).map((found) => found.physicalOffset))
  expect(result).toMatchObject({ status: 'FOUND', nextOffset: 3, minOffset: 0, maxOffset: 3, messageCount: 2 })
  // Neighbours in the log are one slice.
  expect(result.slices).toHaveLength(1)
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('a receiver is never called before append returns, even for a message that is refused', async () => {
  const store = await openSmall(new SimulatedFiles())
  const results: AppendResult[] = []
  const receiver = { appended: (result: AppendResult) => void results.push(result) }
  store.append(message('good'), receiver)
  store.append(message('x'.repeat(5000)), receiver)
  store.append(message('bad host', { bornHost: Buffer.alloc(3) }), receiver)
  store.append(message('bad queue', { queueId: -1 }), receiver)
  store.append(message('bad topic', { topic: '../x' }), receiver)
  store.append(message('properties', { properties: 'x'.repeat(32_768) }), receiver)
  expect(results).toEqual([])
  await nextTurn()
  expect(results.map(({ status }) => status)).toEqual([
    'ok',
    'message-illegal',
    'message-illegal',
    'message-illegal',
    'message-illegal',
    'properties-too-long',
  ])
  await store[Symbol.asyncDispose]()
})

test('all appends of one turn become one write', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { mappedFileSizeCommitLog: 1024 * 1024 })
  let writes = 0
  files.fault = (call, path) => {
    if (call === 'write' && path.includes('commitlog')) writes++
    return undefined
  }
  await appendTexts(store, textsOf('m', 200))
  expect(writes).toBe(1)
  await store[Symbol.asyncDispose]()
})

test('a read says what Apache says when there is nothing to return', async () => {
  const store = await openSmall(new SimulatedFiles())
  expect((await read(store, 5)).result).toMatchObject({ status: 'NO_MESSAGE_IN_QUEUE', nextOffset: 0 })
  await appendTexts(store, ['a', 'b'])
  expect((await read(store, -1)).result).toMatchObject({ status: 'OFFSET_TOO_SMALL', nextOffset: 0 })
  expect((await read(store, 2)).result).toMatchObject({ status: 'OFFSET_OVERFLOW_ONE', nextOffset: 2 })
  expect((await read(store, 3)).result).toMatchObject({ status: 'OFFSET_OVERFLOW_BADLY', nextOffset: 2 })
  const none = { accepts: () => false }
  expect((await read(store, 0, none)).result).toMatchObject({ status: 'NO_MATCHED_MESSAGE', nextOffset: 2 })
  await store[Symbol.asyncDispose]()
})

test('a read returns what the filters accept, and passes what they do not', async () => {
  const files = new SimulatedFiles()
  let store = await openSmall(files)
  await Promise.all(['x', 'y', 'x', '标签'].map((tag, n) => append(store, message(`m${n}`, { tag }))))
  for (const tier of ['memory', 'files']) {
    const byTag = await read(store, 0, { accepts: (code) => code === javaHashCode('x') })
    expect(
      byTag.messages.map((found) => found.body.toString()),
      tier,
    ).toEqual(['m0', 'm2'])
    expect(byTag.result.nextOffset).toBe(4)
    const byOther = await read(store, 0, { accepts: (code) => code === javaHashCode('标签') })
    expect(
      byOther.messages.map((found) => found.body.toString()),
      tier,
    ).toEqual(['m3'])
    const byContent = await read(store, 0, {
      acceptsRecord: (bytes, at, size) => bytes.subarray(at, at + size).includes('m1'),
    })
    expect(
      byContent.messages.map((found) => found.body.toString()),
      tier,
    ).toEqual(['m1'])
    await store[Symbol.asyncDispose]()
    store = await openSmall(files)
  }
  await store[Symbol.asyncDispose]()
})

test('a read stops at its limits of messages and bytes, but returns one message at least', async () => {
  const store = await openSmall(new SimulatedFiles())
  await appendTexts(store, textsOf('m', 10))
  expect((await read(store, 0, { maxMessages: 3 })).messages).toHaveLength(3)
  expect((await read(store, 0, { maxBytes: 250 })).messages).toHaveLength(2)
  expect((await read(store, 0, { maxBytes: 1 })).messages).toHaveLength(1)
  await store[Symbol.asyncDispose]()
})

test('recent messages are answered at once, older ones by promise', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', 100))
  expect(store.isHot('T', 0, 0)).toBe(true)
  expect(store.read('T', 0, 0, { maxMessages: 1 })).not.toBeInstanceOf(Promise)
  await store[Symbol.asyncDispose]()
  const again = await openSmall(files)
  expect(again.isHot('T', 0, 0)).toBe(false)
  expect(again.read('T', 0, 0, { maxMessages: 1 })).toBeInstanceOf(Promise)
  expect(await allTexts(again)).toEqual(textsOf('m', 100))
  await again[Symbol.asyncDispose]()
})

test('a file without room for a record and a blank is closed by a blank, and the next one goes on', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  const results = await appendTexts(store, textsOf('m', 100))
  const second = results.find((found) => found.physicalOffset >= 4096)
  expect(second?.physicalOffset).toBe(4096)
  const first = files.readWhole(`${STORE}/commitlog/00000000000000000000`) ?? Buffer.alloc(0)
  expect(first).toHaveLength(4096)
  const lastAt = results.findLast((found) => found.physicalOffset < 4096)?.physicalOffset ?? 0
  const blankAt = lastAt + first.readInt32BE(lastAt)
  expect([first.readInt32BE(blankAt), first.readInt32BE(blankAt + 4)]).toEqual([4096 - blankAt, 0xcbd43194 | 0])
  expect(await allTexts(store)).toEqual(textsOf('m', 100))
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('a blank record of just 8 bytes ends a file as well', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await append(store, message('x'.repeat(4096 - 8 - 92)))
  expect((await append(store, message('next'))).physicalOffset).toBe(4096)
  expect((await read(store, 1)).messages[0]?.body.toString()).toBe('next')
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('the largest record of a file is stored, one byte more is refused', async () => {
  const store = await openSmall(new SimulatedFiles())
  const largest = 4096 - 8 - 92
  expect((await append(store, message('x'.repeat(largest)))).status).toBe('ok')
  expect((await append(store, message('x'.repeat(largest + 1)))).status).toBe('message-illegal')
  expect((await append(store, message('y'))).queueOffset).toBe(1)
  await store[Symbol.asyncDispose]()
})

test('a batch is stored back to back under one outcome, and the batch’s properties win', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await append(store, message('before'))
  const done = deferred<AppendResult>()
  const { body, flag, preparedTransactionOffset, ...rest } = message('')
  expect([body.length, flag, preparedTransactionOffset]).toEqual([0, 0, 0])
  const own = Buffer.from(encodeProperties({ UNIQ_KEY: 'own', TAGS: 'x' }).slice(0, -1))
  const parts = ['p', 'q'].map((text, index) => ({ flag: index, body: Buffer.from(text), properties: own }))
  store.appendBatch({ ...rest, properties: encodeProperties({ UNIQ_KEY: 'batch' }), parts }, { appended: done.resolve })
  const result = await done.promise
  expect(result).toMatchObject({ status: 'ok', queueOffset: 1 })
  expect(result.physicalOffsets).toHaveLength(2)
  expect(result.physicalOffsets[0]).toBe(result.physicalOffset)
  const { messages } = await read(store, 1)
  expect(messages.map((found) => [found.body.toString(), found.flag, found.messageId, found.tag])).toEqual([
    ['p', 0, 'batch', 'x'],
    ['q', 1, 'batch', 'x'],
  ])
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('hosts with IPv6 addresses and topics of more than 127 bytes are stored in their longer forms', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { storeHost: '::1', storePort: 10911 })
  const topic = `%RETRY%${'g'.repeat(200)}`
  await append(store, message('six', { topic, bornHost: hostBytes('2001:db8::1', 99), properties: 'ä\u0001ö\u0002' }))
  const { messages } = await read(store, 0, {}, topic)
  expect(messages[0]).toMatchObject({ topic, storeHost: '[0:0:0:0:0:0:0:1]:10911', properties: { ä: 'ö' } })
  expect(messages[0]?.bornHost).toBe('[2001:db8:0:0:0:0:0:1]:99')
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('half messages and roll-backs get no queue entry', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await append(store, message('half', { sysFlag: SYS_FLAG.transactionPrepared }))
  await append(store, message('whole', { sysFlag: SYS_FLAG.transactionCommit, preparedTransactionOffset: 7 }))
  expect(await allTexts(store)).toEqual(['whole'])
  const half = await store.recordAt(0)
  expect(half?.includes('half')).toBe(true)
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('entries of the schedule topic carry the time when they are due', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  const codes: number[] = []
  store.onArrival((_topic, _queueId, _offset, tagsCode) => void codes.push(tagsCode))
  const properties = encodeProperties({ DELAY: '3', TAGS: 'x' })
  const { storeTimestamp } = await append(
    store,
    message('later', { topic: 'SCHEDULE_TOPIC_XXXX', queueId: 2, properties }),
  )
  expect(codes).toEqual([storeTimestamp + 10_000])
  const seen: number[] = []
  const accepts = (code: number): boolean => seen.push(code) > 0
  await read(store, 0, { accepts }, 'SCHEDULE_TOPIC_XXXX', 2)
  expect(seen).toEqual(codes)
  await store[Symbol.asyncDispose]()
})

test('arrivals are told when the messages can be read, before their senders are answered', async () => {
  const store = await openSmall(new SimulatedFiles())
  const told: string[] = []
  store.onArrival((topic, queueId, queueOffset) => {
    told.push(`${topic}/${queueId}@${queueOffset} max ${store.maxOffset(topic, queueId)}`)
  })
  const answered = appendTexts(store, ['a', 'b']).then(() => told.push('answered'))
  expect(store.maxOffset('T', 0)).toBe(0)
  await answered
  expect(told).toEqual(['T/0@0 max 2', 'T/0@1 max 2', 'answered'])
  await store[Symbol.asyncDispose]()
})

test('offsets are found by store time, in memory and in files', async () => {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock(1000)
  let store = await openSmall(files, {}, { clock })
  for (let n = 0; n < 30; n++) {
    const stored = append(store, message(`m${n}`))
    await clock.advance(n % 3 === 0 ? 10 : 0)
    await stored
  }
  const nowMs = clock.now()
  const timeOf = async (offset: number): Promise<number> => (await store.storeTimeAt('T', 0, offset)) ?? -1
  for (const tier of ['memory', 'files']) {
    expect(await store.offsetByTime('T', 0, 0, 'lower'), tier).toBe(0)
    expect(await store.offsetByTime('T', 0, 0, 'upper'), tier).toBe(0)
    expect(await store.offsetByTime('T', 0, nowMs + 1, 'lower'), tier).toBe(30)
    expect(await store.offsetByTime('T', 0, nowMs + 1, 'upper'), tier).toBe(29)
    const time = await timeOf(10)
    const lower = await store.offsetByTime('T', 0, time, 'lower')
    const upper = await store.offsetByTime('T', 0, time, 'upper')
    expect([await timeOf(lower), await timeOf(upper)], tier).toEqual([time, time])
    expect(await timeOf(lower - 1)).toBeLessThan(time)
    expect(await timeOf(upper + 1)).toBeGreaterThan(time)
    await closing(store, clock)
    store = await openSmall(files, {}, { clock })
  }
  expect(await store.offsetByTime('none', 0, 5, 'lower')).toBe(0)
  expect(await store.storeTimeAt('T', 0, 30)).toBeUndefined()
  await closing(store, clock)
})

/** Closes a store that runs on a clock which stands still. */
async function closing(store: AsyncDisposable, clock: { advance(ms: number): Promise<void> }): Promise<void> {
  const closed = store[Symbol.asyncDispose]()
  await clock.advance(0)
  await closed
}

test('a dropped topic begins anew, and no recovery brings its messages back', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('old', 30))
  await append(store, message('other', { topic: 'U' }))
  await store.dropTopic('T')
  expect(store.maxOffset('T', 0)).toBe(0)
  expect((await appendTexts(store, ['new']))[0]?.queueOffset).toBe(0)
  const crashed = await openSmall(files.copyAll())
  for (const each of [store, crashed]) {
    expect(await allTexts(each)).toEqual(['new'])
    expect(await allTexts(each, 'U')).toEqual(['other'])
    await each[Symbol.asyncDispose]()
  }
})

test('a closing store refuses, answers what it has, and closes once', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  const last = append(store, message('last'))
  const closed = store[Symbol.asyncDispose]()
  expect(store[Symbol.asyncDispose]()).toBe(closed)
  expect((await append(store, message('too late'))).status).toBe('service-not-available')
  expect((await last).status).toBe('ok')
  await closed
  expect(files.facts(`${STORE}/abort`)).toBeUndefined()
  expect(files.facts(`${STORE}/lock.rocketstream`)).toBeUndefined()
  expect(files.readWhole(`${STORE}/lock`)?.toString()).toBe('lock')
  expect(await problems(files)).toEqual([])
})

test('a clean stop leaves only files that Apache’s broker knows in the folders it reads', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', 100))
  await store[Symbol.asyncDispose]()
  expect(files.list(`${STORE}/commitlog`).every((entry) => /^\d{20}$/.test(entry.name))).toBe(true)
  const queueFiles = files.list(`${STORE}/consumequeue/T/0`)
  expect(queueFiles).toHaveLength(10)
  expect(queueFiles.map(({ name }) => Number(name))).toEqual(Array.from({ length: 10 }, (_, index) => index * 200))
  expect(files.facts(`${STORE}/checkpoint`)?.bytes).toBe(4096)
})

test('the settings accept Apache’s texts and refuse others with the line', () => {
  const text = (key: string, value: string): ReadonlyMap<string, { text: string; origin: string }> =>
    new Map([[key, { text: value, origin: 'broker.conf:1' }]])
  expect(storeConfig.parse(text('flushDiskType', 'sync_flush')).config.flushDiskType).toBe('SYNC_FLUSH')
  expect(() => storeConfig.parse(text('mappedFileSizeCommitLog', '12'))).toThrow(
    /broker.conf:1: mappedFileSizeCommitLog/,
  )
  expect(findProperty(encodeProperties({ [PROPERTY.tags]: 'x' }), PROPERTY.tags)).toBe('x')
})
