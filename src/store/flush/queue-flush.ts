import { nextTurn } from '../../base/async/index.ts'
import { type Logger, Trouble } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import type { Dispatcher } from '../append/dispatcher.ts'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { StoreConfig } from '../config.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import type { QueueWriter } from '../consume-queue/queue-writer.ts'
import { storeErrors } from '../errors.ts'
import { catchUp } from '../index-file/catch-up.ts'
import type { IndexFiles } from '../index-file/index-files.ts'
import type { WriteGate } from '../retention/write-gate.ts'
import type { NewNames } from '../segments/new-names.ts'

/**
 * Passes in which a queue could not be written, one after the other, until messages are refused: entries that wait fill
 * the memory. Apache: `ConsumeQueue.putMessagePositionInfoWrapper`, which tries 30 times.
 */
const FAILED_PASSES_MAX = 30

/**
 * Bytes of log after which queue entries are brought to the disk before the minute is over: a start after a crash reads
 * them.
 */
const THOROUGH_LOG_BYTES = 1024 * 1024 * 1024

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
  /** Shut while queues cannot be written for long. */
  readonly gate: WriteGate
  readonly clock: Clock
  readonly logger: Logger
  readonly config: StoreConfig
}

/**
 * Brings queue entries to their files every second and to the disk every minute, or sooner when much was stored, and
 * keeps the checkpoint: its time for queues is that of entries which are on the disk. Apache:
 * `FlushConsumeQueueService`, `StoreCheckpoint` (5.3.3).
 */
export class QueueFlush {
  readonly #parts: QueueFlushParts
  #timer: Timer | undefined
  #thoroughMs: number
  /** Up to there the log's entries were to be on the disk when that was done last. */
  #thoroughEnd: number
  #running: Promise<void> | undefined
  readonly #flushing: Trouble
  /** Passes one after the other that could not write all queues. */
  #failedPasses = 0

  constructor(parts: QueueFlushParts) {
    this.#parts = parts
    this.#flushing = new Trouble(parts.logger, 'flushing the consume queues', 'it is tried again')
    this.#thoroughMs = parts.clock.monotonicMs()
    this.#thoroughEnd = parts.dispatcher.end
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
    // What an index cannot do must not keep the queues from the disk.
    let indexFailure: unknown
    await this.#restoreIndex()
    await index?.flush().catch((failure: unknown) => {
      indexFailure = failure
    })
    if (!(await this.#writeWaiting())) throw storeErrors.RMQ_STORE_WRITE_FAILED({ what: 'consume queues' })
    await writer.datasync(syncsAtOnce)
    await names.sync()
    checkpoint.queuesReached(newestTimestamp, clockSteps)
    this.writeCheckpoint()
    await checkpoint.datasync()
    if (indexFailure !== undefined) throw indexFailure
  }

  /**
   * {@link flushAll}, now, apart from the passes; resolves to the log position up to which all entries are on the disk.
   */
  async flushNow(): Promise<number> {
    while (this.#running !== undefined) await this.#running
    const { end } = this.#parts.dispatcher
    const flushing = this.flushAll()
    this.#running = flushing
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined
      })
    await flushing
    return end
  }

  writeCheckpoint(): void {
    const { checkpoint, log } = this.#parts
    checkpoint.logReached(log.flushedTimestamp, log.flushedClockSteps)
    checkpoint.write()
  }

  async #restoreIndex(): Promise<void> {
    const { index, log, dispatcher } = this.#parts
    if (index?.lostFrom !== undefined) await catchUp(index, log, () => dispatcher.end)
  }

  #tick(): void {
    this.#running ??= this.#pass().finally(() => {
      this.#running = undefined
    })
  }

  async #pass(): Promise<void> {
    const { clock, config, queues, index, dispatcher } = this.#parts
    try {
      await this.#restoreIndex()
      const now = clock.monotonicMs()
      const isMuch = dispatcher.end - this.#thoroughEnd >= THOROUGH_LOG_BYTES
      if (isMuch || now - this.#thoroughMs >= config.flushConsumeQueueThoroughInterval) {
        this.#thoroughMs = now
        this.#thoroughEnd = dispatcher.end
        for (const queue of queues) queue.rest()
        await this.flushAll()
      } else {
        await this.#writeWaiting()
        index?.writeEntries()
        this.writeCheckpoint()
      }
      this.#flushing.worked()
    } catch (failure) {
      this.#flushing.failed(failure)
    }
  }

  /** Writes the queues that wait now, some in each turn of the event loop; false when one could not be written. */
  async #writeWaiting(): Promise<boolean> {
    const { writer, clock } = this.#parts
    let hasFailed = false
    for (let left = writer.waiting; left > 0; ) {
      const { tried, failed } = writer.writeSome()
      hasFailed ||= failed > 0
      left -= tried
      if (left <= 0 || tried === failed) break
      await nextTurn(clock)
    }
    this.#failedPasses = hasFailed ? this.#failedPasses + 1 : 0
    this.#parts.gate.set('queues-not-written', this.#failedPasses >= FAILED_PASSES_MAX)
    return !hasFailed
  }
}
