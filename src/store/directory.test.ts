import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { allTexts, appendTexts, textsOf } from '../../test/kit/store.ts'
import { type MessageStore, openStore, type StoreConfig, storeConfig, verifyStore } from './index.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rocketstream-store-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function open(changes: Partial<StoreConfig> = {}): Promise<MessageStore> {
  return openStore(storeConfig.with({ storePathRootDir: directory, ...changes }))
}

test('a store keeps its messages over a restart, in sparse files of Apache’s sizes', async () => {
  const store = await open()
  await appendTexts(store, textsOf('m', 1000))
  await store[Symbol.asyncDispose]()
  const log = statSync(join(directory, 'commitlog', '00000000000000000000'))
  expect(log.size).toBe(1024 * 1024 * 1024)
  expect(log.blocks * 512).toBeLessThan(1024 * 1024)
  expect(statSync(join(directory, 'consumequeue', 'T', '0', '00000000000000000000')).size).toBe(6_000_000)
  const again = await open()
  expect(await allTexts(again)).toEqual(textsOf('m', 1000))
  await again[Symbol.asyncDispose]()
  expect(await verifyStore(directory)).toEqual({ records: 1000, queues: 1, logStart: 0, problems: [] })
})

test('a directory has one store at a time', async () => {
  const store = await open()
  await expect(open()).rejects.toMatchObject({
    code: 'RMQ_STORE_LOCKED',
    details: { dir: directory, pid: process.pid },
  })
  await appendTexts(store, ['still working'])
  await store[Symbol.asyncDispose]()
  const next = await open()
  await next[Symbol.asyncDispose]()
})

test('a store of another living process is found by its process id, one of a dead process is taken over', async () => {
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log("up")'])
  await once(other.stdout, 'data')
  const exited = once(other, 'exit')
  const stat = readFileSync(`/proc/${other.pid}/stat`, 'latin1')
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  const lock = join(directory, 'lock.rocketstream')
  writeFileSync(lock, JSON.stringify({ pid: other.pid, startTime, thread: 0 }))
  await expect(open()).rejects.toThrow(`process ${other.pid}`)
  // The same id, but a process that started at another time: the id was used again.
  writeFileSync(lock, JSON.stringify({ pid: other.pid, startTime: '1', thread: 0 }))
  await (await open())[Symbol.asyncDispose]()
  writeFileSync(lock, JSON.stringify({ pid: other.pid, startTime, thread: 0 }))
  other.kill('SIGKILL')
  await exited
  await (await open())[Symbol.asyncDispose]()
})

test('a directory that cannot be used is refused with its path and the next step', async () => {
  const file = join(directory, 'file')
  writeFileSync(file, 'x')
  await expect(open({ storePathRootDir: join(file, 'store') })).rejects.toMatchObject({
    code: 'RMQ_STORE_DIRECTORY',
    message: expect.stringMatching(/file\/store.*storePathRootDir/),
  })
})

test('a file of another length is refused with both lengths and the setting, and nothing is changed', async () => {
  mkdirSync(join(directory, 'commitlog'))
  const path = join(directory, 'commitlog', '00000000000000000000')
  writeFileSync(path, Buffer.alloc(4096))
  await expect(open()).rejects.toMatchObject({
    code: 'RMQ_STORE_FILE_LENGTH',
    details: { path, bytes: 4096, expected: 1024 * 1024 * 1024, setting: 'mappedFileSizeCommitLog' },
  })
  expect(statSync(path).size).toBe(4096)
  // The failed start left no lock behind.
  await (await open({ mappedFileSizeCommitLog: 4096 }))[Symbol.asyncDispose]()
})

test('a stray file in a folder of the log is refused with its path', async () => {
  mkdirSync(join(directory, 'commitlog'))
  const path = join(directory, 'commitlog', 'notes.txt')
  writeFileSync(path, 'x')
  await expect(open()).rejects.toMatchObject({ code: 'RMQ_STORE_STRAY_FILE', details: { path } })
})

test.each(['1s 5x', '1s -5s', '', '1.5s'])('delay levels that cannot be understood are refused: "%s"', async (text) => {
  await expect(open({ messageDelayLevel: text })).rejects.toMatchObject({ code: 'RMQ_STORE_DELAY_LEVELS' })
})

test.each(['ASYNC_FLUSH', 'SYNC_FLUSH'])('kill -9 loses no message that was answered (%s)', async (mode) => {
  const program = join(import.meta.dirname, '../../test/kit/store-writer.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, directory, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let answered = 0
  for await (const line of createInterface(child.stdout)) {
    answered = Math.max(answered, Number(line) + 1)
    if (answered === 900) child.kill('SIGKILL')
  }
  await exited
  expect(answered).toBeGreaterThanOrEqual(900)
  const config = { mappedFileSizeCommitLog: 65_536 }
  const store = await open(config)
  const texts = await allTexts(store)
  expect(texts.length).toBeGreaterThanOrEqual(answered)
  expect(texts).toEqual(Array.from({ length: texts.length }, (_, index) => String(index)))
  await store[Symbol.asyncDispose]()
  expect((await verifyStore(directory, config)).problems).toEqual([])
})
