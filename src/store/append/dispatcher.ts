// Hot path: makes every message readable.

import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { QueueWriter } from '../consume-queue/queue-writer.ts'
import type { IndexFiles } from '../index-file/index-files.ts'
import type { ArrivalListener } from '../message-store.ts'
import type { AppendGroup } from './append-group.ts'

/**
 * Gives written records their entries in queues and index, and tells who waits for messages. Apache:
 * `ReputMessageService`, `CommitLogDispatcherBuildConsumeQueue`, `CommitLogDispatcherBuildIndex` (5.3.3), which read
 * the log again for it.
 */
export class Dispatcher {
  readonly #writer: QueueWriter
  readonly #index: IndexFiles | undefined
  readonly #logger: Logger
  #listener: ArrivalListener | undefined
  /** Store time of the newest message with all its entries. */
  newestTimestamp = 0
  /** How often the clock had stepped back then. */
  clockSteps = 0
  /** Log position up to which every record has its entries. */
  end: number

  /** `end` is where the log ended when it was opened. */
  constructor(writer: QueueWriter, index: IndexFiles | undefined, end: number, logger: Logger) {
    this.end = end
    this.#writer = writer
    this.#index = index
    this.#logger = logger
  }

  onArrival(listener: ArrivalListener): void {
    this.#listener = listener
  }

  /** First all entries, then all arrivals, so that whoever is woken finds everything. */
  dispatch({ records, keyHashes, clockSteps }: AppendGroup): void {
    let nextHash = 0
    if (records.length > 0) this.clockSteps = clockSteps
    for (const record of records) {
      const { queue } = record
      this.newestTimestamp = record.storeTimestamp
      this.end = record.physicalOffset + record.size
      for (const end = nextHash + record.keys; nextHash < end; nextHash++) {
        this.#index?.put(keyHashes[nextHash] as number, record.physicalOffset, record.storeTimestamp)
      }
      if (!record.hasQueueEntry) continue
      if (!queue.dropped) {
        queue.put(record)
        this.#writer.added(queue)
      }
      for (const light of record.lights) {
        if (light.queue.dropped) continue
        light.queue.put(record)
        this.#writer.added(light.queue)
      }
    }
    const listener = this.#listener
    if (listener === undefined) return
    for (const { hasQueueEntry, queue, queueOffset, tagsCode, storeTimestamp, size, messages, lights } of records) {
      if (!hasQueueEntry) continue
      try {
        listener(queue.topic, queue.queueId, queueOffset, tagsCode, storeTimestamp, size, messages)
        for (const light of lights) {
          listener(light.queue.topic, light.queue.queueId, light.queueOffset, tagsCode, storeTimestamp, size, 0)
        }
      } catch (failure) {
        this.#logger.error('the arrival listener threw', { reason: textOf(failure) })
      }
    }
  }
}
