import { compareQueues, type MessageQueue } from '../../../message/index.ts'
import type { SubscriptionData } from '../../../remoting/index.ts'
import { clientErrors } from '../../errors.ts'
import type { ConsumerParts } from '../consumer-parts.ts'
import type { StartingPoints } from '../offsets/starting-points.ts'
import { checkExpression } from '../push/check-expression.ts'
import type { Subscription, SubscriptionExpression } from '../subscription.ts'
import { Subscriptions } from '../subscriptions.ts'
import { checkQueues } from './check-queues.ts'

/** What a lite pull consumer wants: topics that the group divides, or queues that the program assigned. */
export class WantedTopics {
  /** With the expression of each topic, whichever way it came in. */
  readonly subscriptions = new Subscriptions()
  readonly #group: string
  readonly #parts: ConsumerParts
  readonly #starts: StartingPoints
  readonly #rebalance: () => Promise<void>
  /** Queues assigned by hand; `undefined` while there are none. */
  #assigned: readonly MessageQueue[] | undefined

  constructor(group: string, parts: ConsumerParts, starts: StartingPoints, rebalance: () => Promise<void>) {
    this.#group = group
    this.#parts = parts
    this.#starts = starts
    this.#rebalance = rebalance
  }

  /** What brokers are told: who takes queues by hand has no say in what the group subscribes to. */
  get told(): readonly SubscriptionData[] {
    return this.#assigned === undefined ? this.subscriptions.data : []
  }

  /** The queues of a topic that were assigned by hand; `undefined`: topics are subscribed to. */
  assigned(topic: string): readonly MessageQueue[] | undefined {
    return this.#assigned?.filter((queue) => queue.topic === topic)
  }

  /** See `LitePullConsumer.subscribe`. */
  async subscribe(subscriptions: readonly Subscription[]): Promise<void> {
    if (this.#assigned !== undefined) throw clientErrors.RMQ_SUBSCRIBED_AND_ASSIGNED({ group: this.#group })
    for (const { topic, expression = '*' } of subscriptions) this.#want(topic, expression)
    await this.#join(subscriptions.map(({ topic }) => topic))
  }

  /** See `LitePullConsumer.unsubscribe`. */
  async unsubscribe(topic: string): Promise<void> {
    if (!this.subscriptions.delete(topic)) return
    this.#parts.routes.unwatch(topic)
    await this.#parts.connections.beatAll()
    await this.#rebalance()
  }

  /** See `LitePullConsumer.assign`. */
  async assign(queues: readonly MessageQueue[], expression: SubscriptionExpression): Promise<void> {
    if (this.#assigned === undefined && this.subscriptions.topics.length > 0) {
      throw clientErrors.RMQ_SUBSCRIBED_AND_ASSIGNED({ group: this.#group })
    }
    const { routes } = this.#parts
    const topics = new Set(queues.map(({ topic }) => topic))
    await Promise.all([...topics].map((topic) => checkQueues(topic, queues, routes)))
    this.#assigned = queues
      .map(({ topic, brokerName, queueId }) => ({ topic, brokerName, queueId }))
      .sort(compareQueues)
    for (const topic of this.subscriptions.topics) {
      if (topics.has(topic)) continue
      this.subscriptions.delete(topic)
      routes.unwatch(topic)
    }
    for (const topic of topics) this.#want(topic, expression)
    await this.#join([...topics])
  }

  /** Nothing is wanted any more. */
  close(): void {
    for (const topic of this.subscriptions.topics) this.#parts.routes.unwatch(topic)
  }

  #want(topic: string, expression: SubscriptionExpression): void {
    const isNew = this.subscriptions.get(topic) === undefined
    this.subscriptions.set(topic, expression, this.#parts.settings.clock.now())
    if (isNew) this.#parts.routes.watch(topic)
  }

  async #join(topics: readonly string[]): Promise<void> {
    await Promise.all(topics.map((topic) => this.#starts.ask(topic)))
    await this.#parts.connections.beatAll()
    // Brokers judge SQL; one that cannot use it says so before anything is missed.
    const wanted = topics.flatMap((topic) => this.subscriptions.get(topic)?.data ?? [])
    await Promise.all(wanted.map((data) => checkExpression(data, this.#group, this.#parts)))
    await this.#rebalance()
  }
}
