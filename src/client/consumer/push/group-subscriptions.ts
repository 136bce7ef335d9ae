import type { ConsumerParts } from '../consumer-parts.ts'
import type { StartingPoints } from '../offsets/starting-points.ts'
import { type Subscription, type SubscriptionExpression, subscriptionData } from '../subscription.ts'
import { Subscriptions } from '../subscriptions.ts'
import { checkExpression } from './check-expression.ts'

/** What a push consumer subscribes to: keeps the routes of its topics fresh and the brokers told. */
export class GroupSubscriptions {
  readonly current = new Subscriptions()
  readonly #group: string
  readonly #parts: ConsumerParts
  readonly #starts: StartingPoints
  readonly #rebalance: () => Promise<void>

  constructor(group: string, parts: ConsumerParts, starts: StartingPoints, rebalance: () => Promise<void>) {
    this.#group = group
    this.#parts = parts
    this.#starts = starts
    this.#rebalance = rebalance
  }

  /**
   * What is subscribed to from the first heartbeat on. `retryTopic`: where the group's messages come again, if they do.
   * @throws RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL
   */
  start(subscriptions: readonly Subscription[], retryTopic: string | undefined): void {
    const now = this.#parts.settings.clock.now()
    this.current.setAll(subscriptions, now)
    if (retryTopic !== undefined) this.current.set(retryTopic, '*', now)
  }

  /** Asks for the routes and tells the brokers. */
  async open(): Promise<void> {
    const { routes, connections } = this.#parts
    for (const topic of this.current.topics) routes.watch(topic)
    await Promise.all(this.current.topics.map((topic) => this.#starts.ask(topic)))
    await connections.beatAll()
    // Brokers judge SQL; one that cannot use it says so before anything is missed.
    await Promise.all(this.current.data.map((data) => checkExpression(data, this.#group, this.#parts)))
  }

  /** See `PushConsumer.subscribe`; `stillOpen` throws when the consumer was closed meanwhile. */
  async subscribe(topic: string, expression: SubscriptionExpression, stillOpen: () => void): Promise<void> {
    const { settings, routes, connections } = this.#parts
    const data = subscriptionData(topic, expression, 0)
    const isNew = this.current.get(topic) === undefined
    if (isNew) routes.watch(topic)
    try {
      await this.#starts.ask(topic)
      // Before it takes the place of another one: a wrong expression changes nothing.
      await checkExpression(data, this.#group, this.#parts)
      stillOpen()
    } catch (failure) {
      if (isNew) routes.unwatch(topic)
      throw failure
    }
    // Another call for the same topic may have been faster.
    if (isNew && this.current.get(topic) !== undefined) routes.unwatch(topic)
    this.current.set(topic, expression, settings.clock.now())
    await connections.beatAll()
    await this.#rebalance()
  }

  /** See `PushConsumer.unsubscribe`. */
  async unsubscribe(topic: string): Promise<void> {
    const { routes, connections } = this.#parts
    if (!this.current.delete(topic)) return
    routes.unwatch(topic)
    await connections.beatAll()
    await this.#rebalance()
  }

  /** Nothing is wanted any more. */
  close(): void {
    for (const topic of this.current.topics) this.#parts.routes.unwatch(topic)
  }
}
