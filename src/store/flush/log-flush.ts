import { type Logger, Trouble } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { StoreConfig } from '../config.ts'

const PAGE_BYTES = 4096

/** Brings the log to the disk, one sync at a time. Apache: `CommitLog.FlushRealTimeService` (5.3.3). */
export class LogFlush {
  readonly #log: CommitLog
  readonly #clock: Clock
  readonly #trouble: Trouble
  readonly #config: StoreConfig
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #lastMs: number

  constructor(log: CommitLog, clock: Clock, logger: Logger, config: StoreConfig) {
    this.#log = log
    this.#clock = clock
    this.#trouble = new Trouble(logger, 'flushing the commit log', 'it is tried again')
    this.#config = config
    this.#lastMs = clock.monotonicMs()
  }

  /** Flushes by time from now on. */
  start(): void {
    this.#timer = this.#clock.setInterval(() => this.#tick(), this.#config.flushIntervalCommitLog, { background: true })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** Resolves when all that is written now is on the disk; rejects when the disk refuses. */
  async flush(): Promise<void> {
    const target = this.#log.written
    while (this.#log.flushed < target) {
      this.#running ??= this.#once()
      await this.#running
    }
  }

  async #once(): Promise<void> {
    try {
      await this.#log.datasync()
      this.#lastMs = this.#clock.monotonicMs()
      this.#trouble.worked()
    } catch (failure) {
      this.#trouble.failed(failure)
      throw failure
    } finally {
      this.#running = undefined
    }
  }

  #tick(): void {
    const dirtyPages = (this.#log.written - this.#log.flushed) / PAGE_BYTES
    if (dirtyPages === 0 || this.#running !== undefined) return
    const isDue = this.#clock.monotonicMs() - this.#lastMs >= this.#config.flushCommitLogThoroughInterval
    if (dirtyPages < this.#config.flushCommitLogLeastPages && !isDue) return
    // A failure has been told of; the next tick tries again.
    this.flush().catch(() => undefined)
  }
}
