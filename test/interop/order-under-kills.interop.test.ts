import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random/index.ts'
import { orderProblems } from '../kit/order-check.ts'
import { until } from '../kit/until.ts'
import {
  type ClientVersion,
  callsOf,
  type JavaReady,
  type Judge,
  type JudgeOptions,
  judge,
  ourJudge,
  prepareJava,
  type ServerUnderTest,
  startRocketstream,
} from './kit/index.ts'

// 50,000 messages of 50 keys in 8 queues, while members of the group are killed and added. What counts as order is said
// in test/kit/order-check.ts. Queues of a killed member stand still until its locks end by themselves, after a minute.

const KEYS = 50
const PER_KEY = 1000
const KILLS = 3
const SEED = Number(process.env['ORDER_SEED'] ?? randomInt(2 ** 31))

/** Both wait for locks that end by themselves, so they wait at the same time. */
const TOGETHER = { concurrent: true } as const

const kit = await prepareJava()
if (!kit.available) console.warn(`Skipped: ${kit.reason}.`)

let server: ServerUnderTest
beforeAll(async () => {
  server = await startRocketstream({ brokerConf: {} })
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

type Start = (args: readonly string[], n: number, options: JudgeOptions) => Judge

const ours: Start = (args, _n, options) => ourJudge(args, options)
const mixed: Start = (args, n, options) => {
  const version: ClientVersion = n % 3 === 1 ? '5.3.3' : '4.9.4'
  return n % 3 === 0 ? ourJudge(args, options) : judge(kit as JavaReady, version, args, options)
}

async function run(name: string, start: Start, seed: number): Promise<void> {
  const random = seededRandom(seed)
  const where = ['--namesrv', server.namesrvAddress, '--topic', name, '--group', name]
  const total = KEYS * PER_KEY
  /** Taken messages; a message is taken again when its member was killed before it recorded that. */
  const taken = new Set<unknown>()
  const living: Judge[] = []
  const members: Judge[] = []
  const killedAt = new Map<Judge, number>()
  const onLine: JudgeOptions['onLine'] = (line) => {
    if (line['ok'] === true) taken.add(line['end'])
  }
  const join = async (): Promise<void> => {
    const args = ['consume-orderly', ...where, '--stream', '--timeout-ms', '300000', '--threads', '8']
    const member = start(args, members.length, { onLine })
    members.push(member)
    await member.ready
    living.push(member)
  }
  for (let n = 0; n < 3; n++) await join()
  const produce = [
    'produce-keyed',
    ...where,
    '--queues',
    '8',
    '--keys',
    `${KEYS}`,
    '--count',
    `${total}`,
    '--threads',
    '25',
  ]
  const producer = ourJudge(produce)
  for (let kill = 1; kill <= KILLS; kill++) {
    // Early, since the queues of those killed before stand still. A member takes a while to join, so the flow may have
    // passed the moment: then it is now.
    const eighth = total / 8
    const moment = (kill - 1) * eighth + random.below(eighth)
    await until(`${moment} messages`, () => taken.size >= moment, 120_000)
    const [victim] = living.splice(random.below(living.length), 1)
    victim?.kill('SIGKILL')
    if (victim !== undefined) killedAt.set(victim, Date.now())
    await join()
  }
  expect(await producer.done).toMatchObject({ sent: total, failed: 0 })
  // Whatever is missing then is told by the judgement.
  await until('all messages', () => taken.size === total, 150_000).catch(() => undefined)
  for (const member of living) member.kill('SIGTERM')
  await Promise.all(living.map((member) => member.done))

  const calls = callsOf(members, killedAt)
  const killed = new Set(members.flatMap((member, index) => (killedAt.has(member) ? [`${index}`] : [])))
  const problems = orderProblems(calls, {
    numbers: new Map(Array.from({ length: KEYS }, (_, k) => [`k${k}`, PER_KEY])),
    // Ours repeats only what a killed member had not recorded; Java's also what ran while it gave a queue away.
    mayRepeat: (call, before) => call.member !== before.member && (start === mixed || killed.has(before.member)),
  })
  console.info(`${name}: seed ${seed}, ${calls.length - total} of ${calls.length} calls were repetitions`)
  expect(problems, `repeat with ORDER_SEED=${SEED}`).toEqual([])
}

test('members of ours that are killed and added keep the order of every key, and lose nothing', TOGETHER, async () => {
  await run(`Ours${process.pid}`, ours, SEED)
})

test.skipIf(!kit.available)('so do ours and Java’s 5.3.3 and 4.9.4 in one group', TOGETHER, async () => {
  await run(`Mixed${process.pid}`, mixed, SEED + 1)
})
