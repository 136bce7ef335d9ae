import { textOf } from '../../../base/errors/index.ts'
import type { Timer } from '../../../base/time/index.ts'
import { isRetryTopic, type MessageQueue, queueKey } from '../../../message/index.ts'
import { consumerListBody, GetConsumerList } from '../../../remoting/index.ts'
import type { ClientSettings } from '../../config.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import { type Brokers, MASTER_ID } from '../../connection/brokers.ts'
import type { TopicRoute } from '../../route/topic-route.ts'
import type { TopicRoutes } from '../../route/topic-routes.ts'
import type { AssignedQueues } from '../push/assigned-queues.ts'
import type { QueueShare } from './shares.ts'

/** What dividing the queues among a group's members needs. */
export interface RebalanceParts {
  readonly group: string
  readonly settings: ClientSettings
  readonly routes: TopicRoutes
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  readonly queues: AssignedQueues
  /** How queues are divided. */
  readonly share: QueueShare
  /** Topics subscribed to now. */
  topics(): readonly string[]
  /** This consumer's queues of a topic, if that does not depend on the group's other members. */
  ownQueues(route: TopicRoute): readonly MessageQueue[] | undefined
}

/** When everything is as it should be, and when something could not be done. */
const AGAIN_MS = { balanced: 20_000, unbalanced: 1000 } as const

/**
 * Gives this consumer its share of the queues: at every change it is told of, and every 20 s in case it was not told.
 * Apache: `RebalanceImpl`, `RebalanceService`.
 * Invariant: one round at a time; a request during a round leads to another one after it.
 */
export class Rebalance {
  readonly #parts: RebalanceParts
  #round: Promise<void> | undefined
  #requested = false
  #timer: Timer | undefined
  #stopped = false

  constructor(parts: RebalanceParts) {
    this.#parts = parts
  }

  /** Something changed; resolves when a round that began after this call is over. Never rejects. */
  async request(): Promise<void> {
    if (this.#stopped) return
    this.#requested = true
    this.#round ??= this.#rounds()
    await this.#round
  }

  /** Begins no further round; resolves when the running one is over. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#round
  }

  async #rounds(): Promise<void> {
    const { clock, logger } = this.#parts.settings
    this.#timer?.cancel()
    let balanced = false
    do {
      this.#requested = false
      try {
        balanced = await this.#once()
      } catch (failure) {
        balanced = false
        logger.error('rebalance failed', { group: this.#parts.group, reason: textOf(failure) })
      }
    } while (this.#requested && !this.#stopped)
    this.#round = undefined
    if (this.#stopped) return
    const again = (): void => void this.request()
    this.#timer = clock.setTimeout(again, balanced ? AGAIN_MS.balanced : AGAIN_MS.unbalanced, { background: true })
  }

  async #once(): Promise<boolean> {
    const topics = this.#parts.topics()
    await this.#parts.queues.renewLocks()
    const lists = new Map<string, Promise<readonly string[] | undefined>>()
    const done = await Promise.all(topics.map((topic) => this.#topic(topic, lists)))
    await this.#parts.queues.retainTopics(new Set(topics))
    return done.every((good) => good)
  }

  async #topic(topic: string, lists: Map<string, Promise<readonly string[] | undefined>>): Promise<boolean> {
    const { queues, routes, settings } = this.#parts
    const route = routes.get(topic)
    // A topic that does not exist yet: its first route asks for a round.
    if (route === undefined || route.provisional) return true
    const own = this.#parts.ownQueues(route)
    if (own !== undefined) return queues.assign(topic, own, false)
    const address = this.#someBroker(route)
    const clientIds = address === undefined ? undefined : await this.#clientIds(address, lists)
    if (clientIds === undefined) {
      if (!isRetryTopic(topic)) settings.logger.warn('members unknown; queues kept as they are', { topic })
      return false
    }
    if (this.#stopped) return true
    return queues.assign(topic, this.#share(clientIds, route.subscribeQueues), clientIds.length > 1)
  }

  #share(clientIds: readonly string[], queues: readonly MessageQueue[]): readonly MessageQueue[] {
    const { share, settings } = this.#parts
    const chosen = new Set(share(settings.clientId, clientIds.toSorted(byUtf16), queues).map(queueKey))
    return queues.filter((queue) => chosen.has(queueKey(queue)))
  }

  /** Members as a broker knows them; asked once a round per broker. */
  #clientIds(
    address: string,
    lists: Map<string, Promise<readonly string[] | undefined>>,
  ): Promise<readonly string[] | undefined> {
    const list = lists.get(address) ?? this.#askClientIds(address)
    lists.set(address, list)
    return list
  }

  /**
   * A broker that does not count us among the members, for example after its restart, is told again who lives here.
   * While it does not, we keep what we have: an empty share would stop everything.
   */
  async #askClientIds(address: string): Promise<readonly string[] | undefined> {
    const { connections, settings } = this.#parts
    for (let attempt = 0; attempt < 2; attempt++) {
      if (attempt > 0) await connections.beat(address)
      try {
        const header = { consumerGroup: this.#parts.group }
        const peer = await connections.connect(address)
        const answer = await peer.invoke(GetConsumerList, header, { timeoutMs: settings.requestTimeoutMs })
        const { consumerIdList } = consumerListBody.decode(answer.body)
        if (consumerIdList.includes(settings.clientId)) return consumerIdList
      } catch (failure) {
        settings.logger.debug('members not told', { group: this.#parts.group, address, reason: textOf(failure) })
      }
    }
    return undefined
  }

  #someBroker(route: TopicRoute): string | undefined {
    const { brokerDatas } = route.data
    const { brokers, settings } = this.#parts
    if (brokerDatas.length === 0) return undefined
    const { brokerName } = brokerDatas[settings.random.below(brokerDatas.length)] ?? { brokerName: '' }
    return brokers.toRead(brokerName, MASTER_ID)?.address
  }
}

/** Java's order of strings, which every member must share; JavaScript's own comparison is the same. */
function byUtf16(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
