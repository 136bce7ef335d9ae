import { textOf } from '../../../base/errors/index.ts'
import type { Logger } from '../../../base/log/index.ts'
import { type MessageQueue, queueKey } from '../../../message/index.ts'
import type { ClientSettings } from '../../config.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import type { Brokers } from '../../connection/brokers.ts'
import type { DirectResult } from '../../connection/members.ts'
import { type ConsumeHook, hookedListener } from '../consume-hook.ts'
import type { CachedMessage, ProcessQueue } from '../process-queue/process-queue.ts'
import type { PushSettings } from '../push/config.ts'
import type { ConsumerStats } from '../push/consumer-stats.ts'
import { consumeDirectlyInOrder } from './consume-directly.ts'
import { GroupLocks } from './group-locks.ts'
import { type Locks, noLocks } from './no-locks.ts'
import { OrderlyConsumption } from './orderly-consumption.ts'

/** What consuming in order needs of its client. */
interface ClientParts {
  readonly settings: ClientSettings
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  readonly hook?: ConsumeHook | undefined
}

/** What it needs of its consumer. */
interface OrderlyHooks {
  /** Puts a message among the dead letters; false when that failed. */
  readonly giveUp: (cached: CachedMessage) => Promise<boolean>
  /** A queue is ours no more. */
  readonly onLost: (queue: MessageQueue) => void
  readonly stats: ConsumerStats
  readonly logger: Logger
}

/** For a consumer that keeps order; `undefined` for any other. */
export function openOrderlyQueues(
  settings: PushSettings,
  { settings: client, brokers, connections, hook }: ClientParts,
  { giveUp, onLost, stats, logger }: OrderlyHooks,
): OrderlyQueues | undefined {
  const { group, model, orderly, consumeTimeoutMs } = settings
  if (orderly === undefined) return undefined
  const { clock } = client
  const watched = { ...orderly, listen: hookedListener(orderly.listen, hook, clock, consumeTimeoutMs) }
  const locks =
    model === 'broadcasting'
      ? noLocks
      : new GroupLocks({ group, settings: { ...client, logger }, brokers, connections, onLost })
  const consumption = new OrderlyConsumption({
    ...settings,
    settings: watched,
    holds: ({ key }) => locks.holds(key),
    onLost: ({ queue }) => onLost(queue),
    giveUp,
    stats,
    clock,
    logger,
  })
  const consumeDirectly = (record: Buffer, brokerName: string): Promise<DirectResult> =>
    consumeDirectlyInOrder(record, brokerName, orderly, clock)
  return new OrderlyQueues(locks, consumption, consumeDirectly, logger)
}

/**
 * Hands queues from member to member so that never two work on one: a queue is read only under its lock, and the lock
 * is given back only when the running call has ended and its progress is recorded. Apache:
 * `RebalancePushImpl. removeUnnecessaryMessageQueue`, which drops the result of that call.
 */
export class OrderlyQueues {
  readonly consumption: OrderlyConsumption
  /** Hands one stored message to the listener now, outside of queues and offsets. */
  readonly consumeDirectly: (record: Buffer, brokerName: string) => Promise<DirectResult>
  readonly #locks: Locks
  readonly #logger: Logger
  /** Queues that are being left: what still goes on in them must end before they begin anew here. */
  readonly #leaving = new Map<string, Promise<void>>()

  constructor(
    locks: Locks,
    consumption: OrderlyConsumption,
    consumeDirectly: OrderlyQueues['consumeDirectly'],
    logger: Logger,
  ) {
    this.#locks = locks
    this.consumption = consumption
    this.consumeDirectly = consumeDirectly
    this.#logger = logger
  }

  /** When the queue's lock was renewed last, epoch ms; `undefined`: it is not ours. */
  lockedAt(key: string): number | undefined {
    return this.#locks.renewedAt(key)
  }

  /** Those of the queues that are ours now. */
  async take(queues: readonly MessageQueue[]): Promise<readonly MessageQueue[]> {
    const free = queues.filter((queue) => !this.#leaving.has(queueKey(queue)))
    const locked = await this.#locks.lock(free)
    return free.filter((queue) => locked.has(queueKey(queue)))
  }

  /** Gives queues back in which nothing was begun. */
  async giveBack(queues: readonly MessageQueue[]): Promise<void> {
    await this.#locks.unlock(queues)
  }

  /** Says again that we want what we have; see {@link GroupLocks.renew}. */
  async renew(): Promise<void> {
    await this.#locks.renew()
  }

  /**
   * Leaves a queue: nothing more is handed out of it. When its running call has ended, `record` puts down where the
   * group is to go on, and then the queue is free. Without `record` it is not ours any more. Resolves after all that,
   * never rejects.
   */
  leave(processQueue: ProcessQueue, record: ((progress: number) => Promise<unknown>) | undefined): Promise<void> {
    const { key, queue } = processQueue
    const left = this.consumption.leave(processQueue)
    processQueue.drop()
    if (record === undefined) this.#locks.abandon(queue)
    const free = async (): Promise<void> => {
      const { progress, settled } = await left
      // Whose lock ran out meanwhile must not put the group back to where another member began.
      if (record === undefined || !this.#locks.holds(key)) return
      await record(progress)
      if (settled) await this.#locks.unlock([queue])
      else this.#locks.abandon(queue)
    }
    const leaving = free()
      .catch((failure) => this.#logger.error('queue not left', { queue: key, reason: textOf(failure) }))
      .finally(() => this.#leaving.delete(key))
    this.#leaving.set(key, leaving)
    return leaving
  }

  /** Resolves when all queues are left, and no lock is held any more except of queues where a call still runs. */
  async close(): Promise<void> {
    await Promise.all(this.#leaving.values())
    await this.#locks.close()
  }
}
