import { join } from 'node:path'
import type { OpenFiles } from '../segments/open-files.ts'
import { ConsumeQueue, type HotLog } from './consume-queue.ts'
import { ENTRY_BYTES } from './entry.ts'

/** Longest topic of a V2 record that a folder can be named after. */
const TOPIC_BYTES_MAX = 255

/** Light message queues hold entries of other topics' records. */
const LIGHT_QUEUE_PREFIX = '%LMQ%'

/** Ours: where the folder of a topic lies while it is being removed. */
const LEFT_OVERS = 'dropped-topic.rocketstream'

/** A queue as a clean stop left it: `lastChangeMs` is that of its last file. */
export type QueueLeft = readonly [topic: string, queueId: number, min: number, max: number, lastChangeMs: number]

/** All consume queues. Folders: `consumequeue/<topic>/<queueId>/`. Apache: `ConsumeQueueStore` (5.3.3). */
export class QueueTable {
  readonly #root: string
  readonly #directory: string
  readonly #afterCrash: boolean
  readonly #fileBytes: number
  readonly #open: OpenFiles
  readonly #log: HotLog
  readonly #topics = new Map<string, Map<number, ConsumeQueue>>()
  /** Topics whose queues are batch consume queues: a folder of the other kind would keep Apache's broker from starting. */
  readonly #batchTopics: ReadonlySet<string>
  #serial = 0

  private constructor(
    root: string,
    fileBytes: number,
    open: OpenFiles,
    log: HotLog,
    batchTopics: ReadonlySet<string>,
    afterCrash: boolean,
  ) {
    this.#root = root
    this.#directory = join(root, 'consumequeue')
    this.#afterCrash = afterCrash
    this.#fileBytes = fileBytes
    this.#open = open
    this.#log = log
    this.#batchTopics = batchTopics
  }

  /** A table without queues for the folders below `root`. */
  static empty(root: string, settingBytes: number, open: OpenFiles, log: HotLog, afterCrash = false): QueueTable {
    const fileBytes = Math.ceil(settingBytes / ENTRY_BYTES) * ENTRY_BYTES
    const batchTopics = open.files.list(join(root, 'batchconsumequeue')).map((entry) => entry.name)
    return new QueueTable(root, fileBytes, open, log, new Set(batchTopics), afterCrash)
  }

  /**
   * Takes over the folders as they are.
   * @throws RMQ_STORE_FILE_LENGTH
   * @throws RMQ_STORE_STRAY_FILE
   */
  load(): void {
    this.#topics.clear()
    const { files } = this.#open
    for (const topic of files.list(this.#directory)) {
      if (!topic.isDirectory) continue
      for (const { name, isDirectory } of files.list(join(this.#directory, topic.name))) {
        if (isDirectory && /^\d{1,9}$/.test(name)) this.#add(topic.name, Number(name)).load()
      }
    }
  }

  /** Takes over the queues that a clean stop noted; false when somebody has changed one since, or it is not there. */
  takeAsLeft(left: readonly QueueLeft[]): boolean {
    for (const [topic, queueId, min, max, lastChangeMs] of left) {
      const queue = this.#add(topic, queueId)
      queue.takeAsLeft(min, max)
      if (queue.lastChangeMs() !== lastChangeMs) return false
    }
    return true
  }

  /** The queues with messages, for a clean stop to note. All must be in their files. */
  toLeave(): QueueLeft[] {
    const left: QueueLeft[] = []
    for (const queue of this) {
      if (queue.max > 0) left.push([queue.topic, queue.queueId, queue.min, queue.max, queue.lastChangeMs() ?? 0])
    }
    return left
  }

  get(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#topics.get(topic)?.get(queueId)
  }

  /** The queue, new if need be; `undefined` when no folder can have that name. */
  getOrAdd(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#topics.get(topic)?.get(queueId) ?? this.#addChecked(topic, queueId)
  }

  /** Whether the topic has batch consume queues instead. */
  isBatch(topic: string): boolean {
    return this.#batchTopics.has(topic)
  }

  *[Symbol.iterator](): Generator<ConsumeQueue> {
    for (const queues of this.#topics.values()) yield* queues.values()
  }

  /** Topic → queue ids. */
  names(): ReadonlyMap<string, readonly number[]> {
    const names = new Map<string, readonly number[]>()
    for (const [topic, queues] of this.#topics) names.set(topic, [...queues.keys()])
    return names
  }

  /**
   * Removes a topic's queues and their files. They go in one step, so that a crash leaves all of them or none; what is left of
   * them elsewhere is removed then, or by {@link removeLeftOvers}.
   */
  drop(topic: string): void {
    const { files, names } = this.#open
    for (const queue of this.#topics.get(topic)?.values() ?? []) queue.drop()
    this.#topics.delete(topic)
    const folder = join(this.#directory, topic)
    if (files.facts(folder) === undefined) return
    this.removeLeftOvers()
    files.rename(folder, join(this.#root, LEFT_OVERS))
    names.changed(this.#directory)
    names.changed(this.#root)
    this.removeLeftOvers()
  }

  /** Removes what a crash left of a dropped topic. */
  removeLeftOvers(): void {
    this.#open.files.remove(join(this.#root, LEFT_OVERS))
  }

  /** Resolves when the dropping of topics would survive a loss of power. */
  syncNames(): Promise<void> {
    return this.#open.names.sync(this.#directory)
  }

  #addChecked(topic: string, queueId: number): ConsumeQueue | undefined {
    const isName = topic !== '' && topic !== '.' && topic !== '..' && !/[/\\\0]/.test(topic)
    if (!isName || Buffer.byteLength(topic) > TOPIC_BYTES_MAX || this.#batchTopics.has(topic)) return undefined
    if (!Number.isInteger(queueId) || queueId < 0 || queueId > 999_999_999) return undefined
    return this.#add(topic, queueId)
  }

  #add(topic: string, queueId: number): ConsumeQueue {
    let queues = this.#topics.get(topic)
    if (queues === undefined) {
      queues = new Map()
      this.#topics.set(topic, queues)
    }
    const layout = {
      directory: join(this.#directory, topic, String(queueId)),
      fileBytes: this.#fileBytes,
      setting: 'mappedFileSizeConsumeQueue',
      afterCrash: this.#afterCrash,
    }
    const [sibling] = queues.values()
    const topicBytes = sibling?.topicBytes ?? Buffer.from(topic)
    const serial = this.#serial++
    const queue = new ConsumeQueue({ topic, topicBytes, queueId, serial, layout, open: this.#open, log: this.#log })
    queues.set(queueId, queue)
    return queue
  }
}

/** Whether a topic is a light message queue, whose entries belong to records of other topics. */
export function isLightQueue(topic: string): boolean {
  return topic.startsWith(LIGHT_QUEUE_PREFIX)
}
