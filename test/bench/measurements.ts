import { availableParallelism } from 'node:os'
import {
  cpuMsOf,
  cpuMsOfMachine,
  type JavaReady,
  judge,
  rssAnonKb,
  type ServerUnderTest,
} from '../interop/kit/index.ts'

/** Everything the table shows, by name. Rates are messages a second. */
export type Metric =
  | 'syncJson'
  | 'syncBinary'
  | 'syncOneMs'
  | 'batch'
  | 'bothSent'
  | 'bothReceived'
  | 'catchUp'
  | 'cpuUs'
  | 'memoryMb'
  | 'portsMs'
  | 'servingMs'
  | 'endToEndP50Ms'
  | 'endToEndP99Ms'
  | 'syncFlush'

export type Sample = Partial<Record<Metric, number>>

/** Shares of the machine that neither the server nor its driver used, one per measurement: the noise of a run. */
export const othersShares: number[] = []

/** How long each measurement warms its own client up and how long it counts. */
export interface Pace {
  readonly warmMs: number
  readonly seconds: number
  readonly catchUpMessages: number
}

export interface Bench {
  readonly kit: JavaReady
  readonly server: ServerUnderTest
  readonly round: number
  readonly pace: Pace
}

export interface Measurement {
  readonly name: string
  /** Latencies vary less than rates: in quick mode they are measured in the first round only. */
  readonly everyRound: boolean
  run(bench: Bench): Promise<Sample>
}

const BINARY_HEADER = { 'rocketmq.serialize.type': 'ROCKETMQ' }

export const MEASUREMENTS: readonly Measurement[] = [
  {
    name: 'sync send, 64 threads, JSON headers',
    everyRound: true,
    async run(bench) {
      const result = await send(bench, 'SyncJson', ['--threads', '64'])
      return { syncJson: result.rate, cpuUs: result.cpuUs, memoryMb: result.memoryMb }
    },
  },
  {
    name: 'sync send, 64 threads, ROCKETMQ headers',
    everyRound: true,
    async run(bench) {
      const result = await send(bench, 'SyncBinary', ['--threads', '64'], BINARY_HEADER)
      return { syncBinary: result.rate, memoryMb: result.memoryMb }
    },
  },
  {
    name: 'batch send, 16 threads, 32 messages each',
    everyRound: true,
    async run(bench) {
      const result = await send(bench, 'Batch', ['--threads', '16', '--batch', '32'])
      return { batch: result.rate, memoryMb: result.memoryMb }
    },
  },
  {
    name: 'catch-up read',
    everyRound: true,
    async run(bench) {
      const count = ['--count', `${bench.pace.catchUpMessages}`]
      await drive(bench, 'bench-send', 'CatchUp', [...count, '--threads', '16', '--batch', '32'])
      const reader = ['--group', `CatchUp-${bench.round}`, '--consume-batch', '32', '--timeout-ms', '60000']
      const { done, memoryMb } = await drive(bench, 'bench-consume', 'CatchUp', [...count, ...reader])
      return { catchUp: numberOf(done, 'msgPerSecond'), memoryMb }
    },
  },
  {
    name: 'send and live consumer, 64 threads',
    everyRound: true,
    async run(bench) {
      const senders = [...pace(bench), '--threads', '64', '--consume-batch', '32']
      const { done, memoryMb } = await drive(bench, 'bench-both', 'Both', senders)
      const [bothSent, bothReceived] = [numberOf(done, 'sentPerSecond'), numberOf(done, 'receivedPerSecond')]
      return { bothSent, bothReceived, memoryMb }
    },
  },
  {
    name: 'sync send, 1 thread',
    everyRound: false,
    async run(bench) {
      const result = await send(bench, 'SyncOne', ['--threads', '1'])
      return { syncOneMs: result.meanMs }
    },
  },
  {
    name: 'end to end at 1,000 messages a second',
    everyRound: false,
    async run(bench) {
      const { done } = await drive(bench, 'bench-both', 'EndToEnd', [
        ...pace(bench),
        '--threads',
        '1',
        '--rate',
        '1000',
      ])
      return { endToEndP50Ms: numberOf(done, 'endToEndP50Ms'), endToEndP99Ms: numberOf(done, 'endToEndP99Ms') }
    },
  },
]

/** For servers started with `flushDiskType=SYNC_FLUSH`. */
export const SYNC_FLUSH: Measurement = {
  name: 'sync send, 64 threads, SYNC_FLUSH',
  everyRound: true,
  async run(bench) {
    return { syncFlush: (await send(bench, 'SyncFlush', ['--threads', '64'])).rate }
  },
}

/** Full-speed sending, so that compilers of the server's side have done their work before anything counts. */
export async function warmUp(bench: Bench, seconds: number): Promise<void> {
  await send({ ...bench, pace: { ...bench.pace, seconds } }, 'WarmUp', ['--threads', '64'])
}

async function send(bench: Bench, topic: string, args: readonly string[], properties = {}) {
  const result = await drive(bench, 'bench-send', topic, [...pace(bench), ...args], properties)
  const failures = numberOf(result.done, 'failures')
  if (failures > 0) throw new Error(`${failures} sends failed, the first with: ${result.done['firstError']}`)
  const cpuUs = (result.cpuMs * 1000) / numberOf(result.done, 'stored')
  return { ...result, rate: numberOf(result.done, 'msgPerSecond'), meanMs: numberOf(result.done, 'meanMs'), cpuUs }
}

/** Runs one driver and reads the server's CPU and memory where the driver says that measuring begins and ends. */
async function drive(bench: Bench, command: string, topic: string, args: readonly string[], properties = {}) {
  const { kit, server, round } = bench
  const where = ['--namesrv', server.namesrvAddress, '--topic', `Bench-${topic}-${round}`, '--queues', '8']
  const cpu = { begin: 0, end: 0 }
  const others = { begin: 0, end: 0 }
  const at = { begin: 0, end: 0 }
  let memoryMb = 0
  const run = judge(kit, '5.3.3', [command, ...where, '--size', '1024', ...args], {
    heap: '1g',
    tuning: 'throughput',
    properties,
    onLine(line) {
      const mark = line['mark']
      if (mark !== 'begin' && mark !== 'end') return
      at[mark] = performance.now()
      cpu[mark] = sum(server.pids.map(cpuMsOf))
      others[mark] = cpuMsOfMachine() - cpu[mark] - cpuMsOf(run.pid)
      memoryMb = sum(server.pids.map(rssAnonKb)) / 1024
    },
  })
  const done = await run.done
  if ((await run.ended) !== 0) throw new Error(`The driver did not reach its end: ${JSON.stringify(done)}`)
  othersShares.push(Math.max(0, (others.end - others.begin) / (at.end - at.begin) / availableParallelism()))
  return { done, cpuMs: cpu.end - cpu.begin, memoryMb }
}

function pace({ pace: { warmMs, seconds } }: Bench): string[] {
  return ['--warm-ms', `${warmMs}`, '--seconds', `${seconds}`]
}

function numberOf(values: Readonly<Record<string, unknown>>, name: string): number {
  const value = values[name]
  if (typeof value !== 'number') throw new Error(`The driver's result has no number "${name}".`)
  return value
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
