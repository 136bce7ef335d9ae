// Hot path: hands every message to the listener.
import { textOf } from '../../../base/errors/index.ts'
import type { Logger } from '../../../base/log/index.ts'
import type { Clock } from '../../../base/time/index.ts'
import type { ReceivedMessage } from '../../../message/index.ts'
import { inRange } from '../../config.ts'
import { clientErrors } from '../../errors.ts'
import type { BatchListener, ConsumeContext } from '../listener.ts'
import type { CachedMessage, ProcessQueue } from '../process-queue/process-queue.ts'
import { type RunningCall, RunningCalls } from '../running-calls.ts'
import type { ConsumerStats } from './consumer-stats.ts'

/** What consuming needs to know. */
export interface ConsumptionParts {
  readonly listen: BatchListener
  /** Calls of the listener at a time. */
  readonly concurrency: number
  /** Messages a call, at most. */
  readonly batchSize: number
  readonly consumeTimeoutMs: number
  readonly delayLevelWhenNextConsume: number
  /** Gives a message back to its broker; false when that failed. */
  readonly giveBack: (cached: CachedMessage, delayLevel: number) => Promise<boolean>
  readonly stats: ConsumerStats
  readonly clock: Clock
  readonly logger: Logger
}

/** A message that could be neither consumed nor given back is tried again here after so long. */
const LOCAL_RETRY_MS = 5000
/** With which delay a message comes again whose listener did not return: 10 s. */
const EXPIRED_DELAY_LEVEL = 3
const ALL = Number.MAX_SAFE_INTEGER

/** One call of the listener. */
class Task implements ConsumeContext, RunningCall {
  delayLevelWhenNextConsume: number
  ackIndex = ALL
  expired = false
  /** Messages that the listener gives back, each with its delay level; `undefined` while there are none. */
  refused: Map<ReceivedMessage, number | undefined> | undefined
  readonly processQueue: ProcessQueue
  readonly batch: readonly CachedMessage[]
  readonly startedMs: number

  constructor(processQueue: ProcessQueue, batch: readonly CachedMessage[], startedMs: number, delayLevel: number) {
    this.processQueue = processQueue
    this.batch = batch
    this.startedMs = startedMs
    this.delayLevelWhenNextConsume = delayLevel
  }

  get queue(): ProcessQueue['queue'] {
    return this.processQueue.queue
  }

  get signal(): AbortSignal {
    return this.processQueue.signal
  }

  giveBack(message: ReceivedMessage, delayLevel?: number): void {
    if (!this.batch.some((cached) => cached.message === message)) {
      const expected = 'one of the messages that this call of the listener was given'
      throw clientErrors.RMQ_OPTION_ILLEGAL({ option: 'message', value: message.messageId, expected })
    }
    if (delayLevel !== undefined) inRange('delayLevel', delayLevel, 0, -1, 18)
    this.refused ??= new Map()
    this.refused.set(message, delayLevel)
  }

  /** Of a call that succeeded: the messages that are not consumed all the same. */
  leftOver(): readonly CachedMessage[] {
    const { ackIndex, batch, refused } = this
    return batch.filter((cached, at) => at > ackIndex || refused?.has(cached.message) === true)
  }
}

/**
 * Hands messages to the listener, queues in turn, up to `concurrency` calls at a time, and sees to it that each is
 * either consumed or given back. Apache: `ConsumeMessageConcurrentlyService`. Invariant: a message is finished in its
 * process queue only when the listener took it or the broker has it again.
 */
export class Consumption {
  readonly #parts: ConsumptionParts
  readonly #running: RunningCalls<Task>
  #ready: ProcessQueue[] = []
  #pumping = false
  #stopped = false

  constructor(parts: ConsumptionParts) {
    this.#parts = parts
    this.#running = new RunningCalls(parts, (task) => this.#expired(task))
  }

  /** Calls of the listener under way. */
  get running(): number {
    return this.#running.size
  }

  /** A queue has messages to consume. */
  offer(processQueue: ProcessQueue): void {
    if (!processQueue.ready && processQueue.hasWaiting) {
      processQueue.ready = true
      this.#ready.push(processQueue)
    }
    this.#pump()
  }

  /**
   * Starts no further calls; resolves with true when the running ones have ended, with false when that takes too long.
   */
  stop(timeoutMs: number): Promise<boolean> {
    this.#stopped = true
    this.#ready = []
    return this.#running.stop(timeoutMs)
  }

  #pump(): void {
    // A listener that returns at once ends its task inside this loop; the loop then goes on instead of nesting.
    if (this.#pumping) return
    this.#pumping = true
    while (this.#running.size < this.#parts.concurrency && !this.#stopped) {
      const processQueue = this.#ready.shift()
      if (processQueue === undefined) break
      processQueue.ready = false
      if (processQueue.dropped) continue
      const batch = processQueue.take(this.#parts.batchSize)
      if (processQueue.hasWaiting) {
        processQueue.ready = true
        this.#ready.push(processQueue)
      }
      if (batch.length > 0) this.#run(processQueue, batch)
    }
    this.#pumping = false
  }

  #run(processQueue: ProcessQueue, batch: readonly CachedMessage[]): void {
    const { clock, delayLevelWhenNextConsume, listen } = this.#parts
    const unreadable = batch.find((cached) => cached.unreadable !== undefined)
    if (unreadable !== undefined && batch.some((cached) => cached.unreadable === undefined)) {
      // One body that nobody can read must not fail those beside it.
      this.#run(
        processQueue,
        batch.filter((cached) => cached.unreadable !== undefined),
      )
      this.#run(
        processQueue,
        batch.filter((cached) => cached.unreadable === undefined),
      )
      return
    }
    const task = new Task(processQueue, batch, clock.monotonicMs(), delayLevelWhenNextConsume)
    this.#running.begin(task)
    processQueue.lastConsumeMs = clock.now()
    if (unreadable !== undefined) {
      this.#failed(task, unreadable.unreadable)
      return
    }
    try {
      const result = listen(
        batch.map((cached) => cached.message),
        task,
      )
      if (result === undefined) this.#succeeded(task)
      else
        result.then(
          () => this.#succeeded(task),
          (failure) => this.#failed(task, failure),
        )
    } catch (failure) {
      this.#failed(task, failure)
    }
  }

  #succeeded(task: Task): void {
    if (task.expired) return
    const { batch, processQueue } = task
    if (task.ackIndex >= batch.length - 1 && task.refused === undefined) {
      this.#running.count(task, batch.length)
      for (const cached of batch) processQueue.finish(cached)
      this.#ended(task)
      return
    }
    const leftOver = task.leftOver()
    this.#running.count(task, batch.length - leftOver.length)
    for (const cached of batch) if (!leftOver.includes(cached)) processQueue.finish(cached)
    this.#giveBack(task, leftOver)
  }

  #failed(task: Task, failure: unknown): void {
    if (task.expired) return
    this.#running.count(task, 0)
    const messages = task.batch.map((cached) => cached.message.messageId)
    this.#parts.logger.warn('listener failed', {
      topic: task.batch[0]?.message.topic,
      messages,
      reason: textOf(failure),
    })
    this.#giveBack(task, task.batch)
  }

  #giveBack(task: Task, batch: readonly CachedMessage[]): void {
    const delayLevel = (cached: CachedMessage): number =>
      (task.expired ? undefined : task.refused?.get(cached.message)) ?? task.delayLevelWhenNextConsume
    Promise.all(batch.map((cached) => this.#giveOneBack(task.processQueue, cached, delayLevel(cached)))).then(
      () => this.#ended(task),
      (failure) => {
        this.#parts.logger.error('giving a message back failed', { reason: textOf(failure) })
        this.#ended(task)
      },
    )
  }

  async #giveOneBack(processQueue: ProcessQueue, cached: CachedMessage, delayLevel: number): Promise<void> {
    // The queue's new member gets the message anyway.
    if (processQueue.dropped || cached.finished) return
    if (await this.#parts.giveBack(cached, delayLevel)) {
      processQueue.finish(cached)
      return
    }
    if (processQueue.dropped || cached.finished) return
    const { message } = cached
    cached.message = { ...message, reconsumeTimes: message.reconsumeTimes + 1 }
    const again = (): void => {
      if (processQueue.dropped || this.#stopped) return
      processQueue.putBack(cached)
      this.offer(processQueue)
    }
    this.#parts.clock.setTimeout(again, LOCAL_RETRY_MS, { background: true })
  }

  #ended(task: Task): void {
    if (this.#running.end(task)) this.#pump()
  }

  /** A listener that does not return would hold its queue's progress for ever. */
  #expired(task: Task): void {
    const { consumeTimeoutMs, logger } = this.#parts
    task.delayLevelWhenNextConsume = EXPIRED_DELAY_LEVEL
    const messages = task.batch.map((cached) => cached.message.messageId)
    logger.error('listener did not return; message given back', { messages, consumeTimeoutMs })
    this.#giveBack(task, task.batch)
  }
}
