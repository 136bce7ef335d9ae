import { nextTurn, sleep } from '../../base/async/index.ts'
import { type Logger, Trouble } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { DiskLevel, DiskWatch } from './disk-watch.ts'
import type { RetentionConfig } from './settings.ts'
import type { WriteGate } from './write-gate.ts'

/** Milliseconds until the first look. Apache: `DefaultMessageStore.addScheduleTask`. */
const FIRST_MS = 60_000

/** Looks for which a deletion that somebody asked for counts. Apache: `MAX_MANUAL_DELETE_FILE_TIMES`. */
const ASKED_TIMES = 20

/** Milliseconds for which queues and index are looked through before other work gets its turn. */
const TURN_MS = 5

const HOUR_MS = 3_600_000

/** Something whose files follow the beginning of the log: a queue, the index, whatever else points to records. */
export interface LogFollower {
  /** Removes files all of whose records lie before `logStart`, but never the last; returns or resolves to how many. */
  removeBefore(logStart: number): number | Promise<number>
}

/** What {@link Retention} works with. */
export interface RetentionParts {
  /** Read at each look, so that a change counts at the next one. */
  readonly config: RetentionConfig
  readonly log: CommitLog
  /** Everything that follows the log now. */
  readonly followers: () => Iterable<LogFollower>
  /** Resolves to the log position up to which all queue entries are on the disk; rejects when the disk refuses them. */
  readonly flushQueues: () => Promise<number>
  readonly watch: DiskWatch
  readonly gate: WriteGate
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Lets old messages leave the store: log files that nobody changed for `fileReservedTime` hours, the oldest first,
 * never the last; then the files of queues and index that point to nothing else. A disk that fills up makes it earlier.
 * Apache: `CleanCommitLogService`, `CleanConsumeQueueService` (5.3.3).
 *
 * Invariant: the log has no gap. What is read while its file is removed is read to the end.
 */
export class Retention {
  readonly #parts: RetentionParts
  readonly #deleting: Trouble
  readonly #following: Trouble
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  readonly #stopping = new AbortController()
  /** Looks left for which somebody asked to delete. */
  #asked = 0
  /** When a deletion failed, monotonic ms; `undefined`: none did. */
  #failedMs: number | undefined
  /** Beginning of the log that all files followed. */
  #followed: number

  constructor(parts: RetentionParts) {
    this.#parts = parts
    this.#followed = parts.log.minimum
    this.#deleting = new Trouble(parts.logger, 'deleting an old file of the log', 'it is tried again')
    this.#following = new Trouble(parts.logger, 'deleting old files of queues or index', 'it is tried again')
  }

  start(): void {
    this.#timer = this.#parts.clock.setTimeout(this.#tick, FIRST_MS, { background: true })
  }

  /** Deletes expired files now and at the next looks, whatever the hour; resolves after the first. */
  deleteExpired(): Promise<void> {
    this.#asked = ASKED_TIMES
    // What cannot be deleted yet, since it is not on the disk, must not wait for the first regular look.
    if (!this.#isStopping) this.#scheduleNext()
    return this.#look()
  }

  /** Resolves when no look is running any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#timer?.cancel()
    await this.#running
  }

  readonly #tick = (): void => {
    if (this.#isStopping) return
    this.#scheduleNext()
    void this.#look()
  }

  #scheduleNext(): void {
    const { clock, config } = this.#parts
    this.#timer?.cancel()
    this.#timer = clock.setTimeout(this.#tick, config.cleanResourceInterval, { background: true })
  }

  #look(): Promise<void> {
    this.#running ??= this.#lookOnce().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #lookOnce(): Promise<void> {
    const level = this.#measure()
    if (this.#isDue(level)) {
      if (this.#asked > 0) this.#asked--
      await this.#deleteLogFiles(level)
    }
    await this.#follow()
  }

  #measure(): DiskLevel {
    const level = this.#parts.watch.look()
    this.#parts.gate.set('disk-nearly-full', level === 'refuse')
    return level
  }

  #isDue(level: DiskLevel): boolean {
    const { clock, config } = this.#parts
    if (level !== 'enough' || this.#asked > 0) return true
    if (this.#failedMs !== undefined && clock.monotonicMs() - this.#failedMs >= config.redeleteHangedFileInterval)
      return true
    const hour = new Date(clock.now()).getHours()
    return config.deleteWhen.split(';').some((part) => Number(part) === hour)
  }

  async #deleteLogFiles(atFirst: DiskLevel): Promise<void> {
    const { log, config, clock, logger, flushQueues } = this.#parts
    const from = log.minimum
    let level = atFirst
    if (!this.#isExpired(isForced(level, config))) return
    // Once a record is gone, nothing but its entry tells which offset its queue had reached. If the disk refuses
    // entries, making room comes first.
    const entriesEnd = await flushQueues().catch(() => Number.POSITIVE_INFINITY)
    try {
      for (let deleted = 0; deleted < config.deleteFileBatchMax; deleted++) {
        if (deleted > 0) await this.#pause()
        if (this.#isStopping || log.fileEnd(log.minimum) > entriesEnd) break
        // Not one file more than the disk needs is deleted before its time.
        if (deleted > 0 && isForced(level, config)) level = this.#measure()
        if (!this.#isExpired(isForced(level, config)) || !(await log.removeOldest())) break
        this.#deleting.worked()
        this.#failedMs = undefined
      }
    } catch (failure) {
      this.#failedMs = clock.monotonicMs()
      this.#deleting.failed(failure, { at: log.minimum })
    }
    if (log.minimum === from) return
    const fields = { from, to: log.minimum, reason: isForced(atFirst, config) ? 'the disk is full' : 'their age' }
    logger.info('old files of the log were deleted', fields)
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  /** Resolves when the next file may be deleted, or nothing more is to be done. */
  async #pause(): Promise<void> {
    const { clock, config } = this.#parts
    if (config.deleteCommitLogFilesInterval === 0) return
    await sleep(clock, config.deleteCommitLogFilesInterval, this.#stopping.signal).catch(() => undefined)
  }

  /** Whether the oldest file may go. */
  #isExpired(isForced: boolean): boolean {
    const { log, config, clock } = this.#parts
    const changedMs = log.oldestChangeMs()
    if (changedMs === undefined) return false
    return isForced || clock.now() >= changedMs + config.fileReservedTime * HOUR_MS
  }

  /** Removes the files that point to nothing any more, some in each turn of the event loop. */
  async #follow(): Promise<void> {
    const { log, followers, clock } = this.#parts
    const logStart = log.minimum
    if (logStart <= this.#followed) return
    let hasFailed = false
    let turnMs = clock.monotonicMs()
    for (const follower of [...followers()]) {
      if (this.#isStopping) return
      try {
        await follower.removeBefore(logStart)
      } catch (failure) {
        hasFailed = true
        this.#following.failed(failure)
      }
      if (clock.monotonicMs() - turnMs < TURN_MS) continue
      await nextTurn(clock)
      turnMs = clock.monotonicMs()
    }
    if (hasFailed) return
    this.#following.worked()
    this.#followed = logStart
  }
}

function isForced(level: DiskLevel, config: RetentionConfig): boolean {
  return config.cleanFileForciblyEnable && (level === 'delete-oldest' || level === 'refuse')
}
