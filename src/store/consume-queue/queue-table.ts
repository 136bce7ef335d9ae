import { join } from 'node:path'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { ConsumeQueue, type HotLog } from './consume-queue.ts'
import { ENTRY_BYTES } from './entry.ts'

/** Longest topic of a V2 record that a folder can be named after. */
const TOPIC_BYTES_MAX = 255

/** Light message queues hold entries of other topics' records. */
const LIGHT_QUEUE_PREFIX = '%LMQ%'

/** All consume queues. Folders: `consumequeue/<topic>/<queueId>/`. Apache: `ConsumeQueueStore` (5.3.3). */
export class QueueTable {
  readonly #directory: string
  readonly #fileBytes: number
  readonly #open: OpenFiles
  readonly #log: HotLog
  readonly #topics = new Map<string, Map<number, ConsumeQueue>>()
  /** Topics whose queues are batch consume queues: a folder of the other kind would keep Apache's broker from starting. */
  readonly #batchTopics: ReadonlySet<string>
  #serial = 0

  private constructor(
    directory: string,
    fileBytes: number,
    open: OpenFiles,
    log: HotLog,
    batchTopics: ReadonlySet<string>,
  ) {
    this.#directory = directory
    this.#fileBytes = fileBytes
    this.#open = open
    this.#log = log
    this.#batchTopics = batchTopics
  }

  /**
   * Takes over the folders below `root`.
   * @throws RMQ_STORE_FILE_LENGTH
   * @throws RMQ_STORE_STRAY_FILE
   */
  static load(root: string, settingBytes: number, open: OpenFiles, log: HotLog): QueueTable {
    const directory = join(root, 'consumequeue')
    const fileBytes = Math.ceil(settingBytes / ENTRY_BYTES) * ENTRY_BYTES
    const batchTopics = open.files.list(join(root, 'batchconsumequeue')).map((entry) => entry.name)
    const table = new QueueTable(directory, fileBytes, open, log, new Set(batchTopics))
    for (const topic of open.files.list(directory)) {
      if (!topic.isDirectory) continue
      for (const { name, isDirectory } of open.files.list(join(directory, topic.name))) {
        if (isDirectory && /^\d{1,9}$/.test(name)) table.#add(topic.name, Number(name))
      }
    }
    return table
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

  /** Removes a topic's queues and their files. */
  drop(topic: string): void {
    for (const queue of this.#topics.get(topic)?.values() ?? []) queue.drop()
    this.#topics.delete(topic)
    this.#open.files.remove(join(this.#directory, topic))
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
    }
    const files = SegmentFiles.load(layout, this.#open)
    const [sibling] = queues.values()
    const topicBytes = sibling?.topicBytes ?? Buffer.from(topic)
    const queue = new ConsumeQueue(topic, topicBytes, queueId, this.#serial++, files, this.#log)
    queues.set(queueId, queue)
    return queue
  }
}

/** Whether a topic is a light message queue, whose entries belong to records of other topics. */
export function isLightQueue(topic: string): boolean {
  return topic.startsWith(LIGHT_QUEUE_PREFIX)
}
