import { sleep } from '../../../base/async/index.ts'
import { textOf } from '../../../base/errors/index.ts'
import type { Logger } from '../../../base/log/index.ts'
import { type MessageQueue, queueKey } from '../../../message/index.ts'
import type { GroupProgress } from '../offsets/group-progress.ts'
import { type ConsumeFrom, initialOffset } from '../offsets/initial-offset.ts'
import type { OrderlyQueues } from '../orderly/orderly-queues.ts'
import { ProcessQueue, type ProcessQueueLimits } from '../process-queue/process-queue.ts'
import { type PullParts, QueuePuller } from './queue-puller.ts'

/** What looking after the queues of a consumer needs. */
export interface AssignedQueuesParts {
  readonly offsets: GroupProgress
  /** Where to begin in a queue that the group was never in. */
  readonly from: (queue: MessageQueue) => ConsumeFrom
  readonly limits: ProcessQueueLimits
  readonly pull: PullParts
  readonly logger: Logger
  /** What is recorded of a queue. Default: its progress. */
  readonly recordable?: ((processQueue: ProcessQueue) => number) | undefined
  /** Keeps each queue to one member at a time; `undefined` when messages are consumed concurrently. */
  readonly orderly?: OrderlyQueues | undefined
}

/** Head start of the member that has to give a queue up: what it records in time is not delivered twice. */
const HANDOVER_MS = 100

/**
 * The queues that this consumer has now, each with its puller. Apache:
 * `RebalanceImpl.updateProcessQueueTableInRebalance`. Invariant: progress of a queue is recorded only while the queue
 * is here.
 */
export class AssignedQueues {
  readonly #parts: AssignedQueuesParts
  readonly #pullers = new Map<string, QueuePuller>()
  /** Queues whose offset is being set; they start again only after it. */
  readonly #moving = new Set<string>()
  #persisting: Promise<void> | undefined
  #closed = false

  constructor(parts: AssignedQueuesParts) {
    this.#parts = parts
  }

  /** All of them. */
  all(): readonly ProcessQueue[] {
    return [...this.#pullers.values()].map((puller) => puller.processQueue)
  }

  /**
   * Makes the queues of a topic here be exactly `queues`: others are dropped, their progress recorded; new ones start
   * where the group stands. Resolves with false when some could not be started; try again soon. `hasOthers`: the group
   * has more members, so a queue that is new here may come from one of them.
   */
  async assign(topic: string, queues: readonly MessageQueue[], hasOthers: boolean): Promise<boolean> {
    const wanted = new Map(queues.map((queue) => [queueKey(queue), queue]))
    await this.#drop(this.all().filter(({ queue, key }) => queue.topic === topic && !wanted.has(key)))
    const missing = [...wanted.values()].filter((queue) => !this.#pullers.has(queueKey(queue)))
    const { orderly } = this.#parts
    const free = orderly === undefined ? missing : await orderly.take(missing)
    if (free.length > 0 && hasOthers) await sleep(this.#parts.pull.ports.clock, HANDOVER_MS)
    const started = await Promise.all(free.map((queue) => this.#start(queueKey(queue), queue)))
    await orderly?.giveBack(free.filter((_, at) => started[at] === false))
    return free.length === missing.length && started.every((good) => good)
  }

  /** Before queues are divided anew: gives up those that others got because nobody renewed our lock in time. */
  async renewLocks(): Promise<void> {
    await this.#parts.orderly?.renew()
  }

  /** A queue is no longer ours to read: drops it without a record, since another member may be further. */
  lose(queue: MessageQueue): void {
    const puller = this.#pullers.get(queueKey(queue))
    if (puller !== undefined) void this.#parts.orderly?.leave(this.#forget(puller.processQueue), undefined)
  }

  /** The queue, if it is here. */
  get(queue: MessageQueue): ProcessQueue | undefined {
    return this.#pullers.get(queueKey(queue))?.processQueue
  }

  /**
   * Goes on elsewhere in a queue that is here, without recording that: what was pulled is forgotten. Gives the queue
   * anew; `undefined` when it is not here.
   */
  restart(queue: MessageQueue, offset: number): ProcessQueue | undefined {
    const key = queueKey(queue)
    const before = this.#pullers.get(key)
    if (before === undefined || this.#closed) return undefined
    before.processQueue.drop()
    return this.#pull(key, before.processQueue.queue, offset)
  }

  /** Drops the queues of all other topics. */
  async retainTopics(topics: ReadonlySet<string>): Promise<void> {
    await this.#drop(this.all().filter(({ queue }) => !topics.has(queue.topic)))
  }

  /** Goes on pulling after a pause. */
  resume(): void {
    for (const puller of this.#pullers.values()) puller.resume()
  }

  /** Drops a queue and records where the group is to go on in it; the caller then assigns it again. */
  async move(queue: MessageQueue, offset: number): Promise<void> {
    const key = queueKey(queue)
    const { orderly } = this.#parts
    const puller = this.#pullers.get(key)
    if (orderly !== undefined) {
      if (puller === undefined) await this.#record(queue, offset)
      else await orderly.leave(this.#forget(puller.processQueue), () => this.#record(queue, offset))
      return
    }
    puller?.processQueue.drop()
    this.#pullers.delete(key)
    this.#moving.add(key)
    await this.#record(queue, offset)
    this.#moving.delete(key)
  }

  /** Records the progress of all queues that made some since; resolves when the brokers have it, never rejects. */
  persist(): Promise<void> {
    this.#persisting ??= this.#persistAll().finally(() => {
      this.#persisting = undefined
    })
    return this.#persisting
  }

  /** Records all progress and drops all queues. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#persisting
    await this.#drop(this.all())
    await this.#parts.orderly?.close()
  }

  async #start(key: string, queue: MessageQueue): Promise<boolean> {
    if (this.#moving.has(key)) return false
    const { from, logger, offsets } = this.#parts
    try {
      const initial = await initialOffset(queue, from(queue), offsets)
      if (this.#closed || this.#moving.has(key)) return false
      logger.debug('queue taken', { queue: key, offset: initial.offset })
      const processQueue = this.#pull(key, queue, initial.offset)
      // The group is in the queue from now on, even if this process ends before its first message is consumed.
      if (!initial.recorded || initial.offset === 0) await this.#recordProgress(processQueue)
      return true
    } catch (failure) {
      logger.warn('queue not started; tried again', { queue: key, reason: textOf(failure) })
      return false
    }
  }

  #pull(key: string, queue: MessageQueue, offset: number): ProcessQueue {
    const { limits, pull } = this.#parts
    const processQueue = new ProcessQueue(queue, offset, limits)
    const puller = new QueuePuller(processQueue, pull)
    this.#pullers.set(key, puller)
    puller.resume()
    return processQueue
  }

  async #drop(dropped: readonly ProcessQueue[]): Promise<void> {
    const { orderly } = this.#parts
    if (orderly !== undefined) {
      // Whoever gets the queue waits for its lock, not for us: the end of a running call may be far away.
      for (const processQueue of dropped) this.#handOver(processQueue, orderly)
      return
    }
    await Promise.all(
      dropped.map(async (processQueue) => {
        const { key, persisted, queue } = processQueue
        const progress = this.#recordable(processQueue)
        processQueue.drop()
        this.#pullers.delete(key)
        this.#parts.logger.debug('queue given up', { queue: key, offset: progress })
        if (progress !== persisted) await this.#record(queue, progress)
      }),
    )
  }

  #handOver(processQueue: ProcessQueue, orderly: OrderlyQueues): void {
    const { queue, persisted } = processQueue
    void orderly.leave(this.#forget(processQueue), async (progress) => {
      this.#parts.logger.debug('queue given up', { queue: processQueue.key, offset: progress })
      // What is on its way to the broker must not arrive after this.
      await this.#persisting
      if (progress !== persisted) await this.#record(queue, progress)
    })
  }

  #forget(processQueue: ProcessQueue): ProcessQueue {
    this.#pullers.delete(processQueue.key)
    return processQueue
  }

  async #persistAll(): Promise<void> {
    const moved = this.all().filter((processQueue) => this.#recordable(processQueue) !== processQueue.persisted)
    await Promise.all(moved.map((processQueue) => this.#recordProgress(processQueue)))
  }

  async #recordProgress(processQueue: ProcessQueue): Promise<void> {
    const progress = this.#recordable(processQueue)
    if (processQueue.dropped) return
    if (await this.#record(processQueue.queue, progress)) processQueue.persisted = progress
  }

  #recordable(processQueue: ProcessQueue): number {
    return this.#parts.recordable?.(processQueue) ?? processQueue.progress
  }

  async #record(queue: MessageQueue, offset: number): Promise<boolean> {
    try {
      await this.#parts.offsets.record(queue, offset)
      return true
    } catch (failure) {
      this.#parts.logger.warn('offset not recorded', { queue: queueKey(queue), offset, reason: textOf(failure) })
      return false
    }
  }
}
