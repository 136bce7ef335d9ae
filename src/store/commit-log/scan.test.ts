import { join } from 'node:path'
import { expect, test } from 'vitest'
import { append, message, openSmall, SMALL, STORE } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { seededRandom } from '../../base/random/index.ts'
import { verifyStore } from '../index.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { segmentName } from '../segments/segment-layout.ts'
import { ReadAhead } from './read-ahead.ts'
import { scanRecords } from './scan.ts'

const MIB = 1024 * 1024
const FILE_BYTES = 10 * MIB
const CONFIG = { mappedFileSizeCommitLog: FILE_BYTES, hotLogBytesMax: MIB }
const LAYOUT = { directory: join(STORE, 'commitlog'), fileBytes: FILE_BYTES, setting: 'mappedFileSizeCommitLog' }

/**
 * Sizes around everything that a reader by blocks may trip over: a few bytes, what is carried over, a block, more than
 * a block.
 */
const BODIES = [1, 5000, 100_000, 262_000, 263_000, 700_000, 4 * MIB]

/** A store with about 25 MiB in three files; resolves to where its records lie. */
async function written(files: SimulatedFiles, seed: number): Promise<number[]> {
  const random = seededRandom(seed)
  const store = await openSmall(files, CONFIG)
  const positions: number[] = []
  while (store.maxPhysicalOffset < 25 * MIB) {
    const bytes = BODIES[random.below(BODIES.length)] ?? 1
    positions.push((await append(store, message('x'.repeat(bytes)))).physicalOffset)
    // Many small ones, so that blocks end anywhere.
    for (let small = random.below(30); small > 0; small--) {
      positions.push((await append(store, message('y'.repeat(random.below(3000))))).physicalOffset)
    }
  }
  await store[Symbol.asyncDispose]()
  return positions
}

test.each([1, 2])(
  'a scan meets every record once and in order, wherever blocks and files end (seed %i)',
  async (seed) => {
    const files = new SimulatedFiles()
    const positions = await written(files, seed)
    const log = SegmentFiles.load(LAYOUT, new OpenFiles(files, 16))
    const met: number[] = []
    const { end, reason } = await scanRecords(log, 0, 'body', (bytes, at, size, position) => {
      met.push(position)
      expect(bytes.readInt32BE(at)).toBe(size)
      return true
    })
    expect(met).toEqual(positions)
    expect(reason).toBe('zeros')
    expect(end).toBeGreaterThan(positions.at(-1) ?? 0)
    // From the middle on, and not further than the visitor wants.
    const [first, last] = [positions[Math.floor(positions.length / 2)] ?? 0, positions.at(-3)]
    const some: number[] = []
    const stopped = await scanRecords(log, first, 'body', (_bytes, _at, _size, position) => {
      if (position === last) return false
      some.push(position)
      return true
    })
    expect(stopped).toEqual({ end: last, reason: 'stopped' })
    expect(some).toEqual(positions.filter((position) => position >= first && position < (last ?? 0)))
    expect((await verifyStore(STORE, { ...SMALL, ...CONFIG }, files)).problems).toEqual([])
  },
)

test('a disk that cannot be read ends the scan with its reason, though the block was read ahead', async () => {
  const files = new SimulatedFiles()
  await written(files, 4)
  const log = SegmentFiles.load(LAYOUT, new OpenFiles(files, 16))
  let reads = 0
  files.fault = (call) => (call === 'read' && ++reads > 3 ? 'EIO' : undefined)
  await expect(scanRecords(log, 0, 'body', () => true)).rejects.toMatchObject({ code: 'RMQ_STORE_READ_FAILED' })
  expect(reads).toBe(4)
  // A scan that ends before it needs the block that fails is not disturbed by it.
  reads = 2
  const stopped = await scanRecords(log, 0, 'body', () => false)
  expect(stopped).toEqual({ end: 0, reason: 'stopped' })
  files.fault = () => undefined
  expect((await verifyStore(STORE, { ...SMALL, ...CONFIG }, files)).problems).toEqual([])
})

test('a window holds the bytes of its file from any position on, and no others', async () => {
  const files = new SimulatedFiles()
  await written(files, 5)
  const log = SegmentFiles.load(LAYOUT, new OpenFiles(files, 16))
  const random = seededRandom(6)
  const ahead = new ReadAhead(log)
  for (let position = 0; position < log.end; ) {
    const bytesMin = random.below(3) === 0 ? 5 * MIB : 8
    const { bytes, at, held, isShort } = await ahead.window(position, bytesMin)
    const fileEnd = log.fileEnd(position)
    expect(isShort).toBe(false)
    expect(position + held).toBeLessThanOrEqual(fileEnd)
    expect(held).toBeGreaterThanOrEqual(Math.min(bytesMin, fileEnd - position))
    const expected = Buffer.alloc(held)
    log.readSync(expected, position)
    expect(bytes.subarray(at, at + held).equals(expected)).toBe(true)
    // Mostly near the end of the window, as after its last whole record.
    position += Math.max(1, held - random.below(Math.min(held, 300_000)))
    if (random.below(4) === 0) position = fileEnd
  }
  await ahead.stop()
  expect((await verifyStore(STORE, { ...SMALL, ...CONFIG }, files)).problems).toEqual([])
})

test('a file that is missing in between is passed over, also when it would have been read ahead', async () => {
  const files = new SimulatedFiles()
  const positions = await written(files, 7)
  const kept = (position: number): boolean => position < FILE_BYTES || position >= 2 * FILE_BYTES
  files.remove(join(LAYOUT.directory, segmentName(FILE_BYTES)))
  const met: number[] = []
  const { reason } = await scanRecords(SegmentFiles.load(LAYOUT, new OpenFiles(files, 16)), 0, 'body', (...record) => {
    met.push(record[3])
    return true
  })
  expect(met).toEqual(positions.filter(kept))
  expect(reason).toBe('zeros')
})

test('the size of a record whose head is cut by a block is not believed before the rest of the head is read', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, CONFIG)
  await append(store, message('a'))
  const smallBytes = store.maxPhysicalOffset
  const cutAt = 4 * MIB - 50
  await append(store, message('b'.repeat(cutAt - 2 * smallBytes + 1)))
  expect(store.maxPhysicalOffset).toBe(cutAt)
  await append(store, message('c'))
  await store[Symbol.asyncDispose]()
  const path = join(LAYOUT.directory, segmentName(0))
  const size = Buffer.alloc(4)
  size.writeInt32BE(5 * MIB)
  const file = files.open(path)
  file.writeSync(size, cutAt)
  file.close()
  let most = 0
  files.beforeRead = async (_path, bytes) => {
    most = Math.max(most, bytes)
  }
  const log = SegmentFiles.load(LAYOUT, new OpenFiles(files, 16))
  expect(await scanRecords(log, 0, 'body', () => true)).toEqual({ end: cutAt, reason: 'unreadable' })
  expect(most).toBe(4 * MIB)
})
