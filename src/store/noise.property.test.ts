import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { damage, damagedRecords, forSeeds, noise, sampleRecords } from '../../test/kit/damage.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { silentLogger } from '../base/log/index.ts'
import type { Random } from '../base/random/index.ts'
import { systemClock } from '../base/time/index.ts'
import { checkRecord } from '../message/index.ts'
import { Checkpoint } from './checkpoint/checkpoint.ts'
import { readCleanStop, writeCleanStop } from './checkpoint/clean-stop.ts'
import { DroppedTopics } from './checkpoint/dropped-topics.ts'
import { scanRecords } from './commit-log/scan.ts'
import { IndexCheck } from './index-file/check-index.ts'
import { IndexFiles } from './index-file/index-files.ts'
import { OpenFiles } from './segments/open-files.ts'
import { SegmentFiles } from './segments/segment-files.ts'
import { segmentName } from './segments/segment-layout.ts'

// Whatever lies in the files: an answer or an error with a code, never a hang. A seed that fails is named by the error.

const samples = sampleRecords()

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
    check.finish(3_000_000)
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
