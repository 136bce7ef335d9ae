import { join } from 'node:path'
import { isLightName } from '../../message/index.ts'
import type { StoreConfig } from '../config.ts'
import { storeErrors } from '../errors.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { ConsumeQueue } from './consume-queue.ts'
import { ENTRY_FORMS, type QueueKind } from './entry.ts'
import type { HotLog } from './entry-files.ts'
import {
  isFolderName,
  QUEUE_FOLDERS,
  type QueueFileSizes,
  queueIdsOf,
  queueLayout,
  topicFolders,
  UNITS_FOLDER,
  unitsLayout,
} from './queue-folders.ts'

/** Ours: where a folder of a topic lies while it is being removed. */
const LEFT_OVERS = 'dropped-topic.rocketstream'

/** All folders with files of queues; those whose entries make a queue are the last. */
const FOLDERS = [UNITS_FOLDER, ...Object.values(QUEUE_FOLDERS)]

/**
 * A queue as a clean stop left it: `lastChangeMs` is that of its last file, 0 when it has none; `entries` only where
 * they are not the messages.
 */
export type QueueLeft = readonly [
  topic: string,
  queueId: number,
  min: number,
  max: number,
  lastChangeMs: number,
  entries?: number,
]

/** What a {@link QueueTable} works with. */
export interface QueueTableParts {
  /** The store's directory. */
  readonly root: string
  readonly config: QueueFileSizes & Pick<StoreConfig, 'enableConsumeQueueExt'>
  readonly open: OpenFiles
  readonly log: HotLog
  /** The kind of a topic's queues; `undefined`: the one whose folder there is, else simple. */
  readonly kindOf?: ((topic: string) => QueueKind | undefined) | undefined
  /** Whether messages can name light queues. Default: false. */
  readonly keepsLightQueues?: boolean
  /** True: the last stop was a crash, which may have left files too short. Default: false. */
  readonly afterCrash?: boolean
}

/**
 * All consume queues. Folders: `consumequeue/<topic>/<queueId>/`, those of batch queues `batchconsumequeue/…`.
 * Apache: `ConsumeQueueStore` (5.3.3).
 */
export class QueueTable {
  readonly #parts: QueueTableParts
  readonly #topics = new Map<string, Map<number, ConsumeQueue>>()
  /** Topics with a folder of batch queues. */
  readonly #batchTopics = new Set<string>()
  #serial = 0
  #lightQueues = 0

  private constructor(parts: QueueTableParts) {
    this.#parts = parts
  }

  /**
   * A table without queues for the folders below `root`.
   * @throws RMQ_STORE_QUEUE_KIND  a topic has a folder of the kind that its queues are not
   */
  static empty(parts: QueueTableParts): QueueTable {
    const table = new QueueTable(parts)
    for (const topic of topicFolders(parts.root, 'batch', parts.open.files)) table.#batchTopics.add(topic)
    if (parts.kindOf !== undefined || table.#batchTopics.size > 0) table.#checkKinds()
    return table
  }

  /**
   * Takes over the folders as they are.
   * @throws RMQ_STORE_FILE_LENGTH
   * @throws RMQ_STORE_STRAY_FILE
   */
  load(): void {
    this.#topics.clear()
    this.#lightQueues = 0
    const { files } = this.#parts.open
    const { root } = this.#parts
    const withUnits = new Set(files.list(join(root, UNITS_FOLDER)).map((entry) => entry.name))
    for (const kind of ['simple', 'batch'] as const) {
      for (const topic of topicFolders(root, kind, files)) {
        for (const queueId of queueIdsOf(root, kind, topic, files)) {
          const queue = this.#add(topic, queueId, kind)
          queue.load()
          if (withUnits.has(topic)) queue.units.load()
        }
      }
    }
  }

  /** Takes over the queues that a clean stop noted; false when somebody has changed one since, or it is not there. */
  takeAsLeft(left: readonly QueueLeft[], logStart: number): boolean {
    for (const [topic, queueId, min, max, lastChangeMs, entries] of left) {
      const queue = this.#add(topic, queueId, this.kindOf(topic))
      // A note of a simple queue says nothing of a batch queue, and the other way round.
      if ((queue.kind === 'batch') !== (entries !== undefined)) return false
      queue.takeAsLeft(min, max, entries ?? max, logStart)
      if ((queue.entries.lastChangeMs() ?? 0) !== lastChangeMs) return false
    }
    return true
  }

  /** The queues with messages, for a clean stop to note. All must be in their files. */
  toLeave(): QueueLeft[] {
    const left: QueueLeft[] = []
    for (const { topic, queueId, min, max, kind, entries } of this) {
      if (max === 0) continue
      const lastChangeMs = entries.lastChangeMs() ?? 0
      if (kind === 'simple') left.push([topic, queueId, min, max, lastChangeMs])
      else left.push([topic, queueId, min, max, lastChangeMs, entries.end])
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

  /** How many light queues there are. */
  get lightQueues(): number {
    return this.#lightQueues
  }

  /** Whether records are to be asked for light queues: the store is told to keep such, or has some. */
  get keepsLightQueues(): boolean {
    return this.#parts.keepsLightQueues === true || this.#lightQueues > 0
  }

  /** The kind of a topic's queues. */
  kindOf(topic: string): QueueKind {
    return this.#parts.kindOf?.(topic) ?? (this.#batchTopics.has(topic) ? 'batch' : 'simple')
  }

  /**
   * For recovery: a record of the topic is an inner batch. Where nobody else tells the kind of its queues this does;
   * true when they were taken for simple ones so far, which are gone now.
   */
  becomesBatch(topic: string): boolean {
    if (this.#batchTopics.has(topic) || this.#parts.kindOf?.(topic) !== undefined) return false
    const isKnown = this.#topics.has(topic)
    this.drop(topic)
    this.#batchTopics.add(topic)
    return isKnown
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
   * Removes a topic's queues and their files. Each folder goes in one step, so that a crash leaves all of it or
   * nothing; what is left of it elsewhere is removed then, or by {@link removeLeftOvers}.
   */
  drop(topic: string): void {
    for (const queue of this.#topics.get(topic)?.values() ?? []) queue.drop()
    if (this.#topics.delete(topic) && isLightName(topic)) this.#lightQueues--
    this.#batchTopics.delete(topic)
    // A start after a crash drops the rest with the folders whose entries make a queue.
    for (const folder of FOLDERS) this.#removeFolder(folder, topic)
  }

  /** Removes what a crash left of a dropped topic. */
  removeLeftOvers(): void {
    const { root, open } = this.#parts
    open.files.remove(join(root, LEFT_OVERS))
  }

  /** Resolves when the dropping of topics would survive a loss of power. */
  async syncNames(): Promise<void> {
    const { root, open } = this.#parts
    for (const folder of FOLDERS) await open.names.sync(join(root, folder))
  }

  #removeFolder(folder: string, topic: string): void {
    const { root, open } = this.#parts
    const path = join(root, folder, topic)
    if (open.files.facts(path) === undefined) return
    this.removeLeftOvers()
    open.files.rename(path, join(root, LEFT_OVERS))
    open.names.changed(join(root, folder))
    open.names.changed(root)
    this.removeLeftOvers()
  }

  #addChecked(topic: string, queueId: number): ConsumeQueue | undefined {
    if (!isFolderName(topic)) return undefined
    if (!Number.isInteger(queueId) || queueId < 0 || queueId > 999_999_999) return undefined
    return this.#add(topic, queueId, this.kindOf(topic))
  }

  #add(topic: string, queueId: number, kind: QueueKind): ConsumeQueue {
    let queues = this.#topics.get(topic)
    if (queues === undefined) {
      queues = new Map()
      this.#topics.set(topic, queues)
      if (isLightName(topic)) this.#lightQueues++
    }
    const { root, open, log, config, afterCrash = false } = this.#parts
    const [sibling] = queues.values()
    const topicBytes = sibling?.topicBytes ?? Buffer.from(topic)
    const serial = this.#serial++
    const queue = new ConsumeQueue({
      topic,
      topicBytes,
      queueId,
      serial,
      form: ENTRY_FORMS[kind],
      layout: { ...queueLayout(root, kind, { topic, queueId }, config), afterCrash },
      extLayout: { ...unitsLayout(root, { topic, queueId }, config), afterCrash },
      putsUnits: config.enableConsumeQueueExt && !isLightName(topic),
      open,
      log,
    })
    queues.set(queueId, queue)
    return queue
  }

  /** Two kinds of queues for one topic would give two answers; Apache's broker does not start then, either. */
  #checkKinds(): void {
    const { root, open } = this.#parts
    for (const kind of ['simple', 'batch'] as const) {
      for (const topic of topicFolders(root, kind, open.files)) {
        const expected = this.kindOf(topic)
        if (kind === expected) continue
        const path = join(root, QUEUE_FOLDERS[kind], topic)
        if (queueIdsOf(root, kind, topic, open.files).length > 0)
          throw storeErrors.RMQ_STORE_QUEUE_KIND({ path, topic, kind, expected })
      }
    }
  }
}
