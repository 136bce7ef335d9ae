/**
 * Whether consumers who are far behind slow down those who are not: 64 producers send on when they are answered and
 * each message is read at the tail at once; in every second turn one consumer, or a thousand at the same time, read
 * messages that are neither in the store's memory nor in the page cache. With SYNC_FLUSH this shows whether reads keep
 * the disk's threads from syncs.
 *
 *     node --import tsx test/bench/cold-reader.ts [gigabytes] [rounds]     1 GB, 5 rounds
 *
 * Exit code 1 if a goal is missed.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AppendMessage,
  type MessageStore,
  openStore,
  type StoreConfig,
  storeConfig,
} from '../../src/store/index.ts'
import { benchMessage } from './store/bench-message.ts'
import { judged, type Row, renderRows, shown } from './store/rows.ts'

const PRODUCERS = 64
const QUEUES = 1000
const TURN_MS = 1000
const BODY = Buffer.alloc(1024, 'x')

const gigabytes = Number(process.argv[2] ?? 1)
const rounds = Number(process.argv[3] ?? 5)
const directory = mkdtempSync(join(tmpdir(), 'rocketstream-cold-'))

/** What happened in some turns. */
interface Turns {
  readonly latenciesMs: number[]
  readonly rates: number[]
  coldMessages: number
}

function messageOf(topic: string, queueId: number): AppendMessage {
  return benchMessage(queueId, BODY, 'TAGS\u0001TagA\u0002', topic)
}

/** Fills the store with old messages. */
async function fill(): Promise<void> {
  await using store = await openStore(storeConfig.with({ storePathRootDir: directory }))
  const inputs = Array.from({ length: QUEUES }, (_, queueId) => messageOf('Old', queueId))
  for (let count = 0; store.maxPhysicalOffset < gigabytes * 2 ** 30; ) {
    await new Promise<void>((resolve) => {
      let left = 256
      const receiver = { appended: (): void => void (--left === 0 && resolve()) }
      for (let index = 0; index < 256; index++) store.append(inputs[count++ % QUEUES] as AppendMessage, receiver)
    })
  }
}

/** Takes the files out of the page cache, so that reads go to the disk. */
function forget(): void {
  for (const name of readdirSync(join(directory, 'commitlog'))) {
    const file = `of=${join(directory, 'commitlog', name)}`
    execFileSync('dd', [file, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
  }
}

/** Sends and reads at the tail for a while; nothing may be read from files for it. */
function tail(store: MessageStore, { latenciesMs, rates }: Turns): Promise<void> {
  const input = messageOf('Tail', 0)
  const begun = performance.now()
  let answers = 0
  let running = PRODUCERS
  return new Promise((resolve, reject) => {
    const send = (): void => {
      const sentMs = performance.now()
      store.append(input, {
        appended: ({ status, queueOffset }) => {
          const read = store.read('Tail', 0, queueOffset, { maxMessages: 1 })
          if (status !== 'ok' || read instanceof Promise) return reject(new Error(`${status}, or not in memory`))
          const now = performance.now()
          latenciesMs.push(now - sentMs)
          answers++
          if (now - begun < TURN_MS) return send()
          if (--running > 0) return
          rates.push((answers / (now - begun)) * 1000)
          resolve()
        },
      })
    }
    for (let producer = 0; producer < PRODUCERS; producer++) send()
  })
}

/** One consumer that catches up with a queue until it is told to stop; resolves to how many messages it got. */
async function catchUp(store: MessageStore, queueId: number, stop: { is: boolean }): Promise<number> {
  let got = 0
  const max = store.maxOffset('Old', queueId)
  for (let offset = (queueId * 37) % max; !stop.is; ) {
    const read = await store.read('Old', queueId, offset, { maxMessages: 32 })
    got += read.messageCount
    offset = read.nextOffset >= max ? 0 : read.nextOffset
    // A consumer takes what it got, and asks again in a later turn.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return got
}

async function contest(name: string, changes: Partial<StoreConfig>, readers: number): Promise<Row[]> {
  const store = await openStore(storeConfig.with({ storePathRootDir: directory, ...changes }))
  const quiet: Turns = { latenciesMs: [], rates: [], coldMessages: 0 }
  const busy: Turns = { latenciesMs: [], rates: [], coldMessages: 0 }
  await tail(store, { latenciesMs: [], rates: [], coldMessages: 0 })
  for (let round = 0; round < rounds; round++) {
    await tail(store, quiet)
    forget()
    const stop = { is: false }
    const consumers = Array.from({ length: readers }, (_, index) => catchUp(store, index % QUEUES, stop))
    await tail(store, busy)
    stop.is = true
    for (const got of await Promise.all(consumers)) busy.coldMessages += got
  }
  await store[Symbol.asyncDispose]()
  const [before, during] = [quantiles(quiet.latenciesMs), quantiles(busy.latenciesMs)]
  return [
    shown(`${name}: sent and read at the tail, alone`, median(quiet.rates), 'msg/s'),
    shown(`${name}: with cold readers`, median(busy.rates), 'msg/s'),
    shown(`${name}: what the cold readers got`, (busy.coldMessages / rounds / TURN_MS) * 1000, 'msg/s'),
    shown(`${name}: send to tail read alone, p50`, before.p50, 'ms'),
    shown(`${name}: send to tail read alone, p99`, before.p99, 'ms'),
    judged(`${name}: p50 with cold readers`, during.p50, 'ms', '≤', Number((before.p50 * 2 + 1).toFixed(2))),
    judged(`${name}: p99 with cold readers`, during.p99, 'ms', '≤', Number((before.p99 * 2 + 10).toFixed(2))),
  ]
}

function quantiles(values: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0
}

try {
  await fill()
  const rows = [
    ...(await contest('one reader', {}, 1)),
    ...(await contest('1,000 readers', {}, 1000)),
    ...(await contest('1,000 readers, SYNC_FLUSH', { flushDiskType: 'SYNC_FLUSH' }, 1000)),
  ]
  // What it would be without the limit.
  const unlimited = { flushDiskType: 'SYNC_FLUSH', coldReadsAtOnceMax: 64 } as const
  const without = await contest('the same, 64 reads at once', unlimited, 1000)
  rows.push(...without.map((row) => ({ ...row, goal: '', isReached: undefined })))
  console.log(renderRows(rows))
  process.exitCode = rows.some(({ isReached }) => isReached === false) ? 1 : 0
} finally {
  rmSync(directory, { recursive: true })
}
