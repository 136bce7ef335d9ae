import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type VerifiedStore, verifyStore } from '../../src/store/index.ts'
import {
  type JavaReady,
  judge,
  prepareJava,
  type ServerUnderTest,
  startApache,
  startRocketstream,
} from './kit/index.ts'

const prepared = await prepareJava()
if (!prepared.available) console.warn(`Skipped: ${prepared.reason}.`)
const kit = prepared as JavaReady

/**
 * Small files in both, so that every kind of file is followed by another one. Nobody is asked about open transactions.
 */
const SETTINGS = {
  mappedFileSizeCommitLog: '262144',
  mappedFileSizeConsumeQueue: '800',
  maxHashSlotNum: '100',
  maxIndexNum: '400',
  transactionTimeOut: '600000',
  transactionOpBatchInterval: '100',
}

const PLAIN = 120

/** What was acknowledged so far, by whichever broker. */
interface Promised {
  /** Topic/queue → id at each offset. */
  readonly placed: Map<string, string[]>
  /** Topic → ids that come there sooner or later. */
  readonly coming: Map<string, Set<string>>
  /** Ids that never come. */
  readonly never: Set<string>
  /** Queue of Plain → offset of group G, the newest first. */
  readonly offsets: Map<number, number[]>
  readonly keys: string[]
}

function start(name: ServerUnderTest['name'], storeDir: string): Promise<ServerUnderTest> {
  const options = { storeDir, brokerConf: SETTINGS }
  return name === 'apache' ? startApache(kit, options) : startRocketstream(options)
}

interface RoundLine {
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly sent?: string
  readonly later?: string
  readonly comes?: boolean
  readonly offset?: number
}

/** Sends one message of every kind and many plain ones, and takes down what was acknowledged. */
async function append(server: ServerUnderTest, prefix: string, promised: Promised): Promise<void> {
  const round = ['store-round', '--namesrv', server.namesrvAddress, '--prefix', prefix, '--count', String(PLAIN)]
  const driver = judge(kit, '5.3.3', [...round, '--group', 'P'])
  await driver.done
  for (const line of driver.lines) {
    const { topic, queueId, queueOffset, sent, later, comes, offset } = line as unknown as RoundLine
    if (sent !== undefined) {
      const queue = promised.placed.get(`${topic}/${queueId}`) ?? []
      promised.placed.set(`${topic}/${queueId}`, queue)
      expect(queueOffset, `${topic}/${queueId} of ${prefix}`).toBe(queue.length)
      queue.push(sent)
    } else if (later !== undefined) {
      if (comes === true) promised.coming.set(topic, (promised.coming.get(topic) ?? new Set()).add(later))
      else promised.never.add(later)
    } else if (offset !== undefined) promised.offsets.set(queueId, [offset, ...(promised.offsets.get(queueId) ?? [0])])
  }
  promised.keys.push(`${prefix}-p0`, `${prefix}-p${PLAIN - 1}`)
}

/** How a broker may differ from what was acknowledged. */
interface Allowed {
  /** Nothing comes twice. */
  readonly isExact: boolean
  /** Apache's broker was killed, which writes group offsets every 5 s only: those of the round before may be back. */
  readonly forgets: boolean
}

/** Reads everything from the broker and compares it with what was acknowledged. */
async function readAll(server: ServerUnderTest, promised: Promised, { isExact, forgets }: Allowed): Promise<void> {
  const topics = ['Plain', 'Batch', ...promised.coming.keys()]
  const counts = topics.map((topic) => promised.coming.get(topic)?.size ?? 0)
  const what = [
    '--topics',
    topics.join(','),
    '--counts',
    counts.join(','),
    '--keys',
    [...promised.keys, 'every'].join(','),
  ]
  const reader = judge(kit, '5.3.3', ['store-read', '--namesrv', server.namesrvAddress, ...what])
  await reader.done
  const found = new Map<string, string[]>()
  for (const { id, topic, queueId, queueOffset } of reader.lines) {
    if (id === undefined) continue
    const name = `${topic}/${queueId}`
    const queue = found.get(name) ?? []
    found.set(name, queue)
    expect(queueOffset, name).toBe(queue.length)
    queue.push(id)
  }
  const placed = [...found].filter(([name]) => /^(Plain|Batch)\//.test(name)).sort()
  expect(placed).toEqual([...promised.placed].sort())
  for (const [topic, wanted] of promised.coming) {
    const ids = [...found].flatMap(([name, queue]) => (name.startsWith(`${topic}/`) ? queue : []))
    expect([...new Set(ids)].sort(), topic).toEqual([...wanted].sort())
    if (isExact) expect(ids, topic).toHaveLength(wanted.size)
  }
  for (const line of reader.lines) {
    if (line['key'] !== undefined)
      expect(line, String(line['key'])).toMatchObject({ found: line['key'] === 'every' ? 64 : 1 })
    else if (line['offset'] !== undefined) {
      const [newest, before] = promised.offsets.get(line.queueId ?? -1) ?? []
      expect(forgets ? [newest, before] : [newest]).toContain(line['offset'])
    } else if (line['topic'] === 'Plain') {
      const id = String(line.id)
      const number = Number(id.slice(id.indexOf('-p') + 2))
      const tags = number % 3 === 0 ? undefined : number % 3 === 1 ? 'a' : 'b'
      expect(line).toMatchObject({ keys: `${id} every`, bodyBytes: 1000, round: id.slice(0, id.indexOf('-')) })
      expect(line['tags']).toBe(tags)
    }
  }
}

/** Checks the directory, or a copy when a broker of Apache's is to go on with it; sizes are found from the files. */
async function verified(storeDir: string): Promise<VerifiedStore> {
  const copy = mkdtempSync(join(tmpdir(), 'rocketstream-copy-'))
  try {
    cpSync(storeDir, copy, { recursive: true })
    return await verifyStore(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

test.skipIf(!prepared.available)(
  'a directory goes from broker to broker, cleanly stopped or killed, and keeps everything',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'rocketstream-round-trip-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const storeDir = join(dir, 'store')
    const promised: Promised = { placed: new Map(), coming: new Map(), never: new Set(), offsets: new Map(), keys: [] }
    const steps = [
      ['apache', 'stop'],
      ['rocketstream', 'kill9'],
      ['apache', 'kill9'],
      ['rocketstream', 'stop'],
      ['apache', 'stop'],
      ['rocketstream', 'stop'],
    ] as const
    let isExact = true
    for (const [step, [name, end]] of steps.entries()) {
      const where = `step ${step}, ${name}`
      const begun = performance.now()
      const server = await start(name, storeDir)
      const [before, howBefore] = steps[step - 1] ?? []
      const forgets = before === 'apache' && howBefore === 'kill9'
      if (step > 0) await readAll(server, promised, { isExact, forgets })
      await append(server, `r${step}`, promised)
      await readAll(server, promised, { isExact, forgets: false })
      await server[end]()
      // What a killed broker delivered last it may not have noted, and then it comes once more.
      if (end === 'kill9') isExact = false
      const found = await verified(storeDir)
      expect(found.problems, where).toEqual([])
      if (end === 'stop') expect(found, where).toMatchObject({ isClean: true, pending: [] })
      console.info(
        `${where}: ${found.records} records, ${found.entries} entries, ${found.indexedKeys} keys, ${Math.round(performance.now() - begun)} ms`,
      )
    }
    expect(readdirSync(join(storeDir, 'commitlog')).length).toBeGreaterThan(3)
    expect(readdirSync(join(storeDir, 'index')).length).toBeGreaterThan(2)
    expect(promised.never.size).toBe(steps.length * 3)
    expect(readFileSync(join(storeDir, 'config', 'topics.json'), 'utf8')).toContain('Plain')
  },
)
