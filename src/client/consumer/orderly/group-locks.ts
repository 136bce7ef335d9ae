import { KeyedMutex } from '../../../base/async/index.ts'
import { textOf } from '../../../base/errors/index.ts'
import type { Timer } from '../../../base/time/index.ts'
import { type MessageQueue, queueKey } from '../../../message/index.ts'
import { LockQueues, lockedQueuesBody, lockRequestBody, UnlockQueues } from '../../../remoting/index.ts'
import type { ClientSettings } from '../../config.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import type { Brokers } from '../../connection/brokers.ts'
import { clientErrors } from '../../errors.ts'

/** What locking queues needs. */
export interface GroupLocksParts {
  readonly group: string
  readonly settings: ClientSettings
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  /** A queue is ours no more: another member has it, or we could not say for too long that we want it. */
  onLost(queue: MessageQueue): void
}

/** A queue that this member has. */
interface HeldLock {
  readonly queue: MessageQueue
  /** When the request that renewed it last was sent: monotonic, and epoch ms for administrators. */
  readonly askedMs: number
  readonly askedAt: number
}

/** How often locks are renewed. Apache: `rocketmq.client.rebalance.lockInterval`. */
const RENEW_MS = 20_000
/**
 * A lock not renewed for so long counts as lost here; brokers keep it 60 s. Apache:
 * `rocketmq.client.rebalance.lockMaxLiveTime`.
 */
const HELD_MS = 30_000
/** How long a broker may take to lock or unlock. */
const LOCK_TIMEOUT_MS = 1000

/**
 * The queues that this member alone of its group may read, as their brokers confirmed it. Apache:
 * `RebalanceImpl.lock, lockAll, unlock`. Invariant: a queue is held here only while its broker gives it to nobody else,
 * because the broker's time is twice ours.
 */
export class GroupLocks {
  readonly #parts: GroupLocksParts
  readonly #held = new Map<string, HeldLock>()
  /** Per broker one request at a time: a renewal must not overtake the giving back of the same queue. */
  readonly #requests = new KeyedMutex()
  readonly #renewing: Timer
  /** Brokers that did not answer the last time. */
  readonly #failing = new Set<string>()

  constructor(parts: GroupLocksParts) {
    this.#parts = parts
    this.#renewing = parts.settings.clock.setInterval(() => void this.renew(), RENEW_MS, { background: true })
  }

  /** Whether the queue is ours now. */
  holds(key: string): boolean {
    const lock = this.#held.get(key)
    return lock !== undefined && this.#isLive(lock)
  }

  /** When the lock was renewed last, epoch ms; `undefined`: not held. */
  renewedAt(key: string): number | undefined {
    return this.#held.get(key)?.askedAt
  }

  /** Asks for queues; resolves with the keys of those that are ours now, none of those whose broker does not answer. */
  async lock(queues: readonly MessageQueue[]): Promise<ReadonlySet<string>> {
    const locked = new Set<string>()
    const asked = [...byBroker(queues)].map(async ([brokerName, ofBroker]) => {
      for (const key of (await this.#ask(brokerName, ofBroker, true)) ?? []) locked.add(key)
    })
    await Promise.all(asked)
    return locked
  }

  /**
   * Renews all; resolves when the brokers have answered, never rejects. A broker that does not answer changes nothing
   * before the time of its locks is over.
   */
  async renew(): Promise<void> {
    for (const { queue } of [...this.#held.values()].filter((lock) => !this.#isLive(lock))) this.#lose(queue)
    const held = byBroker([...this.#held.values()].map(({ queue }) => queue))
    await Promise.all([...held].map(([brokerName, queues]) => this.#renewAt(brokerName, queues)))
  }

  /** Gives queues back; resolves when their brokers know it, never rejects: an unanswered lock ends by itself. */
  async unlock(queues: readonly MessageQueue[]): Promise<void> {
    for (const queue of queues) this.#held.delete(queueKey(queue))
    const given = [...byBroker(queues)].map(async ([brokerName, ofBroker]) => {
      try {
        await this.#requests.run(brokerName, async () => {
          const peer = await this.#connect(brokerName, ofBroker)
          await peer.invoke(UnlockQueues, {}, { body: this.#body(ofBroker), timeoutMs: LOCK_TIMEOUT_MS })
        })
      } catch (failure) {
        this.#parts.settings.logger.warn('queues not unlocked; they are free in a minute', {
          queues: ofBroker.map(queueKey),
          reason: textOf(failure),
        })
      }
    })
    await Promise.all(given)
  }

  /**
   * Renews a queue no more without giving it back: something here may still work on it. It is free when its time is
   * over.
   */
  abandon(queue: MessageQueue): void {
    this.#held.delete(queueKey(queue))
  }

  /** Gives all back; see {@link GroupLocks.unlock}. */
  async close(): Promise<void> {
    this.#renewing.cancel()
    await this.unlock([...this.#held.values()].map(({ queue }) => queue))
  }

  async #renewAt(brokerName: string, queues: readonly MessageQueue[]): Promise<void> {
    const locked = await this.#ask(brokerName, queues, false)
    if (locked === undefined) return
    for (const queue of queues) if (!locked.has(queueKey(queue))) this.#lose(queue)
  }

  /**
   * One request; `undefined` when the broker gave no answer. A queue that was given back meanwhile is not taken up
   * again by its renewal.
   */
  async #ask(
    brokerName: string,
    queues: readonly MessageQueue[],
    isNew: boolean,
  ): Promise<ReadonlySet<string> | undefined> {
    const { clock, logger } = this.#parts.settings
    try {
      return await this.#requests.run(brokerName, async () => {
        const wanted = isNew ? queues : queues.filter((queue) => this.#held.has(queueKey(queue)))
        if (wanted.length === 0) return new Set<string>()
        const peer = await this.#connect(brokerName, wanted)
        const [askedMs, askedAt] = [clock.monotonicMs(), clock.now()]
        const answer = await peer.invoke(LockQueues, {}, { body: this.#body(wanted), timeoutMs: LOCK_TIMEOUT_MS })
        this.#failing.delete(brokerName)
        const locked = new Set(lockedQueuesBody.decode(answer.body).lockOKMQSet.map(queueKey))
        for (const queue of wanted) {
          const key = queueKey(queue)
          if (locked.has(key) && (isNew || this.#held.has(key))) this.#held.set(key, { queue, askedMs, askedAt })
        }
        return locked
      })
    } catch (failure) {
      const fields = { broker: brokerName, queues: queues.map(queueKey), reason: textOf(failure) }
      // Once per outage is enough for those who watch.
      if (this.#failing.has(brokerName)) logger.debug('queues not locked again', fields)
      else logger.warn('queues not locked; tried again', fields)
      this.#failing.add(brokerName)
      return undefined
    }
  }

  async #connect(brokerName: string, [queue]: readonly MessageQueue[]): ReturnType<BrokerConnections['connect']> {
    const { brokers, connections } = this.#parts
    const address = brokers.master(brokerName)
    if (address === undefined) throw clientErrors.RMQ_BROKER_NOT_FOUND({ brokerName, topic: queue?.topic ?? '' })
    return connections.connect(address)
  }

  #body(queues: readonly MessageQueue[]): Buffer {
    const { group: consumerGroup, settings } = this.#parts
    const mqSet = queues.map(({ topic, brokerName, queueId }) => ({ topic, brokerName, queueId }))
    return lockRequestBody.encode({ consumerGroup, clientId: settings.clientId, mqSet, onlyThisBroker: false })
  }

  #lose(queue: MessageQueue): void {
    if (!this.#held.delete(queueKey(queue))) return
    this.#parts.settings.logger.warn('queue lost; another member may have it', { queue: queueKey(queue) })
    this.#parts.onLost(queue)
  }

  #isLive({ askedMs }: HeldLock): boolean {
    return this.#parts.settings.clock.monotonicMs() - askedMs <= HELD_MS
  }
}

function byBroker(queues: readonly MessageQueue[]): ReadonlyMap<string, readonly MessageQueue[]> {
  const groups = new Map<string, MessageQueue[]>()
  for (const queue of queues) {
    const group = groups.get(queue.brokerName)
    if (group === undefined) groups.set(queue.brokerName, [queue])
    else group.push(queue)
  }
  return groups
}
