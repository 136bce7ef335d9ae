import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allTexts, append, message, openSmall, SMALL, STORE } from '../../../test/kit/store.ts'
import { SimulatedFiles } from '../../base/files/index.ts'
import { type StoreConfig, verifyStore } from '../index.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** What the log takes at once. */
const PREPARED = 512 * KIB

const SYNC = { flushDiskType: 'SYNC_FLUSH', mappedFileSizeCommitLog: 4 * MIB } as const
const FIRST_FILE = join(STORE, 'commitlog', '0'.repeat(20))

const roomOf = (files: SimulatedFiles): number => files.facts(FIRST_FILE)?.allocatedBytes ?? 0

const problems = async (files: SimulatedFiles, changes: Partial<StoreConfig>): Promise<readonly string[]> =>
  (await verifyStore(STORE, { ...SMALL, ...changes }, files)).problems

test('with SYNC_FLUSH the first of many groups takes room on the disk for all, up to the end of the file', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, SYNC)
  const roomAfter: number[] = []
  for (let sent = 0; sent < 1100; sent++) {
    await append(store, message('x'.repeat(4000)))
    const room = roomOf(files)
    expect(room).toBeGreaterThan(Math.min(store.maxPhysicalOffset, 4 * MIB - 1))
    if (room !== roomAfter.at(-1)) roomAfter.push(room)
  }
  expect(roomAfter[0]).toBeGreaterThanOrEqual(PREPARED)
  expect(roomAfter).toHaveLength(8)
  expect(roomAfter.at(-1)).toBe(4 * MIB)
  const killed = files.copyAll()
  await store[Symbol.asyncDispose]()
  expect(await problems(files, SYNC)).toEqual([])
  const again = await openSmall(killed, SYNC)
  expect(await allTexts(again)).toHaveLength(1100)
  await again[Symbol.asyncDispose]()
  expect(await problems(killed, SYNC)).toEqual([])
})

test('no room is taken ahead of large groups, nor where nobody waits for the disk', async () => {
  const large = new SimulatedFiles()
  const store = await openSmall(large, SYNC)
  await Promise.all(Array.from({ length: 200 }, () => append(store, message('x'.repeat(1000)))))
  expect(roomOf(large)).toBeLessThan(store.maxPhysicalOffset + 4096)
  await store[Symbol.asyncDispose]()

  const asynchronous = new SimulatedFiles()
  const other = await openSmall(asynchronous, { ...SYNC, flushDiskType: 'ASYNC_FLUSH' })
  await append(other, message('x'))
  await other.flush()
  expect(roomOf(asynchronous)).toBe(4096)
  await other[Symbol.asyncDispose]()
})

test('a disk with less room than that is used to its end', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, SYNC)
  files.roomBytes = files.usedBytes + 64 * KIB
  const stored: string[] = []
  for (let isFull = false; !isFull; ) {
    const text = `${stored.length} ${'x'.repeat(1000)}`
    const { status } = await append(store, message(text))
    isFull = status === 'service-not-available'
    if (status === 'ok') stored.push(text)
  }
  expect(stored.length).toBeGreaterThan(50)
  expect(await allTexts(store)).toEqual(stored)
  files.roomBytes = Number.POSITIVE_INFINITY
  await store[Symbol.asyncDispose]()
  expect(await problems(files, SYNC)).toEqual([])
})

test('after a refused write only the room that was taken is looked at for what to clear', async () => {
  const files = new SimulatedFiles()
  const store = await openSmall(files, { ...SYNC, mappedFileSizeCommitLog: 64 * MIB })
  await append(store, message('stored'))
  let reads = 0
  let isFull = true
  files.fault = (call, path) => {
    if (path !== FIRST_FILE) return undefined
    if (call === 'read') reads++
    return call === 'write' && isFull ? 'ENOSPC' : undefined
  }
  expect((await append(store, message('refused'))).status).toBe('service-not-available')
  expect(reads).toBe(1)
  isFull = false
  expect((await append(store, message('stored, too'))).status).toBe('ok')
  expect(await allTexts(store)).toEqual(['stored', 'stored, too'])
  await store[Symbol.asyncDispose]()
})
