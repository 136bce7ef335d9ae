import { expect, test } from 'vitest'
import { allTexts, append, message, openSmall, SMALL, STORE, textsOf } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { SimulatedClock } from '../../base/time/index.ts'
import { type MessageStore, type StoreConfig, verifyStore } from '../index.ts'

/** Unsorted: the order of the names decides. */
const THREE = { storePathCommitLog: '/disk-c/log, /disk-a/log,/disk-b/log' }

/** Local time, far from the hour of deletion. */
const NOON = new Date(2026, 10, 21, 12).getTime()

async function send(store: MessageStore, prefix: string, count: number): Promise<string[]> {
  const texts = textsOf(prefix, count)
  await Promise.all(texts.map((text) => append(store, message(text))))
  return texts
}

function numbersIn(files: SimulatedFiles, directory: string): number[] {
  return files.list(directory).map(({ name }) => Number(name) / 4096)
}

const problems = async (files: SimulatedFiles, changes: Partial<StoreConfig>): Promise<readonly string[]> =>
  (await verifyStore(STORE, { ...SMALL, ...changes }, files)).problems

test('file number n goes to directory n modulo their count, in the order of their names', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, THREE)
  const sent = await send(store, 'm', 300)
  expect(numbersIn(files, '/disk-a/log')).toEqual([0, 3, 6])
  expect(numbersIn(files, '/disk-b/log')).toEqual([1, 4, 7])
  expect(numbersIn(files, '/disk-c/log')).toEqual([2, 5])
  expect(files.facts(`${STORE}/commitlog`)).toBeUndefined()
  const killed = files.copyAll()
  await store[Symbol.asyncDispose]()
  expect(await problems(files, THREE)).toEqual([])
  for (const [left, how] of [
    [files, 'clean stop'],
    [killed, 'kill'],
  ] as const) {
    const again = await openSmall(left, { ...THREE, coldLogBytesMax: 0 })
    expect(await allTexts(again), how).toEqual(sent)
    await send(again, 'n', 100)
    expect(await allTexts(again), how).toEqual([...sent, ...textsOf('n', 100)])
    await again[Symbol.asyncDispose]()
    expect(await problems(left, THREE), how).toEqual([])
  }
})

test('one directory elsewhere works like the default one', async () => {
  const files = new SimulatedFiles()
  const elsewhere = { storePathCommitLog: '/elsewhere/commitlog' }
  const store = await openSmall(files, elsewhere)
  const sent = await send(store, 'm', 100)
  await store[Symbol.asyncDispose]()
  expect(numbersIn(files, '/elsewhere/commitlog')).toEqual([0, 1, 2])
  const again = await openSmall(files, elsewhere)
  expect(await allTexts(again)).toEqual(sent)
  await again[Symbol.asyncDispose]()
  expect(await problems(files, elsewhere)).toEqual([])
})

test('a store moves to more disks, and off one that is only read from then on', async () => {
  const files = new SimulatedFiles()
  const one = { storePathCommitLog: '/disk-a/log' }
  const first = await openSmall(files, one)
  const sent = await send(first, 'one', 150)
  await first[Symbol.asyncDispose]()
  const two = { storePathCommitLog: '/disk-a/log,/disk-b/log', readOnlyCommitLogStorePaths: '/disk-a/log' }
  const store = await openSmall(files, two)
  const before = numbersIn(files, '/disk-a/log')
  sent.push(...(await send(store, 'two', 150)))
  expect(numbersIn(files, '/disk-a/log')).toEqual(before)
  expect(numbersIn(files, '/disk-b/log')[0]).toBe(before.length)
  await store[Symbol.asyncDispose]()
  // Named only as read only, it is read all the same.
  const off = { storePathCommitLog: '/disk-b/log', readOnlyCommitLogStorePaths: '/disk-a/log' }
  files.fault = (call, path) =>
    path.startsWith('/disk-a') && ['write', 'resize', 'sync'].includes(call) ? 'EROFS' : undefined
  const last = await openSmall(files, off)
  expect(await allTexts(last)).toEqual(sent)
  await send(last, 'three', 50)
  await last[Symbol.asyncDispose]()
  expect(await problems(files, off)).toEqual([])
})

test('a disk that is nearly full gets no new files while another one has room', async () => {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock()
  files.clock = clock
  const store = await openSmall(files, { ...THREE, cleanResourceInterval: 1000 }, { clock })
  const turn = async (prefix: string): Promise<void> => {
    const sent = send(store, prefix, 120)
    await clock.advance(0)
    await sent
  }
  const used = { '/disk-a': 90, '/disk-b': 86, '/disk-c': 20 } as Record<string, number>
  files.spaceOf = (directory) => {
    const percent = used[directory.slice(0, 7)] ?? 10
    return { totalBytes: 100, freeBytes: 100 - percent, usableBytes: 100 - percent }
  }
  await turn('before')
  const onA = numbersIn(files, '/disk-a/log')
  await clock.advance(60_000)
  await turn('one')
  expect(numbersIn(files, '/disk-a/log')).toEqual(onA)
  expect(store.diskUse()).toMatchObject({ log: 0.2, queues: 0.1, index: 0.1 })
  expect([...store.diskUse().logDirectories]).toEqual([
    ['/disk-c/log', 0.2],
    ['/disk-a/log', 0.9],
    ['/disk-b/log', 0.86],
  ])
  // The emptiest disk counts: nothing is deleted, nothing refused.
  expect(store.minPhysicalOffset).toBe(0)
  const closed = store[Symbol.asyncDispose]()
  await clock.advance(0)
  await closed
  expect(await problems(files, THREE)).toEqual([])
})

test('old files leave all disks in the order of the log', async () => {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock(NOON)
  files.clock = clock
  const store = await openSmall(files, { ...THREE, fileReservedTime: 1, deleteFileBatchMax: 5 }, { clock })
  const sent = send(store, 'm', 300)
  await clock.advance(1)
  await sent
  await clock.advance(1_000)
  const removed: string[] = []
  files.fault = (call, path) => {
    if (call === 'remove' && path.includes('/log/')) removed.push(path.slice(0, 7))
    return undefined
  }
  await clock.advance(2 * 3_600_000)
  removed.length = 0
  const deletion = store.deleteExpired()
  await clock.advance(5000)
  await deletion
  expect(store.minPhysicalOffset).toBe(5 * 4096)
  expect(removed).toEqual(['/disk-a', '/disk-b', '/disk-c', '/disk-a', '/disk-b'])
  expect(await allTexts(store)).toEqual(textsOf('m', 300).slice(store.minOffset('T', 0)))
  const closed = store[Symbol.asyncDispose]()
  await clock.advance(0)
  await closed
  expect(await problems(files, THREE)).toEqual([])
})

test('the same file in two directories is refused', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, THREE)
  await send(store, 'm', 100)
  await store[Symbol.asyncDispose]()
  const name = '00000000000000000000'
  files.writeWhole(`/disk-b/log/${name}`, files.readWhole(`/disk-a/log/${name}`) ?? '')
  await expect(openSmall(files, THREE)).rejects.toMatchObject({
    code: 'RMQ_STORE_STRAY_FILE',
    details: { path: `/disk-b/log/${name}` },
  })
})
