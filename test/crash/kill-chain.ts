import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Files, nodeFiles, SimulatedFiles } from '../../src/base/files/index.ts'
import { type Random, seededRandom } from '../../src/base/random/index.ts'
import { openStore, type StoreConfig, verifyStore } from '../../src/store/index.ts'
import {
  type Acknowledged,
  bodyOf,
  type CheckedMessages,
  checkAcknowledged,
  keyOf,
  messageOf,
} from '../kit/acknowledged.ts'
import { append, STORE } from '../kit/store.ts'
import { crashConfig } from './settings.ts'
import type { WriterPlan } from './writer.ts'

/** Where one writer was killed. */
export interface RoundEnd {
  readonly plan: WriterPlan
  /** A failpoint, or `some time`, or `nowhere`: it closed. */
  readonly killedAt: string
  /** All failpoints that it passed. */
  readonly seen: readonly string[]
  readonly acknowledged: number
  readonly checked: number
}

/** What of an untouched directory may be unfinished after a kill: recovery completes it. Anything else is damage. */
const UNFINISHED = [
  /neither a sound record nor the end of the log$/,
  /^the log ends at \d+, but there is a file from/,
  /there is no queue/,
  /has no entry/,
  /keys are not in the index$/,
  /^… and \d+ more$/,
  /^index file \d+: (it has|it claims|\d+ slots are used|entry \d+ (points|does))/,
]

const ROUNDS_OF_A_STORE = 8

/**
 * One directory after the other, each used by writers that are killed one after the other. After each kill the
 * untouched directory is looked at, and a copy of it is opened and compared with everything that was ever promised.
 */
export class KillChain {
  readonly #root: string
  readonly #writer: string
  readonly #random: Random
  #round = 0
  #store = 0
  #roundsLeft = 0
  #promised = new Promises()

  constructor(root: string, writer: string, seed: number) {
    this.#root = root
    this.#writer = writer
    this.#random = seededRandom(seed)
  }

  /** The directory of the present store. */
  get directory(): string {
    return join(this.#root, `store-${this.#store}`)
  }

  /**
   * Lets one writer run and die at one of `points`, at some time, or not at all, and checks what it leaves; throws for
   * problems.
   */
  async round(points: readonly string[]): Promise<RoundEnd> {
    const random = this.#random
    if (this.#roundsLeft-- === 0) this.#startAnew()
    const kind = random.below(10)
    const plan: WriterPlan = {
      directory: this.directory,
      seed: random.below(2 ** 31),
      flushDiskType: random.below(2) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
      name: `${this.#round++}`,
      messages: 40 + random.below(120),
      points: kind < 8 ? points : [],
    }
    try {
      const { lines, isKilled } = await this.#run(plan, kind === 8 ? 30 + random.below(250) : undefined)
      const acknowledged = this.#promised.read(lines)
      const isClosed = lines.at(-1) === 'x'
      if (!isKilled && !isClosed) throw new Error(`the writer ended by itself after "${lines.at(-1)}"`)
      const copy = copyOf(this.directory)
      await this.#checkUntouched(copy, isClosed)
      const checked = await this.#checkRecovered(copy, plan)
      const point = lines.at(-1)?.startsWith('k ') ? lines.at(-1)?.slice(2) : undefined
      const seen = lines.filter((line) => line.startsWith('s ')).map((line) => line.slice(2))
      return { plan, killedAt: point ?? (isClosed ? 'nowhere' : 'some time'), seen, acknowledged, checked }
    } catch (failure) {
      throw new Error(`after node ${this.#writer} '${JSON.stringify(plan)}'`, { cause: failure })
    }
  }

  #startAnew(): void {
    rmSync(this.directory, { recursive: true, force: true })
    this.#store++
    this.#roundsLeft = this.#random.below(ROUNDS_OF_A_STORE)
    this.#promised = new Promises()
    mkdirSync(this.#root, { recursive: true })
  }

  async #run(
    plan: WriterPlan,
    killAfterMs: number | undefined,
  ): Promise<{ readonly lines: readonly string[]; readonly isKilled: boolean }> {
    // A file and not a pipe: what was written stays readable whenever the writer dies, and never keeps it waiting.
    const log = join(this.#root, 'writer.log')
    const output = openSync(log, 'w')
    const child = spawn(process.execPath, [this.#writer, JSON.stringify(plan)], {
      stdio: ['ignore', output, 'inherit'],
    })
    closeSync(output)
    const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    const hung = setTimeout(() => child.kill('SIGABRT'), 60_000)
    const signal = await new Promise<string | null>((resolve) => child.once('exit', (_, by) => resolve(by)))
    clearTimeout(timer)
    clearTimeout(hung)
    return { lines: readFileSync(log, 'utf8').split('\n').slice(0, -1), isKilled: signal === 'SIGKILL' }
  }

  /** A store that was closed is in order as it is; one that was not may be unfinished, but never damaged. */
  async #checkUntouched(files: Files, isClosed: boolean): Promise<void> {
    const isClean = isClosed || files.facts(join(STORE, 'abort')) === undefined
    const { problems } = await verifyStore(STORE, configOf('ASYNC_FLUSH'), files)
    const dropping = this.#promised.dropping()
    const isExpected = (problem: string): boolean =>
      !isClean &&
      (UNFINISHED.some((allowed) => allowed.test(problem)) || dropping.some((topic) => problem.startsWith(`${topic}/`)))
    const bad = problems.filter((problem) => !isExpected(problem))
    if (bad.length > 0) throw new Error(`untouched, ${isClean ? 'closed' : 'killed'}:\n${bad.join('\n')}`)
  }

  async #checkRecovered(files: Files, { flushDiskType }: WriterPlan): Promise<number> {
    const store = await openStore(configOf(flushDiskType), { files })
    const { found, problems } = await checkAcknowledged(store, this.#promised.kept())
    const all = [...problems, ...this.#promised.resurrected(found)]
    // The next one goes on behind the last.
    const next = await append(store, messageOf(bodyOf('next', 3), 'Orders', 0))
    const expected = found.get('Orders/0')?.length ?? 0
    if (next.status !== 'ok' || next.queueOffset !== expected) all.push(`the next append: ${JSON.stringify(next)}`)
    await store[Symbol.asyncDispose]()
    const verified = await verifyStore(STORE, configOf(flushDiskType), files)
    all.push(...verified.problems.map((problem) => `after recovery: ${problem}`))
    if (all.length > 0) throw new Error(all.join('\n'))
    return verified.records
  }
}

function configOf(flushDiskType: StoreConfig['flushDiskType']): StoreConfig {
  return crashConfig({ directory: STORE, flushDiskType })
}

/** A copy in memory, so that the directory stays as it is for the next writer. */
function copyOf(directory: string): SimulatedFiles {
  const copy = new SimulatedFiles()
  const copyBelow = (from: string, to: string): void => {
    copy.makeDirectory(to)
    for (const { name, isDirectory } of nodeFiles.list(from)) {
      if (isDirectory) copyBelow(join(from, name), join(to, name))
      else copy.writeWhole(join(to, name), nodeFiles.readWhole(join(from, name)) ?? '')
    }
  }
  copyBelow(directory, STORE)
  return copy
}

/** What the writers of one directory promised, as their output says. */
class Promises {
  /** Topic → key → message. */
  readonly #kept = new Map<string, Map<string, Acknowledged>>()
  /** Keys of messages whose topic was dropped after them. */
  readonly #gone = new Set<string>()
  /** Topics whose dropping began and was not answered: their messages may be there or not. */
  readonly #maybe = new Map<string, Set<string>>()

  /** Takes what one writer said; returns how many messages it acknowledged. */
  read(lines: readonly string[]): number {
    let acknowledged = 0
    for (const line of lines) {
      const [kind, topic = '', queueId, first, ...bodies] = line.split(' ')
      if (kind === 'a') {
        for (const [at, brief] of bodies.entries()) {
          const [number = '', bytes] = brief.split(':')
          const message = {
            topic,
            queueId: Number(queueId),
            offset: Number(first) + at,
            body: bodyOf(number, Number(bytes)),
          }
          const messages = this.#kept.get(topic) ?? new Map<string, Acknowledged>()
          messages.set(number, message)
          this.#kept.set(topic, messages)
          acknowledged++
        }
      } else if (kind === 'b') {
        const maybe = this.#maybe.get(topic) ?? new Set()
        for (const number of this.#kept.get(topic)?.keys() ?? []) maybe.add(number)
        this.#maybe.set(topic, maybe)
        this.#kept.delete(topic)
      } else if (kind === 'd') {
        for (const number of this.#maybe.get(topic) ?? []) this.#gone.add(number)
        this.#maybe.delete(topic)
      }
    }
    return acknowledged
  }

  /** Topics that may be dropped or not. */
  dropping(): readonly string[] {
    return [...this.#maybe.keys()]
  }

  *kept(): Generator<Acknowledged> {
    for (const messages of this.#kept.values()) yield* messages.values()
  }

  resurrected(found: CheckedMessages['found']): string[] {
    return [...found].flatMap(([name, bodies]) =>
      bodies.flatMap((body) =>
        body !== undefined && this.#gone.has(keyOf(body)) ? [`${keyOf(body)} came back in ${name}`] : [],
      ),
    )
  }
}
