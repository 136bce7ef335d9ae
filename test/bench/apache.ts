/**
 * Apache RocketMQ 5.3.3 and rocketstream, side by side on this machine, driven by the official Java client.
 *
 *   npm run bench:apache              about 12 minutes, three rounds
 *   npm run bench:apache -- --quick   3 to 4 minutes, two rounds
 *   … --only apache | rocketstream    one side alone
 *
 * Both servers stay up for the whole run and take turns, measurement by measurement; the one whose turn it is not is
 * stopped with SIGSTOP, so that its timers cost the other nothing. Progress goes to standard error, the table to
 * standard output. Exit code 1 if a measurement failed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  type JavaReady,
  prepareJava,
  type ServerUnderTest,
  startApache,
  startRocketstream,
} from '../interop/kit/index.ts'
import {
  type Bench,
  MEASUREMENTS,
  type Measurement,
  othersShares,
  type Pace,
  type Sample,
  SYNC_FLUSH,
  warmUp,
} from './measurements.ts'
import { renderTable, type Samples, SIDES, type Side } from './table.ts'

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } })
const quick = flags.quick ?? false
const sides = SIDES.filter((side) => flags.only === undefined || flags.only === side)
const rounds = quick ? 2 : 3
const pace: Pace = quick
  ? { warmMs: 2000, seconds: 2, catchUpMessages: 200_000 }
  : { warmMs: 5000, seconds: 6, catchUpMessages: 1_000_000 }
/** Seen: Apache's CPU per message falls from 130 to 25 µs in its first 25 s of load. Node is warm after two. */
const warmUpSeconds: Record<Side, number> = quick ? { apache: 18, rocketstream: 5 } : { apache: 30, rocketstream: 10 }

/** Share of the machine that other programs may use before the rates are not trusted. */
const NOISE_MAX = 0.1

const samples: Samples = { apache: {}, rocketstream: {} }
const failures: string[] = []
const begun = performance.now()

const kit = await prepareJava()
// The kit kills its children when this process exits; a bare signal would skip that.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
if (!kit.available) console.log(`Skipped: ${kit.reason}.`)
else await run(kit)

async function run(kit: JavaReady): Promise<void> {
  if (!quick) for (const side of sides) await start(kit, side, {}).then((server) => server[Symbol.asyncDispose]())
  await contest(kit, {}, MEASUREMENTS, rounds)
  if (!quick) await contest(kit, { flushDiskType: 'SYNC_FLUSH' }, [SYNC_FLUSH], 2)
  console.log(`Best of ${rounds} rounds (memory: highest). Sending and reading in Java, all on this machine.\n`)
  const share = noise()
  console.log(renderTable(samples, !quick && share.mean <= NOISE_MAX))
  console.log(`\nOther programs used ${percent(share.mean)} of the machine, at most ${percent(share.highest)}.`)
  if (share.mean > NOISE_MAX) console.log('Too busy for these rates to be trusted: repeat on a quiet machine.')
  if (quick) console.log('Quick mode: Apache is not fully warm, so ratios flatter us. Quote the numbers of a full run.')
  for (const failure of failures) console.log(`\nfailed: ${failure}`)
  progress('done')
  process.exitCode = failures.length === 0 ? 0 : 1
}

/** All measurements in all rounds, the two sides in turn within each. */
async function contest(
  kit: JavaReady,
  brokerConf: Readonly<Record<string, string>>,
  measurements: readonly Measurement[],
  rounds: number,
): Promise<void> {
  const servers: ServerUnderTest[] = []
  try {
    for (const side of sides) {
      const server = await start(kit, side, brokerConf)
      servers.push(server)
      progress(`${side}: warming up`)
      await attempt(server, 'warm-up', () => warmUp({ kit, server, round: 0, pace }, warmUpSeconds[side]))
      signalAll(server, 'SIGSTOP')
    }
    for (let round = 1; round <= rounds; round++) {
      for (const measurement of measurements.filter((one) => round === 1 || one.everyRound || !quick)) {
        for (const server of servers) await takeTurn({ kit, server, round, pace }, measurement)
      }
    }
  } finally {
    for (const server of servers) {
      signalAll(server, 'SIGCONT')
      await attempt(server, 'stop', () => server[Symbol.asyncDispose]())
    }
  }
}

async function takeTurn(bench: Bench, measurement: Measurement): Promise<void> {
  const { server, round } = bench
  signalAll(server, 'SIGCONT')
  await sleep(200)
  await attempt(server, measurement.name, async () => {
    const sample = await measurement.run(bench)
    record(server.name, sample)
    progress(`round ${round}, ${measurement.name}, ${server.name}: ${text(sample)}`)
  })
  signalAll(server, 'SIGSTOP')
}

async function start(
  kit: JavaReady,
  side: Side,
  brokerConf: Readonly<Record<string, string>>,
): Promise<ServerUnderTest> {
  const server =
    side === 'apache'
      ? await startApache(kit, { heap: '4g', tuning: 'throughput', brokerConf })
      : await startRocketstream({ brokerConf })
  const sample = { portsMs: server.portsMs, servingMs: server.startMs }
  record(side, sample)
  progress(`${side} started: ${text(sample)}`)
  return server
}

async function attempt(server: ServerUnderTest, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (failure) {
    failures.push(`${server.name}, ${what}: ${(failure as Error).message}`)
    progress(`${server.name}, ${what}: FAILED ${(failure as Error).message}`)
  }
}

/** Rates of a busy machine say little: the table must carry how busy it was. */
function noise(): { readonly mean: number; readonly highest: number } {
  const mean = othersShares.reduce((total, share) => total + share, 0) / Math.max(othersShares.length, 1)
  return { mean, highest: Math.max(0, ...othersShares) }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function record(side: Side, sample: Sample): void {
  for (const [metric, value] of Object.entries(sample) as [keyof Sample, number][]) {
    samples[side][metric] = [...(samples[side][metric] ?? []), value]
  }
}

function signalAll(server: ServerUnderTest, signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of server.pids) {
    try {
      process.kill(pid, signal)
    } catch (failure) {
      failures.push(`${server.name}: process ${pid} is gone (${(failure as NodeJS.ErrnoException).code})`)
    }
  }
}

function text(sample: Sample): string {
  return Object.entries(sample)
    .map(([metric, value]) => `${metric} ${value >= 100 ? Math.round(value) : value.toFixed(2)}`)
    .join(', ')
}

function progress(what: string): void {
  console.error(`${String(Math.round((performance.now() - begun) / 1000)).padStart(4)} s  ${what}`)
}
