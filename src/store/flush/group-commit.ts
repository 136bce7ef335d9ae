// Hot path: with SYNC_FLUSH every group of messages waits here for the disk.

import { nextTurn, sleep } from '../../base/async/index.ts'
import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import { type AppendGroup, answerAll, type PendingAnswer } from '../append/append-group.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { LogFlush } from './log-flush.ts'

/** Milliseconds until a failed sync is tried again. */
const RETRY_MS = 100

/** A sync waits for senders to come back for this share of the time that the last one took … */
const GATHER_SHARE = 0.5
/** … but not for longer, in milliseconds, or for more turns of the event loop. */
const GATHER_MS_MAX = 2
const GATHER_TURNS_MAX = 1000
/** Share of the senders just answered that is enough, since the last ones may be late … */
const ENOUGH_SHARE = 0.9
/** … and that must have come for the wait to have been worth its time. */
const WORTH_SHARE = 0.75
/** After so many waits in vain it is tried only with every so many syncs. */
const MISSES_MAX = 3
const TRY_AGAIN_SYNCS = 64

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
 *
 * Senders who were answered mostly send again at once. A sync that did not wait for them would find half of the
 * senders, the next one the other half, and everybody would wait for two syncs; so it waits a moment as long as that
 * pays.
 * Apache: `CommitLog.GroupCommitService` (5.3.3).
 */
export class GroupCommit {
  readonly #parts: GroupCommitParts
  #waiting: { readonly group: AppendGroup; readonly deadlineMs: number }[] = []
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #closing = false
  /** Answers that wait for the disk. */
  #waitingAnswers = 0
  /** Of the last sync: when it ended and how long it took, how many it answered and how many waited then. */
  readonly #last = { endMs: Number.NEGATIVE_INFINITY, tookMs: 0, answered: 0, waiting: 0 }
  #misses = 0
  #syncs = 0

  constructor(parts: GroupCommitParts) {
    this.#parts = parts
  }

  /** Takes a written group; those of its senders who do not wait for the disk are answered now. */
  add(group: AppendGroup): void {
    const waits: PendingAnswer[] = []
    const others: PendingAnswer[] = []
    for (const answer of group.answers) (answer.waits ? waits : others).push(answer)
    group.answers = waits
    this.#waitingAnswers += waits.length
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
        if (this.#isShort) await this.#gather()
        if (!(await this.#sync())) {
          if (this.#closing) return
          await sleep(this.#parts.clock, RETRY_MS)
        }
      }
    } finally {
      this.#running = undefined
    }
  }

  /** Whether fewer wait than there seem to be senders. */
  get #isShort(): boolean {
    const { answered, waiting } = this.#last
    return this.#waitingAnswers < waiting + answered * ENOUGH_SHARE
  }

  /**
   * Resolves when enough of the senders whom the last sync answered have sent again, or have been waited for long
   * enough.
   */
  async #gather(): Promise<void> {
    const { clock } = this.#parts
    const { endMs, tookMs, answered, waiting } = this.#last
    if (this.#misses >= MISSES_MAX && this.#syncs % TRY_AGAIN_SYNCS !== 0) return
    const untilMs = endMs + Math.min(tookMs * GATHER_SHARE, GATHER_MS_MAX)
    // Who comes after a pause is not one of them.
    if (clock.monotonicMs() >= untilMs) return
    for (let turns = 0; turns < GATHER_TURNS_MAX; turns++) {
      await nextTurn(clock)
      if (!this.#isShort || this.#closing || clock.monotonicMs() >= untilMs) break
    }
    this.#misses = this.#waitingAnswers - waiting >= answered * WORTH_SHARE ? 0 : this.#misses + 1
  }

  async #sync(): Promise<boolean> {
    const { clock } = this.#parts
    const begunMs = clock.monotonicMs()
    this.#syncs++
    this.#parts.log.prepare()
    try {
      await this.#parts.flush.flush()
    } catch {
      // The flush has told of it.
      if (this.#closing) this.#answerTimedOut(Number.POSITIVE_INFINITY)
      return false
    }
    const { flushed } = this.#parts.log
    const done: AppendGroup[] = []
    let answered = 0
    while ((this.#waiting[0]?.group.end ?? Number.POSITIVE_INFINITY) <= flushed) {
      const first = this.#waiting.shift()
      if (first === undefined) break
      done.push(first.group)
      answered += first.group.answers.length
    }
    this.#waitingAnswers -= answered
    const last = this.#last
    last.endMs = clock.monotonicMs()
    last.tookMs = last.endMs - begunMs
    last.answered = answered
    last.waiting = this.#waitingAnswers
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
      this.#waitingAnswers -= answers.length
      for (const { result } of answers) if (result.status === 'ok') result.status = 'flush-disk-timeout'
      answerAll(answers, this.#receiverFailed)
    }
  }

  readonly #receiverFailed = (failure: unknown): void => {
    this.#parts.logger.error('a receiver of an append threw', { reason: textOf(failure) })
  }
}
