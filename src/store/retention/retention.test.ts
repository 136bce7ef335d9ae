import { expect, test } from 'vitest'
import { Aging, HOUR_MS, NOON, SLOW, used } from '../../../test/kit/aging-store.ts'
import { allTexts, append, message, read, STORE, textsOf } from '../../../test/kit/store.ts'
import { until } from '../../../test/kit/until.ts'
import { deferred } from '../../base/async/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { encodeProperties } from '../../message/index.ts'

test('log files leave when nobody changed them for fileReservedTime, at the hour of deletion, and queues and keys follow', async () => {
  const aging = new Aging()
  const store = await aging.open({ ...SLOW, fileReservedTime: 48, deleteWhen: '04' })
  for (let day = 0; day < 5; day++) await aging.sendAndWait(`day${day}`, 24)
  // It is noon of the sixth day. What was sent on the first three days was more than 48 h old at four in the morning.
  expect(aging.logStarts()[0]).toBe(store.minPhysicalOffset)
  expect(store.minPhysicalOffset).toBeGreaterThan(0)
  const min = store.minOffset('T', 0)
  const left = await allTexts(store)
  const sent = [0, 1, 2, 3, 4].flatMap((day) => textsOf(`day${day}`, 40))
  expect(left).toEqual(sent.slice(min))
  expect(left).toEqual(expect.arrayContaining(textsOf('day3', 40)))
  expect(min).toBeGreaterThan(40)
  // A queue file of ten entries whose last record is gone is gone.
  const queueFiles = aging.files.list(`${STORE}/consumequeue/T/0`).map(({ name }) => Number(name) / 20)
  expect(queueFiles[0]).toBe(min - (min % 10))
  await aging.end()
})

test('until the hour comes nothing is deleted, and in it not more files a look than deleteFileBatchMax', async () => {
  const aging = new Aging()
  const store = await aging.open({ fileReservedTime: 1, deleteWhen: '04;13', deleteFileBatchMax: 1 })
  for (let round = 0; round < 6; round++) await aging.sendAndWait(`r${round}`, 0)
  const files = aging.logStarts().length
  expect(files).toBeGreaterThan(4)
  await aging.clock.advance(HOUR_MS - 1000)
  expect(aging.logStarts()).toHaveLength(files)
  await aging.clock.advance(12_000)
  expect(aging.logStarts()).toHaveLength(files - 1)
  await aging.clock.advance(10_000)
  expect(aging.logStarts()).toHaveLength(files - 2)
  await aging.clock.advance(HOUR_MS)
  // Never the last one, though it is old, too.
  expect(aging.logStarts()).toHaveLength(1)
  expect(store.minPhysicalOffset).toBe(aging.logStarts()[0])
  await aging.end()
})

test('a young file keeps all behind it, and deletions keep their distance', async () => {
  const aging = new Aging()
  await aging.open({ fileReservedTime: 1, deleteWhen: '13;14', deleteCommitLogFilesInterval: 4000 })
  for (let round = 0; round < 6; round++) await aging.sendAndWait(`r${round}`, 0)
  const starts = aging.logStarts()
  const young = aging.files.open(`${STORE}/commitlog/${String(starts[2]).padStart(20, '0')}`)
  await aging.clock.advance(HOUR_MS / 2)
  // Somebody touches the third file: it begins its time anew.
  young.setBytes(young.bytes())
  await aging.clock.advance(HOUR_MS / 2 - 1)
  expect(aging.logStarts()).toHaveLength(starts.length)
  await aging.clock.advance(10_001)
  expect(aging.logStarts()).toHaveLength(starts.length - 1)
  await aging.clock.advance(4000)
  expect(aging.logStarts()).toEqual(starts.slice(2))
  await aging.clock.advance(HOUR_MS / 4)
  expect(aging.logStarts()).toEqual(starts.slice(2))
  await aging.end()
})

test.each(['clean stop', 'kill'])('after a %s the minimum offsets are the same', async (how) => {
  const aging = new Aging()
  let store = await aging.open({ ...SLOW, fileReservedTime: 24 })
  for (let day = 0; day < 4; day++) {
    await aging.sendAndWait(`day${day}`, 12)
    const lone = append(store, message(`lone${day}`, { topic: `Only${day}`, queueId: 2 }))
    await aging.clock.advance(12 * HOUR_MS)
    await lone
  }
  const facts = (): unknown => [
    store.minPhysicalOffset,
    ['T', 'Only0', 'Only1', 'Only2', 'Only3'].map((topic) => {
      const queueId = topic === 'T' ? 0 : 2
      return [store.minOffset(topic, queueId), store.maxOffset(topic, queueId)]
    }),
  ]
  const before = facts()
  expect(store.minOffset('Only0', 2)).toBe(1)
  const texts = await allTexts(store)
  if (how === 'clean stop') await aging.close()
  else aging.files = aging.files.copyAll()
  store = await aging.open(aging.changes)
  expect(facts()).toEqual(before)
  expect(await allTexts(store)).toEqual(texts)
  await aging.end()
})

test('below the minimum every question has its answer', async () => {
  const aging = new Aging()
  const store = await aging.open({ ...SLOW, fileReservedTime: 24 })
  const times: number[] = []
  for (let day = 0; day < 4; day++) {
    times.push(aging.clock.now())
    const properties = encodeProperties({ KEYS: `key${day}` })
    const keyed = append(store, message(`keyed${day}`, { properties }))
    await aging.clock.advance(0)
    await keyed
    await aging.sendAndWait(`day${day}`, 24)
  }
  const min = store.minOffset('T', 0)
  expect(min).toBeGreaterThan(41)
  expect(store.read('T', 0, 0, { maxMessages: 1 })).toMatchObject({
    status: 'OFFSET_TOO_SMALL',
    nextOffset: min,
    minOffset: min,
  })
  expect(await store.recordAt(0)).toBeUndefined()
  expect(await store.storeTimeAt('T', 0, 0)).toBeUndefined()
  expect(await store.offsetByTime('T', 0, times[0] ?? 0, 'lower')).toBe(min)
  expect(await store.offsetByTime('T', 0, times[0] ?? 0, 'upper')).toBe(min)
  expect(await store.offsetByTime('T', 0, times[3] ?? 0, 'lower')).toBe(123)
  const lookup = { maxMessages: 10, maxBytes: 100_000, begin: 0, end: Number.MAX_SAFE_INTEGER }
  expect((await store.recordsByKey('T', 'key0', lookup)).records).toEqual([])
  expect((await store.recordsByKey('T', 'key3', lookup)).records).toHaveLength(1)
  await aging.end()
})

test('whoever reads while the files are deleted gets the right messages or is told where they begin now', async () => {
  for (const at of ['entries', 'records', 'both'] as const) {
    const aging = new Aging()
    await aging.open({ deleteWhen: '04' })
    for (let round = 0; round < 8; round++) await aging.sendAndWait(`r${round}`, 0)
    const sent = await allTexts(aging.store)
    await aging.close()
    // Reopened, so that nothing is in memory.
    const store = await aging.open({ fileReservedTime: 0, diskMaxUsedSpaceRatio: 10, coldLogBytesMax: 0 })
    const gate = deferred()
    let waiting = 0
    aging.files.beforeRead = (path) => {
      const isHeld = at === 'both' || path.includes(at === 'entries' ? 'consumequeue' : 'commitlog')
      if (isHeld) waiting++
      return isHeld ? gate.promise : Promise.resolve()
    }
    const offsets = Array.from({ length: 100 }, (_, index) => index * 3)
    // Some decide by the content of the records, which then are read one by one.
    const wishes = [{}, { acceptsRecord: () => true }]
    const reads = offsets.map((offset) => read(store, offset, { maxMessages: 8, ...wishes[offset % 2] }))
    const times = store.offsetByTime('T', 0, NOON, 'lower')
    const records = [store.recordAt(0), store.storeTimeAt('T', 0, 3)]
    await until('reads hang', () => waiting > 0)
    aging.files.spaceOf = () => used(80)
    await aging.clock.advance(70_000)
    expect(store.minPhysicalOffset, at).toBeGreaterThan(4096)
    gate.resolve()
    await aging.clock.advance(0)
    for (const [index, { result, messages }] of (await Promise.all(reads)).entries()) {
      const offset = offsets[index] ?? 0
      const texts = messages.map(({ body }) => body.toString())
      const first = messages[0]?.queueOffset ?? offset
      // Passed over is what is gone, and nothing else.
      expect([offset, store.minOffset('T', 0)], at).toContain(first)
      expect(texts, at).toEqual(sent.slice(first, first + texts.length))
      if (texts.length > 0) continue
      expect(['MESSAGE_WAS_REMOVING', 'OFFSET_TOO_SMALL', 'OFFSET_FOUND_NULL'], at).toContain(result.status)
      expect(result.nextOffset, at).toBeGreaterThan(offset)
      expect(result.nextOffset, at).toBeLessThanOrEqual(store.minOffset('T', 0))
    }
    await Promise.all([times, ...records])
    // Who follows the answers arrives at the first message that is left.
    let next = 0
    for (let answers = 0; next < store.minOffset('T', 0); answers++) {
      expect(answers).toBeLessThan(20)
      next = (await read(store, next)).result.nextOffset
    }
    expect(await allTexts(store), at).toEqual(sent.slice(store.minOffset('T', 0)))
    await aging.end()
  }
})

test('a deletion that fails is told once, tried again, and leaves the messages readable', async () => {
  const aging = new Aging()
  const store = await aging.open({ fileReservedTime: 1, deleteWhen: '04', redeleteHangedFileInterval: 120_000 })
  for (let round = 0; round < 6; round++) await aging.sendAndWait(`r${round}`, 0)
  const sent = await allTexts(store)
  await aging.clock.advance(2 * HOUR_MS)
  aging.files.fault = (call, path) => (call === 'remove' && path.includes('commitlog') ? 'EBUSY' : undefined)
  const asked = store.deleteExpired()
  await aging.clock.advance(30 * 60_000)
  await asked
  expect(store.minPhysicalOffset).toBe(0)
  expect(await allTexts(store)).toEqual(sent)
  expect(aging.lines.filter((line) => line.includes('deleting an old file of the log failed'))).toHaveLength(1)
  aging.files.fault = (call, path) => (call === 'remove' && path.includes('consumequeue') ? 'EACCES' : undefined)
  await aging.clock.advance(130_000)
  expect(aging.logStarts()).toHaveLength(1)
  expect(aging.lines.filter((line) => line.includes('deleting old files of queues or index failed'))).toHaveLength(1)
  expect(await allTexts(store)).toEqual(sent.slice(store.minOffset('T', 0)))
  aging.files.fault = () => undefined
  const queueFiles = aging.files.list(`${STORE}/consumequeue/T/0`).length
  await aging.clock.advance(10_000)
  expect(aging.files.list(`${STORE}/consumequeue/T/0`).length).toBeLessThan(queueFiles)
  await aging.end()
})

test('index files follow the log', async () => {
  const aging = new Aging()
  const store = await aging.open({ ...SLOW, fileReservedTime: 24 })
  for (let day = 0; day < 5; day++) {
    const sent = Promise.all(
      textsOf(`k${day}`, 20).map((text) =>
        append(store, message(text, { properties: encodeProperties({ KEYS: `${text} common` }) })),
      ),
    )
    await aging.clock.advance(24 * HOUR_MS)
    await sent
  }
  const names = aging.files.list(`${STORE}/index`).map(({ name }) => name)
  // 200 keys fill five files of 39.
  expect(names.length).toBeLessThan(5)
  const lookup = { maxMessages: 200, maxBytes: 1e6, begin: 0, end: Number.MAX_SAFE_INTEGER }
  const found = await store.recordsByKey('T', 'common', lookup)
  expect(found.records).toHaveLength(store.maxOffset('T', 0) - store.minOffset('T', 0))
  await aging.end()
})

test('a queue whose last messages are deleted at once has its offset after a kill all the same', async () => {
  const aging = new Aging()
  let store = await aging.open({ flushCommitLogLeastPages: 0, flushIntervalCommitLog: 10 })
  const quick = Promise.all(textsOf('q', 30).map((text) => append(store, message(text, { topic: 'Quick' }))))
  await aging.sendAndWait('many', 0)
  await aging.sendAndWait('more', 0)
  await quick
  // Not a second later, before the entries are written by themselves.
  await aging.clock.advance(20)
  aging.files.spaceOf = () => used(89)
  const deletion = store.deleteExpired()
  await aging.clock.advance(100)
  await deletion
  expect([store.minOffset('Quick', 0), store.maxOffset('Quick', 0)]).toEqual([30, 30])
  aging.files = aging.files.copyAll()
  store = await aging.open()
  expect([store.minOffset('Quick', 0), store.maxOffset('Quick', 0)]).toEqual([30, 30])
  await aging.end()
})

test('closing does not wait for a deletion that is under way', async () => {
  const aging = new Aging()
  const store = await aging.open({ fileReservedTime: 0, deleteCommitLogFilesInterval: 60_000 })
  for (let round = 0; round < 6; round++) await aging.sendAndWait(`r${round}`, 0)
  const files = aging.logStarts().length
  await aging.clock.advance(20_000)
  const deletion = store.deleteExpired()
  await aging.clock.advance(1000)
  expect(aging.logStarts()).toHaveLength(files - 1)
  await aging.end()
  await deletion
  expect(aging.logStarts()).toHaveLength(files - 1)
})

test('whatever is sent, deleted, killed and restarted, what is left is the end of what was sent', async () => {
  let deletedBytes = 0
  for (let seed = 1; seed <= 5; seed++) {
    const random = seededRandom(seed)
    const aging = new Aging()
    const changes = { fileReservedTime: 1, openFilesMax: 16, deleteFileBatchMax: 2 }
    let store = await aging.open(changes)
    const sent = new Map<string, string[]>()
    const expectSuffixes = async (note: string): Promise<void> => {
      for (const [topic, texts] of sent) {
        const min = store.minOffset(topic, 0)
        expect(store.maxOffset(topic, 0), note).toBe(texts.length)
        expect(await allTexts(store, topic), note).toEqual(texts.slice(min))
        const lookup = { maxMessages: 1e4, maxBytes: 1e8, begin: 0, end: Number.MAX_SAFE_INTEGER }
        expect((await store.recordsByKey(topic, 'k', lookup)).records, note).toHaveLength(texts.length - min)
      }
    }
    for (let step = 0; step < 20; step++) {
      const note = `seed ${seed}, step ${step}`
      const topic = `T${random.below(4)}`
      const texts = textsOf(`${step}`, random.below(50))
      const properties = encodeProperties({ KEYS: 'k' })
      const answers = texts.map((text) => append(store, message(text, { topic, properties })))
      await aging.clock.advance(random.below(2) * 600)
      for (const { status } of await Promise.all(answers)) expect(status, note).toBe('ok')
      sent.set(topic, [...(sent.get(topic) ?? []), ...texts])
      const percent = 78 + random.below(12)
      aging.files.spaceOf = () => used(percent)
      const deletion = store.deleteExpired()
      await aging.clock.advance(random.below(3) * 200)
      const before = [store.minPhysicalOffset, ...[...sent.keys()].map((each) => store.minOffset(each, 0))]
      const how = random.below(6)
      if (how < 2) {
        if (how === 0) await aging.close()
        else aging.files = aging.files.copyAll()
        store = await aging.open(changes)
        const after = [store.minPhysicalOffset, ...[...sent.keys()].map((each) => store.minOffset(each, 0))]
        expect(after, note).toEqual(before)
      } else {
        await deletion
      }
      if (how < 3) await expectSuffixes(note)
    }
    await expectSuffixes(`seed ${seed}`)
    deletedBytes += store.minPhysicalOffset
    await aging.end()
  }
  expect(deletedBytes).toBeGreaterThan(20 * 4096)
})
