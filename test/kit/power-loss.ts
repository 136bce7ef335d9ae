import { deferred } from '../../src/base/async/index.ts'
import { SimulatedFiles } from '../../src/base/files/index.ts'
import { type Random, seededRandom } from '../../src/base/random/index.ts'
import { type Clock, SimulatedClock } from '../../src/base/time/index.ts'
import { type AppendResult, type MessageStore, type StoreConfig, verifyStore } from '../../src/store/index.ts'
import { bodyOf, checkAcknowledged, lightTopicsOf, messageOf, partOf } from './acknowledged.ts'
import { openSmall, SMALL, STORE } from './store.ts'

/** What one run went through. */
export interface PowerLossReport {
  /** Losses of power while the store was being opened, while it worked, while it was being closed. */
  readonly losses: Readonly<Record<Phase, number>>
  readonly acknowledged: number
  /** Messages read back, over all starts. */
  readonly checked: number
  /** Files of the log that were deleted since they were old. */
  readonly deletedFiles: number
}

type Phase = 'opening' | 'working' | 'closing'

/** One queue as it must be. */
interface Queue {
  readonly topic: string
  readonly queueId: number
  /** In the order of their offsets; those of dead stores that were never answered go when they are not found. */
  bodies: string[]
  /** Where their records lie, as far as they were answered. */
  positions: (number | undefined)[]
  /** Of these, so many must be found. */
  required: number
  /** And so many when power was not lost since. */
  requiredInMemory: number
  /** True: the topic was being dropped, so that nothing need be there. */
  mayBeGone: boolean
}

const TOPICS = ['T', 'U', 'V']

const SMALL_FILE_BYTES = SMALL.mappedFileSizeCommitLog ?? 0

/** Simulated milliseconds after which something that should have ended has not. */
const ENDED_MS_MAX = 100_000

/** How {@link runPowerLoss} uses the store. */
export interface PowerLossOptions {
  /** True: files of the log and all that follows it are deleted now and then. Default false. */
  readonly deletesOldFiles?: boolean
  /** True: some messages are in light queues as well. Default false. */
  readonly sendsToLightQueues?: boolean
  /** Of every store, besides those that the seed chooses. Default: small files. */
  readonly settings?: Partial<StoreConfig>
}

/** Ways to use a store that keep its promises by different means. */
export const POWER_LOSS_WAYS: readonly PowerLossOptions[] = [
  {},
  { deletesOldFiles: true },
  { settings: { storePathCommitLog: '/disk-a/log,/disk-b/log,/disk-c/log' } },
  { settings: { storePathCommitLog: '/disk-a/log,/disk-b/log' }, deletesOldFiles: true },
  { settings: { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: 512 } },
  { settings: { enableConsumeQueueExt: true }, deletesOldFiles: true },
  { settings: { mappedFileSizeCommitLog: 32 * 1024, enabledAppendPropCRC: true, forceVerifyPropCRC: true } },
  { settings: { mappedFileSizeCommitLog: 8 * 1024 }, deletesOldFiles: true },
  { settings: { enableLmq: true, enableMultiDispatch: true }, sendsToLightQueues: true },
  { settings: { enableLmq: true, enableMultiDispatch: true }, sendsToLightQueues: true, deletesOldFiles: true },
]

/**
 * Uses a store, takes its power away at some call of the file system, starts it again, and so on, all decided by
 * `seed`; throws when something that was promised is not there.
 */
export async function runPowerLoss(seed: number, options: PowerLossOptions = {}): Promise<PowerLossReport> {
  const run = new PowerLossRun(seed, options)
  try {
    return await run.run()
  } catch (failure) {
    throw new Error(`power loss, seed ${seed}: ${run.story}`, { cause: failure })
  }
}

class PowerLossRun {
  readonly #random: Random
  readonly #options: PowerLossOptions
  readonly #queues = new Map<string, Queue>()
  readonly #losses = { opening: 0, working: 0, closing: 0 }
  #files = new SimulatedFiles()
  #nowMs = 1_700_000_000_000
  #sent = 0
  #acknowledged = 0
  #checked = 0
  #deletedFiles = 0
  /** For failures: what happened, life by life. */
  story = ''

  constructor(seed: number, options: PowerLossOptions) {
    this.#options = options
    this.#random = seededRandom(seed)
  }

  async run(): Promise<PowerLossReport> {
    for (let lives = 2 + this.#random.below(5); lives > 0; lives--) await this.#live(false)
    await this.#live(true)
    const { problems } = await verifyStore(STORE, { ...SMALL, ...this.#options.settings }, this.#files)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    return {
      losses: this.#losses,
      acknowledged: this.#acknowledged,
      checked: this.#checked,
      deletedFiles: this.#deletedFiles,
    }
  }

  async #live(isLast: boolean): Promise<void> {
    const random = this.#random
    const callsLeft = isLast ? Number.POSITIVE_INFINITY : random.below(300)
    const life = new Life(this.#files, random, this.#nowMs, callsLeft, this.#options.settings)
    this.story += `\n${life.settings.flushDiskType}:`
    life.onLoss = (phase) => {
      this.#losses[phase]++
      this.story += ` power lost ${phase}`
      for (const queue of this.#queues.values()) queue.requiredInMemory = 0
    }
    await this.#liveOn(life, isLast)
    this.#nowMs = life.nowMs
    this.#files = life.filesAfter()
  }

  async #liveOn(life: Life, isLast: boolean): Promise<void> {
    if (!(await life.open())) return
    await this.#check(life)
    for (let steps = isLast ? 1 : this.#random.below(14); steps > 0 && !life.isDead; steps--) await this.#step(life)
    if (life.isDead) return
    if (isLast || this.#random.below(3) === 0) {
      await life.close()
      if (life.isDead) return
      this.story += ' closed'
      for (const queue of this.#queues.values()) queue.required = queue.bodies.length
      if (!isLast && this.#random.below(2) === 0) life.losePower()
    } else if (this.#random.below(4) === 0) {
      this.story += ' killed'
      life.kill()
    } else {
      life.losePower()
    }
  }

  /**
   * After a start: every queue is a beginning of what was appended, as long as was promised at least, without those
   * messages that left with their log files.
   */
  async #check(life: Life): Promise<void> {
    life.isChecking = true
    const { found, problems } = await checkAcknowledged(life.store)
    life.isChecking = false
    const all = [...problems]
    for (const name of found.keys()) {
      if (!this.#queues.has(name) && found.get(name)?.length !== 0) all.push(`nobody sent to ${name}`)
    }
    for (const [name, queue] of this.#queues) {
      const there = found.get(name) ?? []
      const begin = life.store.minOffset(queue.topic, queue.queueId)
      this.#checked += there.length - begin
      const isBeginning = there.every((body, offset) => offset < begin || body === queue.bodies[offset])
      if (!isBeginning) all.push(`${name} has ${brief(there)}, not ${brief(queue.bodies)}`)
      const { minPhysicalOffset: logStart, maxPhysicalOffset: logEnd } = life.store
      const kept = queue.positions.findIndex((at) => at !== undefined && at >= logStart && at < logEnd)
      if (kept >= 0 && kept < begin) all.push(`${name} begins at ${begin}, though the log has the record of ${kept}`)
      const required = Math.max(queue.required, queue.requiredInMemory)
      if (there.length < required && !(queue.mayBeGone && there.length === 0)) {
        all.push(`${name} has ${there.length} messages, promised were ${required}`)
      }
      // What could be read after a start does not go any more.
      queue.bodies.length = there.length
      queue.positions.length = there.length
      queue.required = there.length
      queue.requiredInMemory = 0
      queue.mayBeGone = false
    }
    if (all.length > 0) throw new Error(all.join('\n'))
    this.story += ` found ${this.#checked}`
  }

  async #step(life: Life): Promise<void> {
    const random = this.#random
    const kind = random.below(20)
    if (kind < 10) {
      for (let bursts = 1 + random.below(3); bursts > 0; bursts--) this.#append(life)
      await life.advance(random.below(3) === 0 ? 0 : random.below(8))
    } else if (kind < 13) {
      await life.advance([1, 30, 600, 70_000][random.below(4)] ?? 1)
    } else if (kind < 15) {
      await life.finish(life.store.flush())
    } else if (kind === 15) {
      life.skewMs += random.below(3) === 0 ? -20_000 : random.below(100_000)
    } else if (kind === 16) {
      await this.#drop(life)
    } else if (kind === 17 && this.#options.deletesOldFiles === true) {
      await this.#deleteOldFiles(life)
    }
  }

  #append(life: Life): void {
    const random = this.#random
    const topic = TOPICS[random.below(TOPICS.length)] ?? 'T'
    const queue = this.#queueOf(topic, random.below(2))
    const isBatch = random.below(4) === 0
    const mayBeLight = this.#options.sendsToLightQueues === true && !isBatch
    const bodies = Array.from({ length: 1 + random.below(6) }, () => {
      const number = this.#sent++
      return bodyOf(number, random.below(400), mayBeLight ? 'ab'.slice(0, number % 3) : '')
    })
    const offset = queue.bodies.length
    queue.bodies.push(...bodies)
    const acknowledge = (first: number, count: number, result: AppendResult): void => {
      if (life.isDead) return
      if (result.status !== 'ok' || result.queueOffset !== first) {
        life.failure ??= new Error(`${topic}/${queue.queueId} ${first} was answered ${JSON.stringify(result)}`)
        return
      }
      this.#acknowledged += count
      for (let part = 0; part < count; part++) {
        queue.positions[first + part] = result.physicalOffsets[part] ?? result.physicalOffset
      }
      life.answer(queue, first + count, result.physicalOffsets.at(-1) ?? result.physicalOffset)
    }
    if (isBatch) {
      const batch = { ...messageOf('0:', topic, queue.queueId), properties: '', parts: bodies.slice(0, 2).map(partOf) }
      queue.bodies.length = offset + batch.parts.length
      life.store.appendBatch(batch, { appended: (result) => acknowledge(offset, batch.parts.length, result) })
      return
    }
    for (const [at, body] of bodies.entries()) {
      const lights = lightTopicsOf(body).map((light) => {
        const held = this.#queueOf(light, 0)
        return { queue: held, offset: held.bodies.push(body) - 1 }
      })
      const appended = (result: AppendResult): void => {
        acknowledge(offset + at, 1, result)
        if (life.isDead || result.status !== 'ok') return
        for (const light of lights) {
          light.queue.positions[light.offset] = result.physicalOffset
          life.answer(light.queue, light.offset + 1, result.physicalOffset)
        }
      }
      life.store.append(messageOf(body, topic, queue.queueId), { appended })
    }
  }

  /** Files of a simulated disk without a clock are as old as can be. */
  async #deleteOldFiles(life: Life): Promise<void> {
    const before = life.store.minPhysicalOffset
    await life.finish(life.store.deleteExpired())
    if (life.isDead) return
    const deleted = (life.store.minPhysicalOffset - before) / SMALL_FILE_BYTES
    this.#deletedFiles += deleted
    this.story += ` deleted ${deleted}`
  }

  async #drop(life: Life): Promise<void> {
    await life.finish(life.store.flush())
    await life.advance(5)
    if (life.isDead) return
    const topic = TOPICS[this.#random.below(TOPICS.length)] ?? 'T'
    const queues = [...this.#queues.values()].filter((queue) => queue.topic === topic)
    for (const queue of queues) queue.mayBeGone = true
    await life.finish(life.store.dropTopic(topic))
    if (life.isDead) return
    this.story += ` dropped ${topic}`
    for (const queue of queues) this.#queues.delete(`${topic}/${queue.queueId}`)
  }

  #queueOf(topic: string, queueId: number): Queue {
    const name = `${topic}/${queueId}`
    const queue = this.#queues.get(name) ?? {
      topic,
      queueId,
      bodies: [],
      positions: [],
      required: 0,
      requiredInMemory: 0,
      mayBeGone: false,
    }
    this.#queues.set(name, queue)
    return queue
  }
}

/** An answered message: its queue has so many messages with it, and its record lies there. */
interface Answer {
  readonly queue: Queue
  readonly count: number
  readonly physicalOffset: number
}

/** A store from its start to its end, which comes at the `callsLeft`th change of a file. */
class Life {
  readonly settings: Partial<StoreConfig>
  store!: MessageStore
  isDead = false
  isChecking = false
  skewMs = 0
  failure: unknown
  onLoss: (phase: Phase) => void = () => undefined
  readonly #files: SimulatedFiles
  readonly #random: Random
  readonly #simulated: SimulatedClock
  readonly #clock: Clock
  readonly #answers: Answer[] = []
  #callsLeft: number
  #phase: Phase = 'opening'
  #after: SimulatedFiles | undefined

  constructor(
    files: SimulatedFiles,
    random: Random,
    nowMs: number,
    callsLeft: number,
    settings: Partial<StoreConfig> = {},
  ) {
    this.#files = files
    this.#random = random
    this.#callsLeft = callsLeft
    this.settings = {
      ...settings,
      flushDiskType: random.below(2) === 0 ? 'SYNC_FLUSH' : 'ASYNC_FLUSH',
      flushConsumeQueueThoroughInterval: [10, 2000, 60_000][random.below(3)] ?? 10,
      hotLogBytesMax: random.below(2) === 0 ? 1 : 1_000_000,
    }
    const simulated = new SimulatedClock(nowMs)
    this.#simulated = simulated
    this.#clock = {
      now: () => simulated.now() + this.skewMs,
      monotonicMs: () => simulated.monotonicMs(),
      setTimeout: (callback, ms) => simulated.setTimeout(callback, ms),
      setInterval: (callback, ms) => simulated.setInterval(callback, ms),
      setImmediate: (callback) => simulated.setImmediate(callback),
    }
    files.fault = (call) => {
      // Reading and the opening of files for it change nothing.
      if (call !== 'read' && !this.isChecking && this.#callsLeft-- === 0) this.losePower()
      return this.isDead ? 'EIO' : undefined
    }
    files.beforeSync = () => {
      const done = deferred()
      simulated.setTimeout(() => done.resolve(), random.below(3))
      return done.promise
    }
  }

  get nowMs(): number {
    return this.#clock.now()
  }

  /** False: power was lost before it was open. */
  async open(): Promise<boolean> {
    const opening = openSmall(this.#files, this.settings, { clock: this.#clock })
    const store = await this.finish(opening)
    if (store === undefined) return false
    this.store = store
    this.#phase = 'working'
    return true
  }

  async close(): Promise<void> {
    this.#phase = 'closing'
    await this.finish(this.store[Symbol.asyncDispose]())
  }

  answer(queue: Queue, count: number, physicalOffset: number): void {
    this.#answers.push({ queue, count, physicalOffset })
  }

  /** The process ends, the machine does not: everything answered is there as long as it has power. */
  kill(): void {
    this.#require()
    for (const { queue, count } of this.#answers) queue.requiredInMemory = Math.max(queue.requiredInMemory, count)
    this.isDead = true
  }

  /** From now on nothing reaches the disk, and answers do not count. */
  losePower(): void {
    if (this.isDead) return
    this.#require()
    this.isDead = true
    this.#after = this.#files.losePower(this.#random)
    this.onLoss(this.#phase)
  }

  /** What was answered with SYNC_FLUSH, or flushed since, survives anything. */
  #require(): void {
    const isSync = this.settings.flushDiskType === 'SYNC_FLUSH'
    const flushed = this.#phase === 'opening' ? 0 : this.store.flushedOffset
    for (const { queue, count, physicalOffset } of this.#answers) {
      if (isSync || physicalOffset < flushed) queue.required = Math.max(queue.required, count)
    }
  }

  filesAfter(): SimulatedFiles {
    return this.#after ?? this.#files.copyAll()
  }

  async advance(ms: number): Promise<void> {
    await this.#simulated.advance(ms)
    if (this.failure !== undefined && !this.isDead) throw this.failure
  }

  /** Moves time until `work` ends; `undefined` when power was lost before. */
  async finish<Value>(work: Promise<Value>): Promise<Value | undefined> {
    let isSettled = false
    const settled = work.finally(() => {
      isSettled = true
    })
    settled.catch(() => undefined)
    for (let ms = 0; !isSettled && !this.isDead; ms++) {
      if (ms === ENDED_MS_MAX) throw new Error('it does not end')
      await this.advance(1)
    }
    return this.isDead ? undefined : settled
  }
}

function brief(bodies: readonly (string | undefined)[]): string {
  return `[${bodies.map((body) => body?.slice(0, body.indexOf(':')) ?? '-').join()}]`
}
