import { expect, test } from 'vitest'
import {
  allTexts,
  append,
  appendTexts,
  message,
  nextTurn,
  openSmall,
  SMALL,
  STORE,
  textsOf,
} from '../../test/kit/store.ts'
import { until } from '../../test/kit/until.ts'
import { deferred } from '../base/async/index.ts'
import { SimulatedFiles } from '../base/files/index.ts'
import { SimulatedClock } from '../base/time/index.ts'
import { type AppendResult, verifyStore } from './index.ts'

const problems = async (files: SimulatedFiles): Promise<readonly string[]> =>
  (await verifyStore(STORE, SMALL, files)).problems

test('a full disk refuses the whole group and nothing else: the log goes on where it was', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('a', 30))
  const end = store.maxPhysicalOffset
  for (const call of ['write', 'open', 'resize'] as const) {
    files.fault = (each, path) => (each === call && path.includes('/commitlog/') ? 'ENOSPC' : undefined)
    // 30 more do not fit into the first file, so that a new one is needed.
    const refused = await appendTexts(store, textsOf('refused', 30))
    expect(new Set(refused.map(({ status }) => status)), call).toEqual(new Set(['service-not-available']))
    expect(refused[0]).toMatchObject({ physicalOffset: 0, queueOffset: 0 })
    expect([store.maxPhysicalOffset, store.maxOffset('T', 0)]).toEqual([end, 30])
  }
  files.fault = () => undefined
  expect((await appendTexts(store, textsOf('b', 30))).map(({ queueOffset }) => queueOffset)[0]).toBe(30)
  expect(await allTexts(store)).toEqual([...textsOf('a', 30), ...textsOf('b', 30)])
  const killed = await openSmall(files.copyAll())
  expect(await allTexts(killed)).toEqual([...textsOf('a', 30), ...textsOf('b', 30)])
  await killed[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('a queue file that cannot be written keeps nobody from sending and reading', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { mappedFileSizeCommitLog: 1024 * 1024 })
  files.fault = (call, path) => (call === 'write' && path.includes('/consumequeue/') ? 'EIO' : undefined)
  await appendTexts(store, textsOf('m', 500))
  expect(await allTexts(store)).toEqual(textsOf('m', 500))
  // It could not stop cleanly, so the abort file stays and the next start rebuilds the queue.
  await expect(store[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'RMQ_STORE_WRITE_FAILED' })
  expect(files.facts(`${STORE}/abort`)).toBeDefined()
  files.fault = () => undefined
  const again = await openSmall(files, { mappedFileSizeCommitLog: 1024 * 1024 })
  expect(await allTexts(again)).toEqual(textsOf('m', 500))
  await again[Symbol.asyncDispose]()
})

test('with SYNC_FLUSH a message is readable and answered when it is on the disk, except to who does not wait', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { flushDiskType: 'SYNC_FLUSH' })
  const gate = deferred()
  let syncs = 0
  files.beforeSync = (path) => {
    if (path.includes('/commitlog/')) syncs++
    return gate.promise
  }
  const answers: string[] = []
  const receiver = (name: string): { appended(result: AppendResult): void } => ({
    appended: ({ status }) => void answers.push(`${name} ${status}`),
  })
  store.append(message('a'), receiver('a'))
  await nextTurn()
  store.append(message('b'), receiver('b'))
  store.append(message('c', { waitStoreOk: false }), receiver('c'))
  await nextTurn()
  await nextTurn()
  expect(answers).toEqual(['c ok'])
  expect(store.maxOffset('T', 0)).toBe(0)
  expect(syncs).toBe(1)
  gate.resolve()
  await until('all are answered', () => answers.length === 3)
  expect(answers).toEqual(['c ok', 'a ok', 'b ok'])
  expect(store.maxOffset('T', 0)).toBe(3)
  expect(store.flushedOffset).toBe(store.maxPhysicalOffset)
  // One sync for the first, one for all that came meanwhile.
  expect(syncs).toBe(2)
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('a disk that does not answer in time yields FLUSH_DISK_TIMEOUT; the message stays and becomes readable', async () => {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock()
  const store = await openSmall(files, { flushDiskType: 'SYNC_FLUSH', syncFlushTimeout: 5000 }, { clock })
  const gate = deferred()
  files.beforeSync = () => gate.promise
  const answers: AppendResult[] = []
  store.append(message('slow'), { appended: (result) => void answers.push(result) })
  await clock.advance(4999)
  expect(answers).toEqual([])
  await clock.advance(1)
  expect(answers).toMatchObject([{ status: 'flush-disk-timeout', physicalOffset: 0, queueOffset: 0 }])
  gate.resolve()
  await clock.advance(1)
  expect(store.maxOffset('T', 0)).toBe(1)
  expect(answers).toHaveLength(1)
  const closed = store[Symbol.asyncDispose]()
  await clock.advance(0)
  await closed
})

test('when too much waits for the disk, messages are refused instead of filling the memory', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { flushDiskType: 'SYNC_FLUSH', unflushedLogBytesMax: 1000 })
  const gate = deferred()
  files.beforeSync = () => gate.promise
  const first = appendTexts(store, textsOf('m', 20))
  expect((await append(store, message('too much'))).status).toBe('service-not-available')
  gate.resolve()
  expect((await first).map(({ status }) => status).filter((status) => status === 'ok')).toHaveLength(11)
  expect((await append(store, message('again'))).status).toBe('ok')
  await store[Symbol.asyncDispose]()
  expect(await problems(files)).toEqual([])
})

test('a failed sync is tried again with the same bytes written again', async () => {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock()
  const store = await openSmall(files, { flushDiskType: 'SYNC_FLUSH' }, { clock })
  let failures = 2
  let writes = 0
  files.fault = (call, path) => {
    if (call === 'write' && path.includes('/commitlog/')) writes++
    return call === 'sync' && failures-- > 0 ? 'EIO' : undefined
  }
  const stored = append(store, message('stubborn'))
  await clock.advance(1000)
  expect((await stored).status).toBe('ok')
  // The message, room ahead of it, and twice the message again.
  expect(writes).toBe(4)
  const closed = store[Symbol.asyncDispose]()
  await clock.advance(0)
  await closed
})

test('with ASYNC_FLUSH the disk follows by pages and by time', async () => {
  const files = new SimulatedFiles()
  const clock = new SimulatedClock()
  const store = await openSmall(files, { mappedFileSizeCommitLog: 1024 * 1024 }, { clock })
  const appended = async (bytes: number): Promise<void> => {
    const stored = append(store, message('x'.repeat(bytes)))
    await clock.advance(0)
    expect((await stored).status).toBe('ok')
  }
  await appended(100)
  await clock.advance(5000)
  expect(store.flushedOffset).toBe(0)
  await clock.advance(6000)
  expect(store.flushedOffset).toBe(store.maxPhysicalOffset)
  await appended(20_000)
  await clock.advance(500)
  expect(store.flushedOffset).toBe(store.maxPhysicalOffset)
  const closed = store[Symbol.asyncDispose]()
  await clock.advance(0)
  await closed
})

test('a receiver or listener that throws keeps nobody else from being told', async () => {
  const store = await openSmall(new SimulatedFiles())
  store.onArrival(() => {
    throw new TypeError('listener')
  })
  store.append(message('a'), {
    appended: () => {
      throw new TypeError('receiver')
    },
  })
  expect((await append(store, message('b'))).queueOffset).toBe(1)
  await store[Symbol.asyncDispose]()
})

test('a file that cannot be read fails the read with its path', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files)
  await appendTexts(store, textsOf('m', 10))
  await store[Symbol.asyncDispose]()
  const again = await openSmall(files)
  files.fault = (call, path) => (call === 'read' && path.includes('/commitlog/') ? 'EIO' : undefined)
  await expect(again.read('T', 0, 0, { maxMessages: 1 })).rejects.toMatchObject({
    code: 'RMQ_STORE_READ_FAILED',
    details: { path: `${STORE}/commitlog/00000000000000000000` },
  })
  files.fault = () => undefined
  expect(await allTexts(again)).toEqual(textsOf('m', 10))
  await again[Symbol.asyncDispose]()
})
