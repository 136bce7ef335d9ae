// Hot path: makes every message readable.

import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { QueueWriter } from '../consume-queue/queue-writer.ts'
import type { ArrivalListener } from '../message-store.ts'
import type { AppendedRecord } from './append-group.ts'

/**
 * Gives written records their queue entries and tells who waits for messages. An index of keys would be fed here as well.
 * Apache: `ReputMessageService`, `CommitLogDispatcherBuildConsumeQueue` (5.3.3), which read the log again for it.
 */
export class Dispatcher {
  readonly #writer: QueueWriter
  readonly #logger: Logger
  #listener: ArrivalListener | undefined
  /** Store time of the newest message with all its entries. */
  newestTimestamp = 0

  constructor(writer: QueueWriter, logger: Logger) {
    this.#writer = writer
    this.#logger = logger
  }

  onArrival(listener: ArrivalListener): void {
    this.#listener = listener
  }

  /** First all entries, then all arrivals, so that whoever is woken finds everything. */
  dispatch(records: readonly AppendedRecord[]): void {
    for (const record of records) {
      const { queue } = record
      this.newestTimestamp = record.storeTimestamp
      if (!record.hasQueueEntry || queue.dropped) continue
      queue.put(record.physicalOffset, record.size, record.tagsCode)
      this.#writer.added(queue)
    }
    const listener = this.#listener
    if (listener === undefined) return
    for (const { hasQueueEntry, queue, queueOffset, tagsCode, storeTimestamp, size } of records) {
      if (!hasQueueEntry) continue
      try {
        listener(queue.topic, queue.queueId, queueOffset, tagsCode, storeTimestamp, size)
      } catch (failure) {
        this.#logger.error('the arrival listener threw', { reason: textOf(failure) })
      }
    }
  }
}
