import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Files, SimulatedFiles } from '../../base/files/index.ts'
import { silentLogger } from '../../base/log/index.ts'
import { systemClock } from '../../base/time/index.ts'
import { encodeProperties } from '../../message/index.ts'
import { Checkpoint } from '../checkpoint/checkpoint.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { indexFileName } from './file-name.ts'
import { IndexFiles } from './index-files.ts'
import { hashProperties, indexHash, isIndexed, topicHash } from './key-hash.ts'

type Row = [
  offset: number,
  storeTime: number,
  sysFlag: number,
  topic: string,
  unique: string | null,
  keys: string | null,
]
type Query = [topic: string, key: string, begin: number, end: number, most: number, offsets: number[]]

const golden = JSON.parse(readFileSync(new URL('../../../test/golden/index-files.json', import.meta.url), 'utf8')) as {
  readonly slots: number
  readonly entries: number
  readonly files: readonly { readonly name: string; readonly gzip: string }[]
  readonly records: string
  readonly queries: string
}
const unpacked = (text: string): Buffer => gunzipSync(Buffer.from(text, 'base64'))
const rows = JSON.parse(unpacked(golden.records).toString()) as readonly Row[]
const queries = JSON.parse(unpacked(golden.queries).toString()) as readonly Query[]

const DIRECTORY = '/store/index'

function load(files: Files, slots = golden.slots, entries = golden.entries): IndexFiles {
  files.makeDirectory('/store')
  const open = new OpenFiles(files, 16)
  const checkpoint = Checkpoint.open('/store/checkpoint', open)
  const layout = { directory: DIRECTORY, slots, entries }
  return IndexFiles.load({ layout, open, checkpoint, clock: systemClock, logger: silentLogger })
}

function putAll(index: IndexFiles, wanted: readonly Row[]): void {
  for (const [offset, storeTime, sysFlag, topic, unique, keys] of wanted) {
    if (!isIndexed(sysFlag)) continue
    const properties = Buffer.from(encodeProperties({ UNIQ_KEY: unique ?? '', TAGS: 'x', KEYS: keys ?? '' }))
    const hashes: number[] = []
    hashProperties(properties, 0, properties.length, topicHash(topic), hashes)
    for (const hash of hashes) index.put(hash, offset, storeTime)
  }
}

/** Java's files. */
function recorded(): SimulatedFiles {
  const files = new SimulatedFiles()
  files.makeDirectory(DIRECTORY)
  for (const { name, gzip } of golden.files) files.writeWhole(`${DIRECTORY}/${name}`, unpacked(gzip))
  return files
}

const contents = (files: Files): Buffer[] =>
  files.list(DIRECTORY).map(({ name }) => files.readWhole(`${DIRECTORY}/${name}`) as Buffer)

test('the keys of Apache’s records give Apache’s index files, byte for byte', async () => {
  const files = new SimulatedFiles()
  const index = load(files)
  putAll(index, rows)
  await index.finish()
  expect(contents(files)).toHaveLength(3)
  for (const [at, bytes] of contents(files).entries()) {
    expect(bytes.equals(unpacked(golden.files[at]?.gzip ?? ''))).toBe(true)
  }
})

test('Apache’s files give Apache’s answers, and those of the first second as well', async () => {
  const index = load(recorded())
  for (const [topic, key, begin, end, max, offsets] of queries) {
    const found = await index.find({ hash: indexHash(topic, key), max, begin, end })
    const exact = rows.filter(
      (row) => row[3] === topic && row[1] >= begin && row[1] <= end && row[5]?.split(' ').includes(key),
    )
    const wanted = exact.map(([offset]) => offset).slice(-max)
    if (begin === 0 && end > 2 ** 50) expect(found).toEqual(offsets)
    expect(found).toEqual(expect.arrayContaining([...offsets, ...wanted]))
  }
})

test('filling goes on in files of Apache’s broker', async () => {
  const half = 500
  const files = recorded()
  const [first] = golden.files
  for (const { name } of golden.files.slice(1)) files.remove(`${DIRECTORY}/${name}`)
  const index = load(files)
  const end = index.end
  expect(first).toBeDefined()
  putAll(
    index,
    rows.filter(([offset]) => offset > end),
  )
  await index.finish()
  expect(contents(files).length).toBeGreaterThan(1)
  for (const [offset, , , topic, unique] of rows.slice(half)) {
    const found = await index.find({ hash: indexHash(topic, unique ?? ''), max: 64, begin: 0, end: 2 ** 52 })
    if (offset > end) expect(found).toContain(offset)
  }
})

test.each([
  ['cut off', (bytes: Buffer) => bytes.subarray(0, 1000)],
  ['longer than the settings say', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
  ['with more entries than it has room for', (bytes: Buffer) => withInt32(bytes, 36, 801)],
  ['that ends before it begins', (bytes: Buffer) => withInt32(bytes, 28, 1)],
  ['that begins before the file before ends', (bytes: Buffer) => withInt32(bytes, 20, 5)],
])('a file %s is removed with those behind it, to be built anew', (_, damage) => {
  const files = recorded()
  const path = `${DIRECTORY}/${golden.files[1]?.name}`
  files.writeWhole(path, damage(files.readWhole(path) as Buffer))
  const index = load(files)
  expect(files.list(DIRECTORY).map(({ name }) => name)).toEqual([golden.files[0]?.name])
  expect(index.lacksFrom).toBe(index.end)
})

test('after a crash entries are believed as far as their chains go, and the rest comes from the log', async () => {
  const path = `${DIRECTORY}/${golden.files[2]?.name}`
  const entriesAt = 40 + 500 * 4
  for (const broken of [20, 1000, 2000, 6000]) {
    const files = recorded()
    const bytes = files.readWhole(path) as Buffer
    // A page that did not reach the disk.
    bytes.fill(0, entriesAt + broken, entriesAt + broken + 40)
    files.writeWhole(path, bytes)
    const index = load(files)
    await index.restore()
    expect(index.lacksFrom).toBeLessThan(rows.at(-1)?.[0] ?? 0)
    const { end } = index
    putAll(
      index,
      rows.filter(([offset]) => offset > end),
    )
    await index.finish()
    expect(
      contents(files)
        .at(-1)
        ?.equals(unpacked(golden.files[2]?.gzip ?? '')),
    ).toBe(true)
  }
})

test('what lies behind the end of the log is forgotten, in whole files and inside one', async () => {
  for (const position of [0, 313, 1_230_157, 2_657_668, 2_661_432, 3_000_000]) {
    const files = recorded()
    const index = load(files)
    await index.cutAt(position)
    expect(index.end).toBeLessThan(position || 1)
    const { end } = index
    putAll(
      index,
      rows.filter(([offset]) => offset > end),
    )
    await index.finish()
    expect(contents(files).map((bytes) => bytes.subarray(40).toString('hex'))).toEqual(
      golden.files.map(({ gzip }) => unpacked(gzip).subarray(40).toString('hex')),
    )
  }
})

test('files whose records have left the log are removed, the last one never', () => {
  const files = recorded()
  const index = load(files)
  index.removeBefore(1_230_156)
  expect(index.files).toHaveLength(3)
  index.removeBefore(1_230_157)
  expect(index.files).toHaveLength(2)
  index.removeBefore(2 ** 40)
  expect(index.files).toHaveLength(1)
  expect(files.list(DIRECTORY).map(({ name }) => name)).toEqual([golden.files[2]?.name])
})

test('file names grow, whatever the clock does', () => {
  const noon = new Date(2026, 10, 21, 12, 0, 0, 5).getTime()
  expect(indexFileName(noon, '')).toBe('20261121120000005')
  expect(indexFileName(noon, '20261121120000005')).toBe('20261121120000006')
  expect(indexFileName(noon, '20261231235959999')).toBe('20270101000000000')
})

function withInt32(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeInt32BE(value, at)
  return changed
}
