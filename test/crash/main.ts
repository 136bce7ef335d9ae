/**
 * Tries to break the promises of the store: kills it at every failpoint and at random, and takes its power away. Prints
 * how often what happened; exits 0 only if nothing was lost.
 *
 *     npm run test:crash [-- --rounds 500 --seeds 3000 --seed 1]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'tsup'
import { POWER_LOSS_WAYS, runPowerLoss } from '../kit/power-loss.ts'
import { FAILPOINTS, PASSED_AFTER, RARE_FAILPOINTS } from './failpoint-names.ts'
import { KillChain } from './kill-chain.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '500' },
    seeds: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const rounds = Number(values.rounds)
const seeds = Number(values.seeds)
const firstSeed = Number(values.seed)

/** While somebody must still be killed at a failpoint there are more rounds, up to so many times as many. */
const ROUNDS_FACTOR_MAX = 8

/** Directories used at the same time. */
const CHAINS = 2

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Point → how often somebody was killed there, messages acknowledged and checked in these rounds. */
interface Counts {
  kills: number
  acknowledged: number
  checked: number
}

async function killRounds(root: string, writer: string): Promise<void> {
  const table = new Map<string, Counts>(FAILPOINTS.map((point) => [point, { kills: 0, acknowledged: 0, checked: 0 }]))
  const unknown = new Set<string>()
  let begun = 0
  let hasFailed = false
  const missed = (): string[] => FAILPOINTS.filter((point) => table.get(point)?.kills === 0)
  const goesOn = (): boolean => {
    if (hasFailed || begun >= rounds * ROUNDS_FACTOR_MAX) return false
    return begun++ < rounds || missed().length > 0
  }
  const runChain = async (chain: KillChain): Promise<void> => {
    for (let round = 0; goesOn(); round++) {
      const least = Math.min(...FAILPOINTS.map((point) => table.get(point)?.kills ?? 0))
      const points = FAILPOINTS.filter((point) => (table.get(point)?.kills ?? 0) <= least)
      const before = round % 2 === 0 ? points.flatMap((point) => PASSED_AFTER[point] ?? []) : []
      const { killedAt, acknowledged, checked, seen } = await chain
        .round([...points, ...before])
        .catch((failure: unknown) => {
          hasFailed = true
          throw failure
        })
      for (const point of seen) if (!table.has(point) && !RARE_FAILPOINTS.has(point)) unknown.add(point)
      const counts = table.get(killedAt) ?? { kills: 0, acknowledged: 0, checked: 0 }
      counts.kills++
      counts.acknowledged += acknowledged
      counts.checked += checked
      table.set(killedAt, counts)
    }
  }
  const chains = Array.from({ length: CHAINS }, (_, at) => new KillChain(join(root, `${at}`), writer, firstSeed + at))
  await Promise.all(chains.map(runChain))
  printTable(table)
  if (unknown.size > 0)
    throw new Error(`failpoints without a name in failpoint-names.ts:\n${[...unknown].sort().join('\n')}`)
  if (missed().length > 0) throw new Error(`failpoints nobody was killed at:\n${missed().join('\n')}`)
}

function printTable(table: ReadonlyMap<string, Counts>): void {
  print(`${'killed at'.padEnd(52)}${'kills'.padStart(6)}${'acknowledged'.padStart(14)}${'checked'.padStart(9)}`)
  const total = { kills: 0, acknowledged: 0, checked: 0 }
  for (const [point, { kills, acknowledged, checked }] of [...table].sort()) {
    print(
      `${point.padEnd(52)}${String(kills).padStart(6)}${String(acknowledged).padStart(14)}${String(checked).padStart(9)}`,
    )
    total.kills += kills
    total.acknowledged += acknowledged
    total.checked += checked
  }
  print(
    `${'all'.padEnd(52)}${String(total.kills).padStart(6)}${String(total.acknowledged).padStart(14)}${String(total.checked).padStart(9)}`,
  )
}

async function powerLosses(): Promise<void> {
  const total = { opening: 0, working: 0, closing: 0 }
  let acknowledged = 0
  let checked = 0
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const report = await runPowerLoss(seed, POWER_LOSS_WAYS[seed % POWER_LOSS_WAYS.length])
    total.opening += report.losses.opening
    total.working += report.losses.working
    total.closing += report.losses.closing
    acknowledged += report.acknowledged
    checked += report.checked
  }
  print(
    `power lost while opening ${total.opening}, working ${total.working}, closing ${total.closing} times; ${acknowledged} acknowledged, ${checked} checked`,
  )
}

// A kill leaves what the page cache has, so a disk of memory is as good as any and saves the time of its syncs.
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'rocketstream-crash-'))
const startedAt = performance.now()
print(`seed ${firstSeed}, ${rounds} rounds of kills, ${seeds} seeds of power losses, in ${root}`)
try {
  await build({
    config: false,
    entry: { writer: join(import.meta.dirname, 'writer.ts') },
    outDir: join(root, 'program'),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    noExternal: [/.*/],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    outExtension: () => ({ js: '.mjs' }),
    silent: true,
  })
  await killRounds(root, join(root, 'program', 'writer.mjs'))
  await powerLosses()
  rmSync(root, { recursive: true })
  print(`passed in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
} catch (failure) {
  console.error(failure)
  print(
    `FAILED; the directories are in ${root}; npm run test:crash -- --rounds ${rounds} --seeds ${seeds} --seed ${firstSeed}`,
  )
  process.exitCode = 1
}
