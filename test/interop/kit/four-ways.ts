import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApacheOptions, startApache } from './apache.ts'
import type { JavaKit } from './java-kit.ts'
import { type ClientVersion, prepareJava } from './java-kit.ts'
import { type Judge, type JudgeOptions, judge, ourJudge } from './judge.ts'
import { startRocketstream } from './rocketstream.ts'
import type { ServerUnderTest } from './server-under-test.ts'

/** Whose clients take part; `mixed`: Java's and ours side by side in one group. */
export type Clients = 'java' | 'ours' | 'mixed'

const ALL: readonly Clients[] = ['java', 'ours', 'mixed']

/** One of the combinations in which a scenario runs. */
export interface Way {
  readonly server: ServerUnderTest
  readonly clients: Clients
  /** Different in every run, for topics and groups that belong to it alone. */
  readonly name: string
  /** Starts a driver of the side that sends: ours, or Java's (5.3.3); Java's when they are mixed. */
  producer(args: readonly string[], options?: JudgeOptions): Judge
  /** Starts the n-th receiving driver: ours, Java's 5.3.3, or in turn ours, 5.3.3, 4.9.4 when they are mixed. */
  consumer(args: readonly string[], n?: number, options?: JudgeOptions): Judge
}

/**
 * What a scenario saw, for comparison: statuses, codes, remarks, counts. No times, ids or offsets that differ by
 * nature.
 */
export type Facts = Readonly<Record<string, unknown>>

/** A difference between the servers that is meant to be: the path of a fact, as `refused.remark`, and why. */
export type Explained = Readonly<Record<string, string>>

export interface ScenarioOptions {
  /** Default: all three. */
  readonly clients?: readonly Clients[]
  readonly explained?: Explained
}

/** Runs scenarios in all ways. */
export interface FourWays {
  /** Java's side is here; otherwise every scenario is reported as skipped. */
  readonly kit: JavaKit
  /**
   * Runs a scenario with each kind of clients, on Apache's server and on ours at once, then compares what it saw on the
   * two. The scenario's own expectations judge each run; the comparison prints every difference and fails on one that
   * is not explained.
   */
  scenario(name: string, run: (way: Way) => Promise<Facts>, options?: ScenarioOptions): void
}

/**
 * Starts Apache's server and ours for the scenarios of a file, with the same `broker.conf`:
 *
 * ```ts
 * const ways = await fourWays({ brokerConf: { traceTopicEnable: 'true' } })
 * ways.scenario('a rolled back message is never seen', async (way) => { … return { state: 'ROLLBACK' } })
 * ```
 */
export async function fourWays(options: Pick<ApacheOptions, 'brokerConf' | 'heap'> = {}): Promise<FourWays> {
  const kit = await prepareJava()
  if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)
  const servers: ServerUnderTest[] = []
  beforeAll(async () => {
    if (!kit.available) return
    const { brokerConf = {} } = options
    servers.push(...(await Promise.all([startApache(kit, options), startRocketstream({ brokerConf })])))
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
  })
  let runs = 0
  const scenario: FourWays['scenario'] = (name, run, { clients = ALL, explained = {} } = {}) => {
    for (const kind of clients) {
      test.skipIf(!kit.available)(`${name} (${kind} clients, both servers)`, async () => {
        // Both at once: a run mostly waits. They share neither a server nor a name.
        const running = servers.map((server) => run(wayOf(kit, server, kind, `w${process.pid}-${runs++}`)))
        for (const [at, { status }] of (await Promise.allSettled(running)).entries()) {
          if (status === 'rejected') console.info(`${name} (${kind}): fails on the ${servers[at]?.name} server`)
        }
        const [apache = {}, ours = {}] = await Promise.all(running)
        expect(unexplained(`${name} (${kind})`, apache, ours, explained)).toEqual([])
      })
    }
  }
  return { kit, scenario }
}

function wayOf(kit: JavaKit, server: ServerUnderTest, clients: Clients, name: string): Way {
  if (!kit.available) throw new Error('Java is not here.')
  const java = (version: ClientVersion, args: readonly string[], options?: JudgeOptions): Judge =>
    judge(kit, version, [...args, '--namesrv', server.namesrvAddress], options)
  const ours = (args: readonly string[], options?: JudgeOptions): Judge =>
    ourJudge([...args, '--namesrv', server.namesrvAddress], options)
  return {
    server,
    clients,
    name,
    producer: (args, options) => (clients === 'ours' ? ours(args, options) : java('5.3.3', args, options)),
    consumer(args, n = 0, options = undefined) {
      if (clients === 'ours' || (clients === 'mixed' && n % 3 === 0)) return ours(args, options)
      return java(clients === 'mixed' && n % 3 === 2 ? '4.9.4' : '5.3.3', args, options)
    },
  }
}

/** Prints all differences, and gives back those without an explanation. */
function unexplained(name: string, apache: Facts, ours: Facts, explained: Explained): string[] {
  const paths = differences(apache, ours, '')
  const lines = paths.map(({ path, was, is }) => {
    const why = explained[path]
    return { why, line: `${name}: ${path}: Apache ${was}, ours ${is}${why === undefined ? '' : ` (${why})`}` }
  })
  for (const { line } of lines) console.info(line)
  return lines.filter(({ why }) => why === undefined).map(({ line }) => line)
}

interface Difference {
  readonly path: string
  readonly was: string
  readonly is: string
}

function differences(was: unknown, is: unknown, path: string): Difference[] {
  if (isObject(was) && isObject(is)) {
    const keys = new Set([...Object.keys(was), ...Object.keys(is)])
    return [...keys].flatMap((key) => differences(was[key], is[key], path === '' ? key : `${path}.${key}`))
  }
  const [left, right] = [JSON.stringify(was) ?? 'nothing', JSON.stringify(is) ?? 'nothing']
  return left === right ? [] : [{ path, was: left, is: right }]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
