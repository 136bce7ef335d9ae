// Hot path: every record of the log asks here for its queue.

import { join } from 'node:path'
import type { DroppedTopics } from '../checkpoint/dropped-topics.ts'
import { isLightQueue } from '../consume-queue/queue-table.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import type { Findings } from './findings.ts'
import { QueueCheck } from './queue-check.ts'

/** What a {@link QueuesCheck} works with. */
export interface QueuesCheckParts {
  /** The store's. */
  readonly directory: string
  readonly open: OpenFiles
  /** Length of every queue file. */
  readonly fileBytes: number
  readonly logStart: number
  readonly isClean: boolean
  readonly dropped: DroppedTopics
  /** Topics that a broker knows; records of others were deleted with their topic. Absent: none were. */
  readonly known: ReadonlySet<string> | undefined
  readonly problems: Findings
  readonly pending: Findings
}

const QUEUE_DIRECTORY = 'consumequeue'
const BATCH_QUEUE_DIRECTORY = 'batchconsumequeue'

/** Checks all consume queues against the log. */
export class QueuesCheck {
  readonly #parts: QueuesCheckParts
  readonly #topics = new Map<string, Map<number, QueueCheck>>()
  /** Topics whose queues are of the other kind. */
  readonly #batchTopics: ReadonlySet<string>
  /** Queue → records without one. */
  readonly #lacking = new Map<string, number>()

  constructor(parts: QueuesCheckParts) {
    this.#parts = parts
    const { directory, open, problems } = parts
    const batchTopics = open.files.list(join(directory, BATCH_QUEUE_DIRECTORY)).map((entry) => entry.name)
    this.#batchTopics = new Set(batchTopics)
    for (const { name: topic, isDirectory } of open.files.list(join(directory, QUEUE_DIRECTORY))) {
      if (!isDirectory) continue
      if (this.#batchTopics.has(topic))
        problems.add(`${topic} has queues of both kinds, with which Apache’s broker does not start`)
      const queues = new Map<number, QueueCheck>()
      this.#topics.set(topic, queues)
      for (const queue of open.files.list(join(directory, QUEUE_DIRECTORY, topic))) {
        if (queue.isDirectory && /^\d{1,9}$/.test(queue.name))
          queues.set(Number(queue.name), this.#load(topic, queue.name))
      }
    }
  }

  /** Judges the entry of a record. */
  record(topic: string, queueId: number, offset: number, position: number, size: number, tagsCode: number): void {
    const queue = this.#topics.get(topic)?.get(queueId)
    if (queue !== undefined) {
      if (!this.#parts.dropped.has(topic, position)) queue.record(offset, position, size, tagsCode)
      return
    }
    const { dropped, known, isClean, problems } = this.#parts
    const isGone = dropped.has(topic, position) || known?.has(topic) === false
    if (isGone || this.#batchTopics.has(topic)) return
    const name = `${topic}/${queueId}`
    if (isClean) problems.add(`log position ${position}: there is no queue ${name}`)
    else this.#lacking.set(name, (this.#lacking.get(name) ?? 0) + 1)
  }

  /** To be called behind the last record of the log, which ends there. */
  end(logEnd: number): void {
    for (const [topic, queues] of this.#topics) {
      // Their entries belong to records of other topics.
      if (!isLightQueue(topic)) for (const queue of queues.values()) queue.end(logEnd)
    }
    for (const [name, records] of this.#lacking)
      this.#parts.pending.add(`${name}: ${records} records have no queue yet`)
  }

  /** Every queue with its name, those of light queues left out. */
  *[Symbol.iterator](): Generator<readonly [topic: string, queueId: number, queue: QueueCheck]> {
    for (const [topic, queues] of this.#topics) {
      if (!isLightQueue(topic)) for (const [queueId, queue] of queues) yield [topic, queueId, queue]
    }
  }

  /** Queues with entries. */
  get count(): number {
    return [...this].filter(([, , queue]) => queue.max > 0).length
  }

  /** Entries that lead to records of the log. */
  get entries(): number {
    return [...this].reduce((sum, [, , { min, max }]) => sum + max - min, 0)
  }

  #load(topic: string, queueId: string): QueueCheck {
    const { directory, open, fileBytes, logStart, isClean, problems, pending } = this.#parts
    const layout = {
      directory: join(directory, QUEUE_DIRECTORY, topic, queueId),
      fileBytes,
      setting: 'mappedFileSizeConsumeQueue',
    }
    const files = SegmentFiles.inspect(layout, open, problems.add)
    return new QueueCheck({ name: `${topic}/${queueId}`, files, logStart, isClean, problems, pending })
  }
}
