import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendTexts } from '../../../test/kit/store.ts'
import { until } from '../../../test/kit/until.ts'
import { type Files, nodeFiles } from '../../base/files/index.ts'
import { openStore, storeConfig, verifyStore } from '../index.ts'
import { apacheUser, directoryUser } from './directory-user.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rocketstream-lock-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** How often the racers race. */
const ROUNDS = 16

const config = () => storeConfig.with({ storePathRootDir: directory, mappedFileSizeCommitLog: 4096 })
const LOG = () => join(directory, 'commitlog')

test('of several that start at once in a directory of a killed process exactly one gets it', async () => {
  const program = join(import.meta.dirname, '../../../test/kit/lock-racer.ts')
  const racers = [0, 1, 2].map(() => {
    const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines: string[] = []
    createInterface(child.stdout).on('line', (line) => lines.push(line))
    return { child, lines }
  })
  await until('all are ready', () => racers.every(({ lines }) => lines.includes('ready')), 20_000)
  const winners = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const contested = join(directory, String(round))
    mkdirSync(contested)
    // What a killed process left; every other round nothing.
    if (round % 2 === 0) {
      writeFileSync(join(contested, 'lock.rocketstream'), JSON.stringify({ pid: 2 ** 22, startTime: '1', thread: 0 }))
    }
    for (const { child } of racers) child.stdin.write(`${contested}\n`)
    const answers = (): string[] =>
      racers.flatMap(({ lines }) => lines.filter((line) => line.endsWith(` ${contested}`)))
    await until('all have answered', () => answers().length === racers.length, 10_000)
    expect(answers().sort(), `round ${round}`).toEqual([
      `RMQ_STORE_LOCKED ${contested}`,
      `RMQ_STORE_LOCKED ${contested}`,
      `open ${contested}`,
    ])
    winners.add(racers.findIndex(({ lines }) => lines.includes(`open ${contested}`)))
  }
  for (const { child } of racers) {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
  for (let round = 0; round < ROUNDS; round++) {
    const contested = join(directory, String(round))
    expect(readdirSync(contested).filter((name) => name.startsWith('lock.'))).toEqual([])
    expect((await verifyStore(contested)).problems).toEqual([])
  }
  expect(winners.size).toBeGreaterThan(0)
})

test.skipIf(process.platform !== 'linux')(
  'while a store is open commitlog/ ends in a file of a wrong length, and after a clean stop it does not',
  async () => {
    const store = await openStore(config())
    await appendTexts(store, ['one'])
    const mark = join(LOG(), readdirSync(LOG()).at(-1) ?? '')
    expect(lstatSync(mark).isSymbolicLink()).toBe(true)
    expect(mark).toMatch(/in-use-by-rocketstream-\d+$/)
    // Apache's broker would find the length of what the link leads to.
    expect(statSync(mark).size).toBe(4)
    expect(realpathSync(mark)).toBe(realpathSync(join(directory, 'lock')))
    await store[Symbol.asyncDispose]()
    expect(readdirSync(LOG())).toEqual(['00000000000000000000'])
    expect((await verifyStore(directory)).problems).toEqual([])
  },
)

test.skipIf(process.platform !== 'linux')(
  'the mark of a killed process leads nowhere, is ignored by a check, and is removed by the next store',
  async () => {
    const program = join(import.meta.dirname, '../../../test/kit/lock-racer.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.write(`${directory}\n`)
    await until('the store is open', () => existsSync(LOG()) && readdirSync(LOG()).length > 0, 20_000)
    const mark = join(LOG(), `in-use-by-rocketstream-${child.pid}`)
    await until('the mark is there', () => existsSync(mark), 10_000)
    await expect(verifyStore(directory)).rejects.toThrow(`another store (process ${child.pid})`)
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    expect(lstatSync(mark).isSymbolicLink()).toBe(true)
    expect(existsSync(mark)).toBe(false)
    expect((await verifyStore(directory)).problems).toEqual([])
    const store = await openStore(config())
    const marks = readdirSync(LOG()).filter((name) => name.startsWith('in-use'))
    expect(marks).toEqual([`in-use-by-rocketstream-${process.pid}`])
    await store[Symbol.asyncDispose]()
    expect((await verifyStore(directory)).problems).toEqual([])
  },
)

/** A process that looks like a broker of Apache's: a program named `java` with such a command line. */
async function pretendBroker(code: string): Promise<{ readonly pid: number; end(): Promise<void> }> {
  const java = join(directory, 'bin', 'java')
  mkdirSync(join(directory, 'bin'))
  symlinkSync(process.execPath, java)
  const child = spawn(java, [
    '-e',
    `${code}; console.log('up'); process.stdin.resume()`,
    'org.apache.rocketmq.broker.BrokerStartup',
  ])
  await once(child.stdout, 'data')
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    async end() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

test.skipIf(process.platform !== 'linux')(
  'a broker of Apache’s that starts, and has written no abort yet, is found by its open lock file',
  async () => {
    writeFileSync(join(directory, 'lock'), 'lock')
    expect(apacheUser(directory, nodeFiles)).toBeUndefined()
    const broker = await pretendBroker(`require('node:fs').openSync(${JSON.stringify(join(directory, 'lock'))}, 'r+')`)
    await expect(openStore(config())).rejects.toMatchObject({
      code: 'RMQ_STORE_LOCKED',
      details: { pid: broker.pid, by: 'an Apache RocketMQ broker' },
    })
    // Neither our files nor the mark were left there.
    expect(readdirSync(directory).sort()).toEqual(['bin', 'lock'])
    await expect(verifyStore(directory)).rejects.toMatchObject({ code: 'RMQ_STORE_LOCKED' })
    await verifyStore(directory, { evenInUse: true })
    await broker.end()
    await (await openStore(config()))[Symbol.asyncDispose]()
    expect((await verifyStore(directory)).problems).toEqual([])
  },
)

test.skipIf(process.platform !== 'linux')('a broker of Apache’s is found by the process in abort', async () => {
  const broker = await pretendBroker('0')
  writeFileSync(join(directory, 'abort'), String(broker.pid))
  expect(apacheUser(directory, nodeFiles)).toEqual({ pid: broker.pid, by: 'an Apache RocketMQ broker' })
  await broker.end()
  expect(apacheUser(directory, nodeFiles)).toBeUndefined()
})

test('a lock that the system shows on the file is found by its device and inode', () => {
  writeFileSync(join(directory, 'lock'), 'lock')
  copyFileSync(join(directory, 'lock'), join(directory, 'other'))
  const { inode } = nodeFiles.facts(join(directory, 'lock')) ?? { inode: 0 }
  const locks = (line: string): Files => ({
    ...nodeFiles,
    readWhole: (path) => (path === '/proc/locks' ? Buffer.from(line) : nodeFiles.readWhole(path)),
    facts: (path) => {
      const facts = nodeFiles.facts(path)
      return facts === undefined ? undefined : { ...facts, device: 0xfe01 }
    },
  })
  const found = (line: string) => directoryUser(directory, locks(line))?.pid
  expect(found(`1: POSIX  ADVISORY  WRITE 4194399 fe:01:${inode} 0 0\n`)).toBe(4_194_399)
  expect(found(`1: FLOCK  ADVISORY  WRITE 4194399 fe:01:${inode} 0 0\n`)).toBeUndefined()
  expect(found(`1: POSIX  ADVISORY  WRITE 4194399 fe:02:${inode} 0 0\n`)).toBeUndefined()
  expect(found(`1: POSIX  ADVISORY  WRITE 4194399 fe:01:${inode + 1} 0 0\n`)).toBeUndefined()
  expect(found('')).toBeUndefined()
})
