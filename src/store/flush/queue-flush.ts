import { deferred } from '../../base/async/index.ts'
import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import type { Dispatcher } from '../append/dispatcher.ts'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { StoreConfig } from '../config.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import type { QueueWriter } from '../consume-queue/queue-writer.ts'
import { storeErrors } from '../errors.ts'
import type { IndexFiles } from '../index-file/index-files.ts'
import type { NewNames } from '../segments/new-names.ts'

/** What a {@link QueueFlush} works with. */
export interface QueueFlushParts {
  readonly log: CommitLog
  readonly queues: QueueTable
  readonly index: IndexFiles | undefined
  readonly writer: QueueWriter
  readonly dispatcher: Dispatcher
  readonly checkpoint: Checkpoint
  /** Of new queue and index files. */
  readonly names: NewNames
  readonly clock: Clock
  readonly logger: Logger
  readonly config: StoreConfig
}

/**
 * Brings queue entries to their files every second and to the disk every minute, and keeps the checkpoint: its time for queues
 * is that of entries which are on the disk. Apache: `FlushConsumeQueueService`, `StoreCheckpoint` (5.3.3).
 */
export class QueueFlush {
  readonly #parts: QueueFlushParts
  #timer: Timer | undefined
  #thoroughMs: number
  #running: Promise<void> | undefined

  constructor(parts: QueueFlushParts) {
    this.#parts = parts
    this.#thoroughMs = parts.clock.monotonicMs()
  }

  start(): void {
    const { clock, config } = this.#parts
    this.#timer = clock.setInterval(() => this.#tick(), config.flushIntervalConsumeQueue, { background: true })
  }

  /** Resolves when no pass is running any more. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#running
  }

  /** Resolves when all entries and the checkpoint that says so are on the disk; rejects when the disk refuses. */
  async flushAll(syncsAtOnce = 1): Promise<void> {
    const { writer, index, dispatcher, checkpoint, names } = this.#parts
    const { newestTimestamp, clockSteps } = dispatcher
    await index?.flush()
    if (!(await this.#writeWaiting())) throw storeErrors.RMQ_STORE_WRITE_FAILED({ what: 'consume queues' })
    await writer.datasync(syncsAtOnce)
    await names.sync()
    checkpoint.queuesReached(newestTimestamp, clockSteps)
    this.writeCheckpoint()
    await checkpoint.datasync()
  }

  writeCheckpoint(): void {
    const { checkpoint, log } = this.#parts
    checkpoint.logReached(log.flushedTimestamp, log.flushedClockSteps)
    checkpoint.write()
  }

  #tick(): void {
    this.#running ??= this.#pass().finally(() => {
      this.#running = undefined
    })
  }

  async #pass(): Promise<void> {
    const { clock, config, queues, index } = this.#parts
    try {
      const now = clock.monotonicMs()
      if (now - this.#thoroughMs >= config.flushConsumeQueueThoroughInterval) {
        this.#thoroughMs = now
        for (const queue of queues) queue.rest()
        await this.flushAll()
        return
      }
      await this.#writeWaiting()
      index?.writeEntries()
      this.writeCheckpoint()
    } catch (failure) {
      this.#parts.logger.error('flushing the consume queues failed; it is tried again', { reason: textOf(failure) })
    }
  }

  /** Writes the queues that wait now, some in each turn of the event loop; false when one could not be written. */
  async #writeWaiting(): Promise<boolean> {
    const { writer, clock } = this.#parts
    for (let left = writer.waiting; left > 0; ) {
      const count = writer.writeSome()
      if (count === 0) return false
      left -= count
      if (left <= 0) break
      const turn = deferred()
      clock.setImmediate(() => turn.resolve())
      await turn.promise
    }
    return true
  }
}
