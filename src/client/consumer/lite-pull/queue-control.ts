import { type MessageQueue, queueKey } from '../../../message/index.ts'
import type { QueueOffset } from '../../connection/members.ts'
import { clientErrors } from '../../errors.ts'
import type { GroupOffsets } from '../offsets/group-offsets.ts'
import type { GroupProgress } from '../offsets/group-progress.ts'
import type { ProcessQueue } from '../process-queue/process-queue.ts'
import type { AssignedQueues } from '../push/assigned-queues.ts'
import type { HandedOut } from './handed-out.ts'

/** What moving within queues needs. */
export interface QueueControlParts {
  readonly group: string
  readonly queues: AssignedQueues
  readonly handed: HandedOut
  /** Where the group's progress is kept. */
  readonly offsets: GroupProgress
  /** Knows where queues begin and end. */
  readonly broker: Pick<GroupOffsets, 'start' | 'end'>
}

/** What a program may do with the queues it has: record, move, pause. Apache: `AssignedMessageQueue`. */
export class QueueControl {
  readonly #parts: QueueControlParts
  /** Keys of queues; one that leaves and comes back is still paused. */
  readonly #paused = new Set<string>()

  constructor(parts: QueueControlParts) {
    this.#parts = parts
  }

  /** See `LitePullConsumer.commit`. */
  async commit(offsets: readonly QueueOffset[] | undefined): Promise<void> {
    const { handed, queues } = this.#parts
    if (offsets === undefined) handed.commit(queues.all())
    else for (const one of offsets) handed.commitAt(this.#mine(one), one.offset)
    const moved =
      offsets ??
      queues.all().flatMap((processQueue) => {
        const offset = handed.recordable(processQueue)
        return offset === processQueue.persisted ? [] : [{ ...processQueue.queue, offset }]
      })
    await Promise.all(moved.map((one) => this.#record(one)))
    queues.resume()
  }

  /** See `LitePullConsumer.seek`. */
  async seek(queue: MessageQueue, offset: number): Promise<void> {
    this.#mine(queue)
    const { broker } = this.#parts
    const [min, max] = await Promise.all([broker.start(queue), broker.end(queue)])
    if (!Number.isInteger(offset) || offset < min || offset > max) {
      throw clientErrors.RMQ_SEEK_ILLEGAL({ queue: queueKey(queue), offset, min, max })
    }
    this.restart(queue, offset)
  }

  /** See `LitePullConsumer.seekToBegin`. */
  async seekToBegin(queue: MessageQueue): Promise<void> {
    this.#mine(queue)
    this.restart(queue, await this.#parts.broker.start(queue))
  }

  /** See `LitePullConsumer.seekToEnd`. */
  async seekToEnd(queue: MessageQueue): Promise<void> {
    this.#mine(queue)
    this.restart(queue, await this.#parts.broker.end(queue))
  }

  /**
   * Goes on elsewhere in a queue that is here; what is committed of it stays until something new is.
   * @throws RMQ_QUEUE_NOT_ASSIGNED
   */
  restart(queue: MessageQueue, offset: number): void {
    const { handed, queues } = this.#parts
    const committed = handed.recordable(this.#mine(queue))
    const after = queues.restart(queue, offset)
    if (after !== undefined) handed.commitAt(after, committed)
  }

  /** Whether a queue is not to be pulled. */
  isPaused(key: string): boolean {
    return this.#paused.has(key)
  }

  /** See `LitePullConsumer.pause`. */
  pause(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#paused.add(this.#mine(queue).key)
  }

  /** See `LitePullConsumer.resume`. */
  resume(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#paused.delete(queueKey(queue))
    this.#parts.queues.resume()
  }

  async #record({ topic, brokerName, queueId, offset }: QueueOffset): Promise<void> {
    const { offsets, queues } = this.#parts
    const queue = { topic, brokerName, queueId }
    await offsets.record(queue, offset)
    const processQueue = queues.get(queue)
    if (processQueue !== undefined) processQueue.persisted = offset
  }

  #mine(queue: MessageQueue): ProcessQueue {
    const { group, queues } = this.#parts
    const found = queues.get(queue)
    if (found !== undefined) return found
    throw clientErrors.RMQ_QUEUE_NOT_ASSIGNED({ queue: queueKey(queue), group })
  }
}
