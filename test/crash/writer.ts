/**
 * A program to be killed: opens the store in a directory, appends from several producers at once, drops topics, reads,
 * and closes after a while; kills itself at one of the points it was given. What it promised to whom goes to standard
 * output, a line each, written at once:
 *
 *     o                                  open
 *     a <topic> <queue> <offset> <body>… acknowledged; a body as `<number>:<bytes>`
 *     b <topic> / d <topic>              dropping begins / is done
 *     c / x                              closing begins / is done
 *     s <point>                          passed for the first time
 *     k <point>                          killed there
 */
import { writeSync } from 'node:fs'
import { deferred, sleep } from '../../src/base/async/index.ts'
import { nodeFiles } from '../../src/base/files/index.ts'
import { type Random, seededRandom } from '../../src/base/random/index.ts'
import { systemClock } from '../../src/base/time/index.ts'
import { type AppendResult, type MessageStore, openStore } from '../../src/store/index.ts'
import { bodyOf, keyOf, messageOf, partOf } from '../kit/acknowledged.ts'
import { type Phase, watchFiles } from './failpoints.ts'
import { crashConfig } from './settings.ts'

/** What one run of the writer is to do. */
export interface WriterPlan {
  readonly directory: string
  readonly seed: number
  readonly flushDiskType: 'ASYNC_FLUSH' | 'SYNC_FLUSH'
  /** Numbers of its messages begin with it. */
  readonly name: string
  readonly messages: number
  /** It dies at one of these; none: it lives until it is done or killed. */
  readonly points: readonly string[]
}

const TOPICS = ['Orders', 'Bills', '%RETRY%Group']
const QUEUES = 3
const PRODUCERS = 6

const say = (line: string): void => void writeSync(1, `${line}\n`)

async function main(plan: WriterPlan): Promise<void> {
  const random = seededRandom(plan.seed)
  let phase: Phase = 'opening'
  const seen = new Set<string>()
  const deadly = new Set(plan.points)
  const files = watchFiles(nodeFiles, plan.directory, (call) => {
    const point = `${phase}: ${call}`
    if (!seen.has(point)) {
      seen.add(point)
      say(`s ${point}`)
    }
    // Not always at the first time, so that there is something behind it.
    if (!deadly.has(point) || (phase === 'working' && random.below(4) !== 0)) return
    say(`k ${point}`)
    process.kill(process.pid, 'SIGKILL')
  })
  const store = await openStore(crashConfig(plan), { files })
  say('o')
  phase = 'working'
  await new Work(store, plan, random).run()
  phase = 'closing'
  say('c')
  await store[Symbol.asyncDispose]()
  say('x')
}

class Work {
  readonly #store: MessageStore
  readonly #plan: WriterPlan
  readonly #random: Random
  #sent = 0
  /** Appends of each topic that are not answered. */
  readonly #running = new Map<string, number>()
  readonly #paused = new Set<string>()

  constructor(store: MessageStore, plan: WriterPlan, random: Random) {
    this.#store = store
    this.#plan = plan
    this.#random = random
  }

  async run(): Promise<void> {
    const producers = Array.from({ length: PRODUCERS }, () => this.#produce())
    await Promise.all([...producers, this.#disturb()])
  }

  async #produce(): Promise<void> {
    const random = this.#random
    while (this.#sent < this.#plan.messages) {
      const topic = TOPICS[random.below(TOPICS.length)] ?? ''
      if (this.#paused.has(topic)) {
        await sleep(systemClock, 1)
        continue
      }
      const count = random.below(3) === 0 ? 1 + random.below(4) : 1
      const bodies = Array.from({ length: count }, () =>
        bodyOf(`${this.#plan.name}-${this.#sent++}`, random.below(500)),
      )
      this.#running.set(topic, (this.#running.get(topic) ?? 0) + 1)
      await this.#append(topic, random.below(QUEUES), bodies)
      this.#running.set(topic, (this.#running.get(topic) ?? 0) - 1)
    }
  }

  async #append(topic: string, queueId: number, bodies: readonly string[]): Promise<void> {
    const answered = deferred()
    const appended = ({ status, queueOffset }: AppendResult): void => {
      if (status !== 'ok') throw new Error(`${topic}/${queueId}: ${status}`)
      const brief = bodies.map((body) => `${keyOf(body)}:${body.length - keyOf(body).length - 1}`)
      say(`a ${topic} ${queueId} ${queueOffset} ${brief.join(' ')}`)
      answered.resolve()
    }
    const [first = '', ...others] = bodies
    const message = messageOf(first, topic, queueId)
    if (others.length === 0) this.#store.append(message, { appended })
    else this.#store.appendBatch({ ...message, properties: '', parts: bodies.map(partOf) }, { appended })
    await answered.promise
  }

  /** What else goes on in a store. */
  async #disturb(): Promise<void> {
    const random = this.#random
    while (this.#sent < this.#plan.messages) {
      await sleep(systemClock, 1 + random.below(10))
      const topic = TOPICS[random.below(TOPICS.length)] ?? ''
      const kind = random.below(10)
      if (kind === 0) await this.#drop(topic)
      else if (kind === 1) await this.#store.flush()
      else await this.#store.read(topic, random.below(QUEUES), random.below(20), { maxMessages: 32 })
    }
  }

  async #drop(topic: string): Promise<void> {
    this.#paused.add(topic)
    while ((this.#running.get(topic) ?? 0) > 0) await sleep(systemClock, 1)
    say(`b ${topic}`)
    await this.#store.dropTopic(topic)
    say(`d ${topic}`)
    this.#paused.delete(topic)
  }
}

await main(JSON.parse(process.argv[2] ?? '') as WriterPlan)
