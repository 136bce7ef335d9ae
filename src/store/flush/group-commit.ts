// Hot path: with SYNC_FLUSH every group of messages waits here for the disk.

import { sleep } from '../../base/async/index.ts'
import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import { type AppendGroup, answerAll, type PendingAnswer } from '../append/append-group.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { LogFlush } from './log-flush.ts'

/** Milliseconds until a failed sync is tried again. */
const RETRY_MS = 100

/** What a {@link GroupCommit} works with. */
export interface GroupCommitParts {
  readonly log: CommitLog
  readonly flush: LogFlush
  readonly clock: Clock
  readonly logger: Logger
  readonly timeoutMs: number
  /** Gets each group when it is on the disk, before its answers go out. */
  readonly dispatch: (group: AppendGroup) => void
}

/**
 * Answers groups when they are on the disk: one sync for all that were written while the last one ran.
 * Apache: `CommitLog.GroupCommitService` (5.3.3).
 */
export class GroupCommit {
  readonly #parts: GroupCommitParts
  #waiting: { readonly group: AppendGroup; readonly deadlineMs: number }[] = []
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #closing = false

  constructor(parts: GroupCommitParts) {
    this.#parts = parts
  }

  /** Takes a written group; those of its senders who do not wait for the disk are answered now. */
  add(group: AppendGroup): void {
    const waits: PendingAnswer[] = []
    const others: PendingAnswer[] = []
    for (const answer of group.answers) (answer.waits ? waits : others).push(answer)
    group.answers = waits
    this.#waiting.push({ group, deadlineMs: this.#parts.clock.monotonicMs() + this.#parts.timeoutMs })
    this.#timer ??= this.#parts.clock.setTimeout(this.#expire, this.#parts.timeoutMs, { background: true })
    this.#running ??= this.#run()
    if (others.length > 0) answerAll(others, this.#receiverFailed)
  }

  /** Resolves when nothing waits any more; a disk that refuses now gets no second try. */
  async drain(): Promise<void> {
    this.#closing = true
    await this.#running
    this.#timer?.cancel()
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        if (!(await this.#sync())) {
          if (this.#closing) return
          await sleep(this.#parts.clock, RETRY_MS)
        }
      }
    } finally {
      this.#running = undefined
    }
  }

  async #sync(): Promise<boolean> {
    try {
      await this.#parts.flush.flush()
    } catch {
      // The flush has told of it.
      if (this.#closing) this.#answerTimedOut(Number.POSITIVE_INFINITY)
      return false
    }
    const { flushed } = this.#parts.log
    const done: AppendGroup[] = []
    while ((this.#waiting[0]?.group.end ?? Number.POSITIVE_INFINITY) <= flushed) {
      const first = this.#waiting.shift()
      if (first !== undefined) done.push(first.group)
    }
    for (const group of done) {
      this.#parts.dispatch(group)
      answerAll(group.answers, this.#receiverFailed)
    }
    return true
  }

  readonly #expire = (): void => {
    const now = this.#parts.clock.monotonicMs()
    this.#answerTimedOut(now)
    this.#timer = undefined
    const next = this.#waiting.find((waiting) => waiting.deadlineMs > now)
    if (next !== undefined) {
      this.#timer = this.#parts.clock.setTimeout(this.#expire, next.deadlineMs - now, { background: true })
    }
  }

  /** The messages stay stored and become readable when the disk has them. */
  #answerTimedOut(now: number): void {
    for (const { group, deadlineMs } of this.#waiting) {
      if (deadlineMs > now || group.answers.length === 0) continue
      const { answers } = group
      group.answers = []
      for (const { result } of answers) if (result.status === 'ok') result.status = 'flush-disk-timeout'
      answerAll(answers, this.#receiverFailed)
    }
  }

  readonly #receiverFailed = (failure: unknown): void => {
    this.#parts.logger.error('a receiver of an append threw', { reason: textOf(failure) })
  }
}
