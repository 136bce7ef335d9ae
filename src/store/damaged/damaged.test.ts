import { expect, test } from 'vitest'
import { forEachStop } from '../../../test/kit/stop-moments.ts'
import { allTexts, append, appendTexts, message, openSmall, SMALL, STORE, textsOf } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import type { LogFields, Logger } from '../../base/log/index.ts'
import { silentLogger } from '../../base/log/index.ts'
import { RECORD_BYTES_MIN } from '../../message/index.ts'
import { scanRecords } from '../commit-log/scan.ts'
import { verifyStore } from '../index.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { readSavedPart, savedParts } from './saved-parts.ts'

const LOG = `${STORE}/commitlog`
const FILE_BYTES = 4096
const MESSAGES = 150

const problems = async (files: SimulatedFiles): Promise<readonly string[]> =>
  (await verifyStore(STORE, SMALL, files)).problems

/** Positions of all records of the log, up to where it ends. */
async function positionsOf(files: SimulatedFiles): Promise<number[]> {
  const open = new OpenFiles(files, 16)
  const log = SegmentFiles.load({ directory: LOG, fileBytes: FILE_BYTES, setting: '' }, open)
  const positions: number[] = []
  await scanRecords(log, log.start, 'body', (_bytes, _at, _size, position) => {
    positions.push(position)
    return true
  })
  open.closeAll()
  return positions
}

/** Positions of all records that were saved. */
async function savedPositions(files: SimulatedFiles): Promise<number[]> {
  const positions: number[] = []
  for (const part of savedParts(STORE, files)) {
    await readSavedPart(part, files, (_bytes, _at, _size, position) => {
      positions.push(position)
      return true
    })
  }
  return positions
}

interface Crashed {
  readonly files: SimulatedFiles
  /** Of all records, in order. */
  readonly positions: readonly number[]
}

/** A store that was killed with messages in five log files. */
async function crashed(): Promise<Crashed> {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', MESSAGES))
  await store[Symbol.asyncDispose]()
  files.writeWhole(`${STORE}/abort`, '1')
  return { files, positions: await positionsOf(files) }
}

/** Overwrites bytes of the log, on the disk as well. */
async function overwrite(files: SimulatedFiles, position: number, bytes: Uint8Array): Promise<void> {
  const start = position - (position % FILE_BYTES)
  const file = files.open(`${LOG}/${String(start).padStart(20, '0')}`)
  file.writeSync(bytes, position - start)
  await file.datasync()
  file.close()
}

/** Damages the body of the record at a position, which begins behind its 88 fixed bytes. */
const flipBody = (files: SimulatedFiles, position: number): Promise<void> =>
  overwrite(files, position + 88, Buffer.from('x'))

interface Line extends LogFields {
  readonly message: string
}

function errorLines(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = []
  const logger: Logger = {
    ...silentLogger,
    error: (text, fields) => void lines.push({ message: text, ...fields }),
    child: () => logger,
  }
  return { logger, lines }
}

test('sound messages behind a damaged one are saved, said and readable; the log goes on at the damage', async () => {
  const { files, positions } = await crashed()
  const damaged = positions[50] as number
  await flipBody(files, damaged)
  const { logger, lines } = errorLines()
  const store = await openSmall(files, {}, { logger })
  expect(await allTexts(store)).toEqual(textsOf('m', 50))
  const [part, ...others] = savedParts(STORE, files)
  expect(others).toEqual([])
  expect(part).toMatchObject({ start: damaged, end: store.maxPhysicalOffset === damaged ? part?.end : 0, records: 99 })
  expect(part).toMatchObject({ path: `${STORE}/damaged/${String(damaged).padStart(20, '0')}`, fileBytes: FILE_BYTES })
  expect(await savedPositions(files)).toEqual(positions.slice(51))
  expect(lines).toEqual([
    {
      message: 'the log is damaged: it ends at the damage, and what lies behind was saved',
      from: damaged,
      to: part?.end,
      bytes: (part?.end ?? 0) - damaged,
      records: 99,
      queues: 'T/0: 99',
      reason: 'a damaged record',
      lookAtIt: `rocketstream store dump ${part?.path}`,
    },
  ])
  expect((await append(store, message('next'))).queueOffset).toBe(50)
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
  // Nothing is left behind the end that could be saved again.
  files.writeWhole(`${STORE}/abort`, '1')
  await (await openSmall(files))[Symbol.asyncDispose]()
  expect(savedParts(STORE, files)).toHaveLength(1)
})

test('of the damaged file only what lies behind the damage is copied; the files behind it are moved', async () => {
  const { files, positions } = await crashed()
  const damaged = positions[50] as number
  await flipBody(files, damaged)
  const before = files.copyAll()
  await (await openSmall(files))[Symbol.asyncDispose]()
  const folder = `${savedParts(STORE, files)[0]?.path}/commitlog`
  const saved = files.list(folder).map(({ name }) => name)
  const start = damaged - (damaged % FILE_BYTES)
  expect(saved).toEqual(
    before
      .list(LOG)
      .map(({ name }) => name)
      .filter((name) => Number(name) >= start),
  )
  const [first = '', ...whole] = saved
  const copy = files.readWhole(`${folder}/${first}`) as Buffer
  const original = before.readWhole(`${LOG}/${first}`) as Buffer
  expect(copy.subarray(0, damaged - start)).toEqual(Buffer.alloc(damaged - start))
  expect(copy.subarray(damaged - start)).toEqual(original.subarray(damaged - start))
  for (const name of whole) {
    expect(files.readWhole(`${folder}/${name}`)).toEqual(before.readWhole(`${LOG}/${name}`))
    expect(files.facts(`${LOG}/${name}`)).toBeUndefined()
  }
  expect(await problems(files)).toEqual([])
})

test.each([
  ['zeros in the middle of a file', 60, (files: SimulatedFiles, at: number) => overwrite(files, at, Buffer.alloc(300))],
  [
    'noise in the middle of a file',
    60,
    (files: SimulatedFiles, at: number) => overwrite(files, at, Buffer.alloc(300, 7)),
  ],
  [
    'a file that lost all its pages',
    37,
    (files: SimulatedFiles, at: number) => overwrite(files, at, Buffer.alloc(FILE_BYTES - (at % FILE_BYTES))),
  ],
  ['the very first record', 0, flipBody],
])('behind %s every sound message is saved', async (_, index, damage) => {
  const { files, positions } = await crashed()
  const at = positions[index] as number
  await damage(files, at)
  const sound = await soundPositions(files, positions)
  expect(sound.length).toBeGreaterThan(index + 40)
  const store = await openSmall(files)
  expect(store.maxPhysicalOffset).toBe(at)
  expect(await savedPositions(files)).toEqual(sound.filter((position) => position > at))
  expect(await allTexts(store)).toEqual(textsOf('m', index))
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

/** Which of the records at these positions are as they were. */
async function soundPositions(files: SimulatedFiles, positions: readonly number[]): Promise<number[]> {
  const { files: whole } = await crashed()
  return positions.filter((position, index) => {
    const start = position - (position % FILE_BYTES)
    const name = `${LOG}/${String(start).padStart(20, '0')}`
    const next = positions[index + 1] ?? position + RECORD_BYTES_MIN
    const end = next - start > FILE_BYTES ? position - start + RECORD_BYTES_MIN : next - start
    // The store timestamps of the two stores differ; bodies, topics and lengths do not.
    const part = (from: SimulatedFiles): Buffer[] => {
      const bytes = from.readWhole(name) as Buffer
      return [bytes.subarray(position - start, position - start + 36), bytes.subarray(position - start + 76, end)]
    }
    return Buffer.concat(part(files)).equals(Buffer.concat(part(whole)))
  })
}

test('a record that was torn at the end of the log is no reason to save anything', async () => {
  for (const tear of ['zeros', 'noise', 'a body'] as const) {
    const { files, positions } = await crashed()
    const last = positions.at(-1) as number
    if (tear === 'a body') await flipBody(files, last)
    else await overwrite(files, last + 40, Buffer.alloc(60, tear === 'zeros' ? 0 : 0xa7))
    const store = await openSmall(files)
    expect(await allTexts(store), tear).toEqual(textsOf('m', MESSAGES - 1))
    await store[Symbol.asyncDispose]()
    expect(files.facts(`${STORE}/damaged`), tear).toBeUndefined()
    expect(await problems(files), tear).toEqual([])
  }
})

test('a record that says it lies elsewhere ends the log: nobody loses a place in a queue to it', async () => {
  const { files, positions } = await crashed()
  const end = positions.at(-1) as number
  const first = files.readWhole(`${LOG}/00000000000000000000`) as Buffer
  // Sound by themselves, but of another place: they would be the messages 0, 1 … of the queue again.
  await overwrite(files, end, first.subarray(0, 500))
  const store = await openSmall(files)
  expect(await allTexts(store)).toEqual(textsOf('m', MESSAGES - 1))
  await store[Symbol.asyncDispose]()
  expect(files.facts(`${STORE}/damaged`)).toBeUndefined()
  expect(await problems(files)).toEqual([])
})

test.each(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const)(
  'after a kill in good order with %s the unused gigabyte is not read',
  async (flushDiskType) => {
    const files = new SimulatedFiles()
    const large = { mappedFileSizeCommitLog: 1024 ** 3, flushDiskType }
    const store = await openSmall(files, large)
    await appendTexts(store, textsOf('m', 999))
    // Of a small group, so that with SYNC_FLUSH the file has room behind it.
    await appendTexts(store, ['m-999'])
    const killed = files.copyAll()
    // What Apache's broker prepares: a next file that nobody wrote to.
    const prepared = killed.open(`${LOG}/${String(1024 ** 3).padStart(20, '0')}`, { create: true })
    prepared.setBytes(1024 ** 3)
    let reads = 0
    killed.fault = (call, path) => {
      if (call === 'read' && path.startsWith(LOG)) reads++
      return undefined
    }
    const again = await openSmall(killed, large)
    // A megabyte each, on average.
    expect(reads).toBeLessThan(100)
    expect(await allTexts(again)).toEqual(textsOf('m', 1000))
    await again[Symbol.asyncDispose]()
    expect(killed.list(LOG)).toHaveLength(1)
    await store[Symbol.asyncDispose]()
  },
)

test.each(['open', 'write', 'resize', 'sync', 'rename'] as const)(
  'when saving fails at "%s" the store does not open, nothing is cut, and the next start saves it all',
  async (call) => {
    const { files, positions } = await crashed()
    await flipBody(files, positions[50] as number)
    const before = await positionsAnywhere(files)
    files.fault = (each, path) => (each === call && path.includes('/damaged/') ? 'ENOSPC' : undefined)
    await expect(openSmall(files)).rejects.toMatchObject({
      code: 'RMQ_STORE_DAMAGE_NOT_SAVED',
      message: expect.stringMatching(/at position \d+.*damaged.*ENOSPC.*Nothing was cut/s),
    })
    files.fault = () => undefined
    expect(await positionsAnywhere(files)).toEqual(before)
    const store = await openSmall(files)
    expect(savedParts(STORE, files)).toMatchObject([{ records: 99 }])
    expect(await allTexts(store)).toEqual(textsOf('m', 50))
    await store[Symbol.asyncDispose]()
    expect(await problems(files)).toEqual([])
  },
)

/** Positions of all sound records, wherever they are. */
async function positionsAnywhere(files: SimulatedFiles): Promise<number[]> {
  const found = new Set(await savedPositions(files))
  const whole = { path: STORE, start: 0, end: 0, records: undefined, savedMs: 0, reason: '', fileBytes: FILE_BYTES }
  await readSavedPart(whole, files, (_bytes, _at, _size, position) => {
    found.add(position)
    return true
  })
  return [...found].sort((left, right) => left - right)
}

test('a log on another disk, behind a link, is copied instead of moved', async () => {
  const { files, positions } = await crashed()
  await flipBody(files, positions[50] as number)
  files.fault = (call, path) => (call === 'rename' && path.startsWith(LOG) ? 'EXDEV' : undefined)
  await (await openSmall(files))[Symbol.asyncDispose]()
  expect(savedParts(STORE, files)).toMatchObject([{ records: 99 }])
  expect(await savedPositions(files)).toEqual(positions.slice(51))
  expect(await problems(files)).toEqual([])
})

test.each(['a kill', 'a loss of power'] as const)(
  '%s at any moment of recovery loses no sound message: it is in the log or saved',
  async (stop) => {
    const { files, positions } = await crashed()
    await flipBody(files, positions[50] as number)
    const expected = positions.filter((_, index) => index !== 50)
    let moments = 0
    await forEachStop(
      files,
      stop,
      async (copy) => (await openSmall(copy))[Symbol.asyncDispose](),
      async (left, moment) => {
        moments = moment
        const again = await openSmall(left)
        expect(await allTexts(again), `moment ${moment}`).toEqual(textsOf('m', 50))
        await again[Symbol.asyncDispose]()
        expect(await positionsAnywhere(left), `moment ${moment}`).toEqual(expected)
        const records = savedParts(STORE, left).map((part) => part.records)
        expect(records, `moment ${moment}`).toEqual([99])
        expect(await problems(left), `moment ${moment}`).toEqual([])
      },
    )
    expect(moments).toBeGreaterThan(50)
  },
)
