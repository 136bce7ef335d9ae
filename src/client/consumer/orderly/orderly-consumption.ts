// Hot path: hands every message of an orderly consumer to the listener.
import { deferred } from '../../../base/async/index.ts'
import { textOf } from '../../../base/errors/index.ts'
import type { Logger } from '../../../base/log/index.ts'
import type { Clock } from '../../../base/time/index.ts'
import type { CachedMessage, ProcessQueue } from '../process-queue/process-queue.ts'
import type { ConsumerStats } from '../push/consumer-stats.ts'
import { RunningCalls } from '../running-calls.ts'
import { boundedSuspendMs, type OrderlySettings } from './config.ts'
import { type LeftQueue, OrderlyTask, readableBatch, type Turn } from './orderly-task.ts'

/** What consuming in order needs to know. */
export interface OrderlyConsumptionParts {
  readonly settings: OrderlySettings
  /** Calls of the listener at a time, of different queues. */
  readonly concurrency: number
  /** How often a message comes again before it is given up. */
  readonly maxReconsumeTimes: number
  readonly consumeTimeoutMs: number
  /** Whether the queue is ours now. */
  readonly holds: (processQueue: ProcessQueue) => boolean
  /** The queue is ours no more. */
  readonly onLost: (processQueue: ProcessQueue) => void
  /** Puts a message among the dead letters; false when that failed. */
  readonly giveUp: (cached: CachedMessage) => Promise<boolean>
  readonly stats: ConsumerStats
  readonly clock: Clock
  readonly logger: Logger
}

const UNKNOWN_RESULT = 'it returned none of suspend, commit, rollback, dead-letter, but'

/**
 * Hands messages to the listener in the order of their queue: one call at a time per queue, up to `concurrency` queues
 * at a time, in turns. What fails is tried again in place, and nothing behind it is handed out before. Apache:
 * `ConsumeMessageOrderlyService` (5.3.3). Invariant: between the start and the end of a call its queue has no other
 * call, here or, by its lock, in the group.
 */
export class OrderlyConsumption {
  readonly #parts: OrderlyConsumptionParts
  readonly #turns = new Map<ProcessQueue, Turn>()
  readonly #running: RunningCalls<OrderlyTask>
  #ready: ProcessQueue[] = []
  #pumping = false
  #stopped = false
  /** True: what running calls say no longer counts. */
  #abandoned = false

  constructor(parts: OrderlyConsumptionParts) {
    this.#parts = parts
    this.#running = new RunningCalls(parts, (task) => this.#expired(task))
  }

  /** Calls of the listener under way. */
  get running(): number {
    return this.#running.size
  }

  /** A queue has messages to consume. */
  offer(processQueue: ProcessQueue): void {
    if (processQueue.dropped) return
    let turn = this.#turns.get(processQueue)
    if (turn === undefined) {
      turn = { processQueue, uncommitted: [], task: undefined, pause: undefined, leaving: undefined }
      this.#turns.set(processQueue, turn)
    }
    this.#line(turn)
    this.#pump()
  }

  /**
   * Hands out nothing more of a queue; resolves at the end of its running call, whose result still counts. To be called
   * before the process queue is dropped.
   */
  leave(processQueue: ProcessQueue): Promise<LeftQueue> {
    const { progress } = processQueue
    const turn = this.#turns.get(processQueue)
    this.#turns.delete(processQueue)
    turn?.pause?.cancel()
    if (turn?.task === undefined || this.#abandoned)
      return Promise.resolve({ progress, settled: turn?.task === undefined })
    turn.leaving = { done: deferred<LeftQueue>(), progress }
    turn.task.abort()
    return turn.leaving.done.promise
  }

  /**
   * Starts no further calls; resolves with true when the running ones have ended, with false when that takes too long,
   * and then they do not count any more.
   */
  async stop(timeoutMs: number): Promise<boolean> {
    this.#stopped = true
    this.#ready = []
    for (const turn of this.#turns.values()) turn.pause?.cancel()
    if (await this.#running.stop(timeoutMs)) return true
    this.#abandoned = true
    for (const task of this.#running.all()) {
      const { leaving } = task.turn
      leaving?.done.resolve({ progress: leaving.progress, settled: false })
      task.abort()
    }
    return false
  }

  #line(turn: Turn): void {
    const { processQueue } = turn
    if (processQueue.ready || turn.task !== undefined || turn.pause !== undefined || !processQueue.hasWaiting) return
    processQueue.ready = true
    this.#ready.push(processQueue)
  }

  #pump(): void {
    // A listener that returns at once ends its task inside this loop; the loop then goes on instead of nesting.
    if (this.#pumping) return
    this.#pumping = true
    while (this.#running.size < this.#parts.concurrency && !this.#stopped) {
      const processQueue = this.#ready.shift()
      if (processQueue === undefined) break
      processQueue.ready = false
      const turn = this.#turns.get(processQueue)
      if (turn === undefined) continue
      if (this.#parts.holds(processQueue)) this.#run(turn)
      else this.#parts.onLost(processQueue)
    }
    this.#pumping = false
  }

  #run(turn: Turn): void {
    const { clock, settings } = this.#parts
    const { processQueue } = turn
    const batch = readableBatch(processQueue, settings.batchSize)
    const task = new OrderlyTask(turn, batch, clock.monotonicMs(), settings)
    turn.task = task
    this.#running.begin(task)
    processQueue.lastConsumeMs = clock.now()
    const unreadable = batch[0]?.unreadable
    if (unreadable !== undefined) {
      this.#parts.logger.warn('message cannot be read; given up', { ...task.names, reason: textOf(unreadable) })
      this.#giveUp(task, batch)
      return
    }
    try {
      const result = settings.listen(
        batch.map((cached) => cached.message),
        task,
      )
      if (typeof result === 'object' && result !== null)
        result.then(
          (later) => this.#returned(task, later),
          (failure) => this.#failed(task, failure),
        )
      else this.#returned(task, result)
    } catch (failure) {
      this.#failed(task, failure)
    }
  }

  #returned(task: OrderlyTask, result: unknown): void {
    if (task.expired) return
    if (this.#abandoned) this.#ended(task)
    else if (typeof result !== 'string') this.#consumed(task, task.autoCommit)
    else if (result === 'commit') this.#consumed(task, true)
    else if (result === 'rollback') this.#rollBack(task)
    else if (result === 'dead-letter') this.#giveUp(task, task.batch)
    else this.#suspend(task, result === 'suspend' ? 'the listener asked for it' : `${UNKNOWN_RESULT} ${result}`)
  }

  #failed(task: OrderlyTask, failure: unknown): void {
    if (task.expired) return
    if (this.#abandoned) this.#ended(task)
    else this.#suspend(task, textOf(failure))
  }

  #consumed(task: OrderlyTask, commits: boolean): void {
    const { batch, turn } = task
    const { processQueue } = turn
    this.#running.count(task, batch.length)
    if (commits) {
      for (const cached of turn.uncommitted) processQueue.finish(cached)
      turn.uncommitted = []
      for (const cached of batch) processQueue.finish(cached)
      task.committedTo = task.behind
    } else {
      for (const cached of batch) turn.uncommitted.push(cached)
      if (processQueue.full !== undefined && !processQueue.hasWaiting)
        this.#parts.logger.error('too much handed out without a commit; nothing more comes before it', {
          ...task.names,
          limit: `limits.${processQueue.full}`,
        })
    }
    this.#ended(task)
  }

  #rollBack(task: OrderlyTask): void {
    const { batch, turn } = task
    this.#running.count(task, 0)
    turn.processQueue.putBackFirst(turn.uncommitted.concat(batch))
    turn.uncommitted = []
    this.#pause(task)
  }

  /** Again, in place; those that were tried often enough are given up. */
  #suspend(task: OrderlyTask, reason: string): void {
    const { logger, maxReconsumeTimes } = this.#parts
    const isTriedOut = ({ message }: CachedMessage): boolean => message.reconsumeTimes >= maxReconsumeTimes
    const triedOut = task.batch.filter(isTriedOut)
    this.#running.count(task, 0)
    const times = task.batch[0]?.message.reconsumeTimes ?? 0
    const fields = { ...task.names, times, reason }
    // A queue may be suspended for days: it is said ever more rarely.
    if ((times & (times - 1)) === 0) logger.warn('listener failed; its queue waits', fields)
    else logger.debug('listener failed again; its queue waits', fields)
    // Whoever has the queue next begins to count anew.
    if (triedOut.length === 0 || task.turn.leaving !== undefined) this.#again(task, task.batch)
    else
      this.#giveUp(
        task,
        triedOut,
        task.batch.filter((cached) => !isTriedOut(cached)),
      )
  }

  #again(task: OrderlyTask, batch: readonly CachedMessage[]): void {
    for (const cached of batch)
      cached.message = { ...cached.message, reconsumeTimes: cached.message.reconsumeTimes + 1 }
    task.turn.processQueue.putBackFirst(batch)
    this.#pause(task)
  }

  /** To the dead letters, one after the other; with `again` come those whose turn that is not yet. */
  #giveUp(task: OrderlyTask, batch: readonly CachedMessage[], again: readonly CachedMessage[] = []): void {
    const { giveUp, logger } = this.#parts
    const gaveUp = async (): Promise<void> => {
      const kept = new Set(again)
      for (const cached of batch) {
        if (await giveUp(cached)) task.turn.processQueue.finish(cached)
        else kept.add(cached)
      }
      if (this.#abandoned) this.#ended(task)
      else if (kept.size > 0)
        this.#again(
          task,
          task.batch.filter((cached) => kept.has(cached)),
        )
      else {
        if (task.turn.uncommitted.length === 0) task.committedTo = task.behind
        this.#ended(task)
      }
    }
    gaveUp().catch((failure) => {
      logger.error('giving messages up failed', { ...task.names, reason: textOf(failure) })
      this.#again(task, task.batch)
    })
  }

  /** The call is over, and its queue goes on after a while. */
  #pause(task: OrderlyTask): void {
    const { turn } = task
    if (!this.#stopped && turn.leaving === undefined && this.#turns.get(turn.processQueue) === turn) {
      const goOn = (): void => {
        turn.pause = undefined
        this.#line(turn)
        this.#pump()
      }
      turn.pause = this.#parts.clock.setTimeout(goOn, boundedSuspendMs(task.suspendMs), { background: true })
    }
    this.#ended(task)
  }

  #ended(task: OrderlyTask): void {
    const { turn } = task
    if (turn.task !== task) return
    turn.task = undefined
    const { leaving } = turn
    if (leaving !== undefined) leaving.done.resolve({ progress: task.committedTo ?? leaving.progress, settled: true })
    else if (!this.#stopped) this.#line(turn)
    this.#running.end(task)
    this.#pump()
  }

  /**
   * A listener that does not return would hold its queue for ever: its call no longer counts, and the messages come
   * again.
   */
  #expired(task: OrderlyTask): void {
    const { consumeTimeoutMs, logger } = this.#parts
    logger.error('listener did not return; its queue goes on without it', { ...task.names, consumeTimeoutMs })
    task.abort()
    this.#suspend(task, `it did not return within ${consumeTimeoutMs} ms`)
  }
}
