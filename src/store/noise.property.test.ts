import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { damage, damagedRecords, noise, sampleRecords } from '../../test/kit/damage.ts'
import { append, message, openSmall, SMALL, STORE, textsOf } from '../../test/kit/store.ts'
import { codeOf } from '../base/errors/index.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { silentLogger } from '../base/log/index.ts'
import { type Random, seededRandom } from '../base/random/index.ts'
import { systemClock } from '../base/time/index.ts'
import { checkRecord, recordPropertiesAt } from '../message/index.ts'
import { Checkpoint } from './checkpoint/checkpoint.ts'
import { readCleanStop, writeCleanStop } from './checkpoint/clean-stop.ts'
import { DroppedTopics } from './checkpoint/dropped-topics.ts'
import { scanRecords } from './commit-log/scan.ts'
import { type MessageStore, type StoreConfig, verifyStore } from './index.ts'
import { IndexCheck } from './index-file/check-index.ts'
import { IndexFiles } from './index-file/index-files.ts'
import { OpenFiles } from './segments/open-files.ts'
import { SegmentFiles, segmentName } from './segments/segment-files.ts'

// Whatever lies in the files: an answer or an error with a code, never a hang. A seed that fails is named by the error.

const samples = sampleRecords()

/** Runs `check` for the seeds 1 … count. */
async function forSeeds(count: number, check: (random: Random) => void | Promise<void>): Promise<void> {
  for (let seed = 1; seed <= count; seed++) {
    try {
      await check(seededRandom(seed))
    } catch (failure) {
      throw new Error(`with seed ${seed}: ${String(failure)}`, { cause: failure })
    }
  }
}

/** The answer, or the code of an error of ours; others are the test's failure. */
async function outcomeOf<Value>(work: () => Value | Promise<Value>): Promise<Value | string> {
  try {
    return await work()
  } catch (failure) {
    const code = codeOf(failure)
    if (code?.startsWith('RMQ_') !== true) throw failure
    return code
  }
}

test('a scan of damaged log files ends at the first record that is not sound', async () => {
  const fileBytes = 4096
  let visited = 0
  await forSeeds(800, async (random) => {
    const files = new SimulatedFiles()
    files.makeDirectory('/log')
    for (let file = 0; file <= random.below(3); file++) {
      const bytes = Buffer.alloc(fileBytes)
      for (let at = 0; at < fileBytes; ) {
        const records = random.below(8) === 0 ? damagedRecords(samples, random) : sampleOf(random)
        at += records.copy(bytes, at)
        if (records.length === 0) break
      }
      files.writeWhole(`/log/${segmentName(file * fileBytes)}`, bytes)
    }
    const open = new OpenFiles(files, 16)
    const log = SegmentFiles.load({ directory: '/log', fileBytes, setting: 'size' }, open)
    let behind = 0
    const { end } = await scanRecords(log, 0, random.below(2) === 0 ? 'body' : 'none', (bytes, at, size, position) => {
      if (position < behind || checkRecord(bytes, at, size, 'none') !== size) throw new Error(`at ${position}`)
      behind = position + size
      visited++
      return true
    })
    if (end < behind || end > log.end) throw new Error(`it ends at ${end}, the last record at ${behind}`)
  })
  expect(visited).toBeGreaterThan(800)
})

const sampleOf = (random: Random): Buffer => samples[random.below(samples.length)] as Buffer

test('a record that claims a gigabyte without a body of that length is not read', async () => {
  const fileBytes = 1024 * 1024 * 1024
  const files = new SimulatedFiles()
  files.makeDirectory('/log')
  const file = files.open('/log/00000000000000000000', { create: true })
  file.setBytes(fileBytes)
  const record = Buffer.from(samples[0] as Buffer)
  record.writeInt32BE(fileBytes, 0)
  file.writeSync(record, 0)
  const open = new OpenFiles(files, 16)
  const log = SegmentFiles.load({ directory: '/log', fileBytes, setting: 'size' }, open)
  const before = process.memoryUsage().arrayBuffers
  expect(await scanRecords(log, 0, 'body', () => true)).toEqual({ end: 0, reason: 'unreadable' })
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(fileBytes / 2)
})

const index = JSON.parse(readFileSync(new URL('../../test/golden/index-files.json', import.meta.url), 'utf8')) as {
  readonly slots: number
  readonly entries: number
  readonly files: readonly { readonly name: string; readonly gzip: string }[]
}
const indexFiles = index.files.map(({ name, gzip }) => ({ name, bytes: gunzipSync(Buffer.from(gzip, 'base64')) }))

test('damaged index files are used as far as they can be believed, or made anew', async () => {
  const layout = { directory: '/store/index', slots: index.slots, entries: index.entries }
  await forSeeds(120, async (random) => {
    const files = new SimulatedFiles()
    files.makeDirectory('/store/index')
    for (const { name, bytes } of indexFiles) {
      const changed = Buffer.from(bytes)
      // Most of the changes hit the header, where they do most harm.
      for (let change = random.below(4); change > 0; change--)
        damage(random.below(2) === 0 ? changed.subarray(0, 40) : changed, random)
      files.writeWhole(`/store/index/${name}`, random.below(30) === 0 ? noise(random) : changed)
    }
    const open = new OpenFiles(files, 16)
    const problems: string[] = []
    const check = new IndexCheck(layout, open, random.below(2) === 0, (problem) => problems.push(problem))
    check.begin(random.below(1_000_000))
    check.record(random.below(3_000_000), [random.below(0x7fff_ffff)])
    check.end()
    const checkpoint = Checkpoint.open('/store/checkpoint', open)
    const loaded = IndexFiles.load({ layout, open, checkpoint, clock: systemClock, logger: silentLogger })
    await finds(loaded, random)
    if (random.below(2) === 0) await loaded.restore()
    await loaded.cutAt(random.below(3_000_000))
    await finds(loaded, random)
    const end = Math.max(0, loaded.end)
    if (end > 2 ** 52) return
    loaded.put(42, end + 1, 1_795_229_931_143)
    const found = await loaded.find({ hash: 42, max: 10, begin: 0, end: 2 ** 52 })
    // A header may claim a time behind all others; then nothing of now can be found by time, but nothing breaks.
    if (found.length > 0 && !found.includes(end + 1)) throw new Error(`${end + 1} is not found, but ${found}`)
    await loaded.finish()
    open.closeAll()
  })
})

async function finds(loaded: IndexFiles, random: Random): Promise<void> {
  for (const hash of [0, 2_001_620_755, random.below(0x7fff_ffff)]) {
    const found = await loaded.find({ hash, max: 32, begin: 0, end: 2 ** 52 })
    if (found.length > 64) throw new Error(`${found.length} records were found`)
  }
}

test('a damaged checkpoint gives a time to begin at, never one of a day that cannot be', async () => {
  await forSeeds(2000, (random) => {
    const files = new SimulatedFiles()
    const bytes = Buffer.alloc(4096)
    bytes.writeBigInt64BE(1_795_229_931_143n, 0)
    bytes.writeBigInt64BE(1_795_229_931_143n, 8)
    damage(bytes.subarray(0, 40), random)
    files.writeWhole('/checkpoint', random.below(4) === 0 ? noise(random) : bytes)
    const open = new OpenFiles(files, 16)
    const checkpoint = Checkpoint.open('/checkpoint', open)
    if (!(checkpoint.minTimestamp >= 0) || Number.isNaN(checkpoint.indexTimestamp)) throw new Error('no time')
    checkpoint.logReached(1_795_229_931_144)
    checkpoint.queuesReached(1_795_229_931_144)
    checkpoint.write()
    checkpoint.close()
    if (Checkpoint.open('/checkpoint', open).minTimestamp !== 1_795_229_928_144) throw new Error('not written')
  })
})

test('our own notes are believed as they were written, or not at all', async () => {
  const state = { logStart: 0, logEnd: 123_456, indexEnd: 99, queues: [['T', 0, 1, 2, 1_795_229_931_143.5]] as const }
  let believed = 0
  await forSeeds(1500, async (random) => {
    const files = new SimulatedFiles()
    files.makeDirectory('/s')
    writeCleanStop('/s', files, state)
    const dropped = DroppedTopics.open('/s', files, 0)
    await dropped.add('Gone', 5000)
    for (const { name } of files.list('/s')) {
      const bytes = files.readWhole(`/s/${name}`) as Buffer
      files.writeWhole(`/s/${name}`, damagedNote(bytes, random))
    }
    const read = readCleanStop('/s', files)
    if (read !== undefined) {
      believed++
      if (JSON.stringify(read) !== JSON.stringify(state)) throw new Error(`${JSON.stringify(read)} was believed`)
    }
    const again = DroppedTopics.open('/s', files, 0)
    if (again.has('Gone', 5000) || (again.has('Gone', 0) && !again.has('Gone', 4999))) throw new Error('another end')
  })
  expect(believed).toBeLessThan(300)
})

function damagedNote(bytes: Buffer, random: Random): Buffer {
  if (random.below(10) === 0) return noise(random)
  if (random.below(10) === 0) return bytes.subarray(0, random.below(bytes.length))
  // Digits leave the text good JSON.
  for (let change = 1 + random.below(3); change > 0; change--)
    bytes[random.below(bytes.length)] = 0x30 + random.below(10)
  return bytes
}

/** Small enough to be opened hundreds of times. */
async function filled(files: SimulatedFiles, changes: Partial<StoreConfig> = {}): Promise<MessageStore> {
  const store = await openSmall(files, changes)
  for (const text of textsOf('m', 40)) await append(store, message(text, { tag: 'a', queueId: text.length % 3 }))
  await append(store, message('u', { topic: 'U', properties: 'UNIQ_KEY\u0001K\u0002KEYS\u0001k l\u0002' }))
  await append(store, message('gone', { topic: 'Gone' }))
  await store.dropTopic('Gone')
  return store
}

test('a store whose files are damaged opens or says why not, and what it then stores is there again', async () => {
  const left = new SimulatedFiles()
  const store = await filled(left)
  const killed = left.copyAll()
  await store[Symbol.asyncDispose]()
  let opened = 0
  await forSeeds(120, async (random) => {
    const files = (random.below(2) === 0 ? left : killed).copyAll()
    const paths = pathsBelow(files, STORE)
    for (let change = 1 + random.below(4); change > 0; change--) damageFile(files, paths, random)
    const outcome = await outcomeOf(() => openSmall(files))
    if (typeof outcome === 'string') return
    opened++
    await readAll(outcome)
    const result = await append(outcome, message('new', { topic: 'New' }))
    if (result.status !== 'ok') throw new Error(result.status)
    await outcome[Symbol.asyncDispose]()
    const again = await openSmall(files)
    const { slices } = await again.read('New', 0, 0, { maxMessages: 1 })
    if (!Buffer.concat([...slices]).includes('new')) throw new Error('what was stored is not there')
    await again[Symbol.asyncDispose]()
  })
  expect(opened).toBeGreaterThan(50)
})

test('after a crash recovery leaves nothing that the checker objects to, whatever was damaged', async () => {
  // Without a checksum of whole records nobody can tell a flipped bit in front of a body.
  const changes: Partial<StoreConfig> = { forceVerifyPropCRC: true }
  const whole = new SimulatedFiles()
  const store = await filled(whole, changes)
  const killed = whole.copyAll()
  await store[Symbol.asyncDispose]()
  // Nor what recovery has no reason to read.
  killed.remove(`${STORE}/checkpoint`)
  await forSeeds(80, async (random) => {
    const files = killed.copyAll()
    const paths = pathsBelow(files, STORE).filter((path) => !/abort|lock/.test(path))
    for (let change = 1 + random.below(4); change > 0; change--) damageFile(files, paths, random)
    const outcome = await outcomeOf(() => openSmall(files, changes))
    if (typeof outcome === 'string') throw new Error(outcome)
    await outcome[Symbol.asyncDispose]()
    const { problems } = await verifyStore(STORE, { ...SMALL, ...changes }, files)
    if (problems.length > 0) throw new Error(problems.join('; '))
  })
})

/** As a filter does: it relies on being asked about records. */
const hasProperties = (bytes: Buffer, at: number, size: number): boolean => recordPropertiesAt(bytes, at) < at + size

/** Reads every queue to its end and asks for what can be asked for; no answer may take for ever. */
async function readAll(store: MessageStore): Promise<void> {
  for (const [topic, queueIds] of store.queues()) {
    for (const queueId of queueIds) {
      let offset = store.minOffset(topic, queueId)
      for (let reads = 0; offset < store.maxOffset(topic, queueId); reads++) {
        if (reads > 1000) throw new Error(`reading ${topic}/${queueId} stays at ${offset}`)
        const limits =
          (reads + queueId) % 2 === 0 ? { maxMessages: 32 } : { maxMessages: 32, acceptsRecord: hasProperties }
        const result = await outcomeOf(() => store.read(topic, queueId, offset, limits))
        if (typeof result === 'string' || result.nextOffset <= offset) break
        offset = result.nextOffset
      }
      await outcomeOf(() => store.offsetByTime(topic, queueId, 1_700_000_000_000, 'lower'))
      await outcomeOf(() => store.storeTimeAt(topic, queueId, 1))
    }
  }
  const range = { maxMessages: 9, maxBytes: 99_999, begin: 0, end: 2 ** 52 }
  await outcomeOf(() => store.recordsByKey('U', 'k', range))
}

/** Damages bytes that were written, which are few of those in a file. */
function damageFile(files: SimulatedFiles, paths: readonly string[], random: Random): void {
  const path = paths[random.below(paths.length)] as string
  const bytes = files.readWhole(path)
  if (bytes === undefined || bytes.length === 0) return
  let end = bytes.length
  while (end > 8 && bytes[end - 1] === 0) end--
  damage(bytes.subarray(0, end), random)
  files.writeWhole(path, bytes)
}

function pathsBelow(files: SimulatedFiles, folder: string): string[] {
  return files
    .list(folder)
    .flatMap(({ name, isDirectory }) => (isDirectory ? pathsBelow(files, `${folder}/${name}`) : [`${folder}/${name}`]))
}
