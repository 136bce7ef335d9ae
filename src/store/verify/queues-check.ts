// Hot path: every record of the log asks here for its queue.

import { isLightName } from '../../message/index.ts'
import type { DroppedTopics } from '../checkpoint/dropped-topics.ts'
import type { QueueKind } from '../consume-queue/entry.ts'
import { LIGHT_QUEUE_ID } from '../consume-queue/light-names.ts'
import {
  isFolderName,
  type QueueFileSizes,
  queueIdsOf,
  queueLayout,
  topicFolders,
  unitsLayout,
} from '../consume-queue/queue-folders.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import type { ExpectedEntry } from './expected-entry.ts'
import type { Findings } from './findings.ts'
import { QueueCheck } from './queue-check.ts'

/** What a {@link QueuesCheck} works with. */
export interface QueuesCheckParts {
  /** The store's. */
  readonly directory: string
  readonly open: OpenFiles
  readonly sizes: QueueFileSizes
  /** Whether the store is told to keep light queues; those that there are get checked in any case. */
  readonly keepsLightQueues: boolean
  readonly logStart: number
  readonly isClean: boolean
  readonly dropped: DroppedTopics
  /** Topics that a broker knows; records of others were deleted with their topic. Absent: none were. */
  readonly known: ReadonlySet<string> | undefined
  readonly problems: Findings
  readonly pending: Findings
}

/** Checks all consume queues against the log. */
export class QueuesCheck {
  readonly #parts: QueuesCheckParts
  readonly #hasLightQueues: boolean
  readonly #topics = new Map<string, Map<number, QueueCheck>>()
  /** Queue → records without one. */
  readonly #lacking = new Map<string, number>()

  constructor(parts: QueuesCheckParts) {
    this.#parts = parts
    const { directory, open, problems } = parts
    for (const kind of ['simple', 'batch'] as const) {
      for (const topic of topicFolders(directory, kind, open.files)) {
        const ids = queueIdsOf(directory, kind, topic, open.files)
        if (this.#topics.has(topic) && ids.length > 0)
          problems.add(`${topic} has queues of both kinds, with which Apache’s broker does not start`)
        const queues = new Map(ids.map((queueId) => [queueId, this.#load(kind, topic, queueId)]))
        if (queues.size > 0) this.#topics.set(topic, queues)
      }
    }
    this.#hasLightQueues = parts.keepsLightQueues || [...this.#topics.keys()].some(isLightName)
  }

  /** Whether records are to be asked for light queues. */
  get hasLightQueues(): boolean {
    return this.#hasLightQueues
  }

  isBatch(topic: string): boolean {
    const [queue] = this.#topics.get(topic)?.values() ?? []
    return queue?.kind === 'batch'
  }

  find(topic: string, queueId: number): QueueCheck | undefined {
    return this.#topics.get(topic)?.get(queueId)
  }

  /** Judges the entry of a record, whose queue {@link find} found if there is one. */
  record(queue: QueueCheck | undefined, topic: string, queueId: number, expected: ExpectedEntry): void {
    const { dropped, known } = this.#parts
    if (!dropped.isEmpty && dropped.has(topic, expected.position)) return
    if (queue !== undefined) queue.record(expected)
    else if (known?.has(topic) !== false) this.#lacks(`${topic}/${queueId}`, expected.position)
  }

  /** Judges the entry of a record in a light queue that it names. */
  lightRecord(name: string, expected: ExpectedEntry): void {
    const { dropped, keepsLightQueues } = this.#parts
    const queue = this.find(name, LIGHT_QUEUE_ID)
    if (dropped.has(name, expected.position)) return
    if (queue !== undefined) queue.record(expected)
    else if (keepsLightQueues && isFolderName(name)) this.#lacks(`${name}/${LIGHT_QUEUE_ID}`, expected.position)
  }

  /** To be called behind the last record of the log, which ends there. */
  end(logEnd: number): void {
    for (const [, , queue] of this) queue.end(logEnd)
    for (const [name, records] of this.#lacking)
      this.#parts.pending.add(`${name}: ${records} records have no queue yet`)
  }

  /** Every queue with its name. */
  *[Symbol.iterator](): Generator<readonly [topic: string, queueId: number, queue: QueueCheck]> {
    for (const [topic, queues] of this.#topics) {
      for (const [queueId, queue] of queues) yield [topic, queueId, queue]
    }
  }

  /** Queues with entries. */
  get count(): number {
    return [...this].filter(([, , queue]) => queue.max > 0).length
  }

  /** Entries that lead to records of the log. */
  get entries(): number {
    return [...this].reduce((sum, [, , { entries }]) => sum + entries, 0)
  }

  #lacks(name: string, position: number): void {
    const { isClean, problems } = this.#parts
    if (isClean) problems.add(`log position ${position}: there is no queue ${name}`)
    else this.#lacking.set(name, (this.#lacking.get(name) ?? 0) + 1)
  }

  #load(kind: QueueKind, topic: string, queueId: number): QueueCheck {
    const { directory, open, sizes, logStart, isClean, problems, pending } = this.#parts
    const folder = { topic, queueId }
    const files = SegmentFiles.inspect(queueLayout(directory, kind, folder, sizes), open, problems.add)
    const units = (): SegmentFiles => SegmentFiles.inspect(unitsLayout(directory, folder, sizes), open, problems.add)
    return new QueueCheck({ name: `${topic}/${queueId}`, kind, files, units, logStart, isClean, problems, pending })
  }
}
