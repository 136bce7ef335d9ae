/**
 * Whether the store's cost stays flat as it grows: ten million messages of 200 bytes with unique ids and tags over
 * 1,000 topics with four queues each, indexed, with default settings; then a clean stop, a start, a check of
 * everything, and the same with a process that is killed when it has written all.
 *
 *     npm run bench:store [-- messages [topics]]     about 4 minutes and 5 GB of disk at a time
 *
 * Exit code 1 if a goal is missed or something is lost.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cpuMsOfMachine } from '../interop/kit/process-stats.ts'
import { judged, type Row, renderRows, shown } from './store/rows.ts'

interface Appended {
  readonly rates: readonly number[]
  readonly cpuUs: readonly number[]
  readonly memoryMb: number
  readonly logBytes: number
  readonly stopMs?: number
}

interface Opened {
  readonly openMs: number
  readonly memoryMb: number
  readonly readable: number
}

interface Verified {
  readonly verifyMs: number
  readonly records: number
  /** Of log, queues and index. */
  readonly readBytes: number
  readonly problems: readonly string[]
  readonly memoryMb: number
}

const messages = Number(process.argv[2] ?? 10_000_000)
const topics = Number(process.argv[3] ?? 1000)
const rows: Row[] = []
const lost: string[] = []

/** Runs a phase; resolves to what it printed, when it has ended or, with `kill`, was killed. */
async function run<Result>(phase: string, directory: string, kill = false): Promise<Result> {
  const script = new URL('./store/scale-phase.ts', import.meta.url).pathname
  const args = [...process.execArgv, script, phase, directory, String(messages), String(topics)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  let result: Result | undefined
  const begun = performance.now()
  for await (const line of createInterface(child.stdout)) {
    result = JSON.parse(line) as Result
    process.stderr.write(`${phase} (${((performance.now() - begun) / 1000).toFixed(1)} s): ${line}\n`)
    if (kill) child.kill('SIGKILL')
  }
  const [code] = await ended
  if (result === undefined || (!kill && code !== 0)) throw new Error(`The phase ${phase} ended with ${code}.`)
  return result
}

function addAppended({ rates, cpuUs, memoryMb, logBytes }: Appended): void {
  const [first = 1, last = 1, best] = [rates[0], rates.at(-1), Math.max(...rates)]
  rows.push(
    shown(`append, first part of ${rates.length}`, first, 'msg/s'),
    shown('append, best part', best, 'msg/s'),
    shown('append, last part', last, 'msg/s'),
    judged('append, last ÷ first', last / first, '×', '≥', 0.8),
    // The first part makes the queue files, so the best one is the harder measure.
    shown('append, last ÷ best', last / best, '×'),
    shown('CPU per append, first part', cpuUs[0] ?? 0, 'µs'),
    shown('CPU per append, last part', cpuUs.at(-1) ?? 0, 'µs'),
    judged('private memory (RssAnon) while appending', memoryMb, 'MB', '≤', 300),
    shown('bytes of log', logBytes / 1e6, 'MB'),
  )
}

function addVerified(name: string, { verifyMs, records, readBytes, problems }: Verified, logBytes: number): void {
  rows.push(
    judged(`verifyStore, ${name}`, readBytes / 1e6 / (verifyMs / 1000), 'MB/s', '≥', 300),
    shown(`verifyStore, ${name}, log alone`, logBytes / 1e6 / (verifyMs / 1000), 'MB/s'),
  )
  if (records !== messages) lost.push(`${name}: ${records} of ${messages} records`)
  for (const problem of problems) lost.push(`${name}: ${problem}`)
}

async function cleanly(directory: string): Promise<void> {
  const appended = await run<Appended>('append-stop', directory)
  addAppended(appended)
  rows.push(shown('clean stop', (appended.stopMs ?? 0) / 1000, 's'))
  const opened = await run<Opened>('open', directory)
  rows.push(judged('start after a clean stop', opened.openMs / 1000, 's', '≤', 3))
  if (opened.readable !== messages) lost.push(`clean stop: ${opened.readable} of ${messages} readable`)
  addVerified('after a clean stop', await run<Verified>('verify', directory), appended.logBytes)
}

async function killed(directory: string): Promise<void> {
  const appended = await run<Appended>('append-wait', directory, true)
  const opened = await run<Opened>('open', directory)
  rows.push(
    judged('start after kill -9', opened.openMs / 1000, 's', '≤', 15),
    shown('private memory after it', opened.memoryMb, 'MB'),
  )
  if (opened.readable !== messages) lost.push(`kill -9: ${opened.readable} of ${messages} readable`)
  addVerified('after kill -9 and a start', await run<Verified>('verify', directory), appended.logBytes)
}

const begun = performance.now()
const busyMs = cpuMsOfMachine()
for (const work of [cleanly, killed]) {
  const directory = mkdtempSync(join(tmpdir(), 'rocketstream-scale-'))
  try {
    await work(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
const share = (cpuMsOfMachine() - busyMs) / (performance.now() - begun) / availableParallelism()
console.log(`${messages.toLocaleString('en-US')} messages over ${topics.toLocaleString('en-US')} topics × 4 queues.\n`)
console.log(renderRows(rows))
console.log(`\nThe machine was ${(share * 100).toFixed(0)} % busy, this benchmark's own work included.`)
for (const what of lost) console.log(`LOST: ${what}`)
process.exitCode = lost.length > 0 || rows.some(({ isReached }) => isReached === false) ? 1 : 0
