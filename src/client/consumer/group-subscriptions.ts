import { checkExpression } from './check-expression.ts'
import type { ConsumerParts } from './consumer-parts.ts'
import type { StartingPoints } from './offsets/starting-points.ts'
import { type Subscription, type SubscriptionExpression, subscriptionData } from './subscription.ts'
import { Subscriptions } from './subscriptions.ts'

/**
 * What a consumer subscribes to: keeps the routes of its topics fresh and the brokers told.
 * Invariant: what was asked for takes effect as a whole or, when a part of it is wrong, not at all.
 */
export class GroupSubscriptions {
  /** As they hold now, with the expression of each topic. */
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

  /**
   * Subscribes to a topic, or changes its expression; resolves when its queues are divided anew. `beforeChange` is
   * called in the moment of the change: it throws when the consumer must not be changed any more, as when it was
   * closed.
   * @throws RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL, RMQ_NAME_SERVERS_UNREACHABLE
   */
  subscribe(topic: string, expression: SubscriptionExpression, beforeChange: () => void): Promise<void> {
    return this.#want([topic], expression, beforeChange)
  }

  /** Subscribes to exactly these topics, all with the expression; else as {@link GroupSubscriptions.subscribe}. */
  replace(topics: readonly string[], expression: SubscriptionExpression, beforeChange: () => void): Promise<void> {
    return this.#want(topics, expression, () => {
      beforeChange()
      for (const topic of this.current.topics) if (!topics.includes(topic)) this.#drop(topic)
    })
  }

  /** Gives a topic up; resolves when its queues are left. */
  async unsubscribe(topic: string): Promise<void> {
    if (this.#drop(topic)) await this.#changed()
  }

  /** Nothing is wanted any more. */
  close(): void {
    for (const topic of this.current.topics) this.#parts.routes.unwatch(topic)
  }

  async #want(topics: readonly string[], expression: SubscriptionExpression, beforeChange: () => void): Promise<void> {
    const { settings, routes } = this.#parts
    const wanted = topics.map((topic) => subscriptionData(topic, expression, 0))
    for (const topic of topics) routes.watch(topic)
    try {
      await Promise.all(topics.map((topic) => this.#starts.ask(topic)))
      // Before it takes the place of another one: a wrong expression changes nothing.
      await Promise.all(wanted.map((data) => checkExpression(data, this.#group, this.#parts)))
      beforeChange()
    } catch (failure) {
      for (const topic of topics) routes.unwatch(topic)
      throw failure
    }
    const now = settings.clock.now()
    for (const topic of topics) {
      // A topic is watched once, however often its expression changes.
      if (this.current.get(topic) !== undefined) routes.unwatch(topic)
      this.current.set(topic, expression, now)
    }
    await this.#changed()
  }

  #drop(topic: string): boolean {
    const was = this.current.delete(topic)
    if (was) this.#parts.routes.unwatch(topic)
    return was
  }

  async #changed(): Promise<void> {
    await this.#parts.connections.beatAll()
    await this.#rebalance()
  }
}
