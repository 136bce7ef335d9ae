import type { SubscriptionData } from '../../remoting/index.ts'
import { type SubscriptionExpression, subscriptionData } from './subscription.ts'

/** A subscription, and what the second look at each message needs. */
export interface Subscribed {
  readonly data: SubscriptionData
  /** Wanted tags; `undefined`: every message is wanted, or the broker alone decides. */
  readonly tags: ReadonlySet<string> | undefined
}

/** What one group wants, by topic. */
export class Subscriptions {
  readonly #byTopic = new Map<string, Subscribed>()

  get topics(): readonly string[] {
    return [...this.#byTopic.keys()]
  }

  get data(): readonly SubscriptionData[] {
    return [...this.#byTopic.values()].map((subscribed) => subscribed.data)
  }

  get(topic: string): Subscribed | undefined {
    return this.#byTopic.get(topic)
  }

  /** @throws RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL */
  set(topic: string, expression: SubscriptionExpression, now: number): Subscribed {
    // Always newer than the one it replaces, so that brokers take it over.
    const version = Math.max(now, (this.#byTopic.get(topic)?.data.subVersion ?? 0) + 1)
    const data = subscriptionData(topic, expression, version)
    // The broker compares hashes of tags only, so texts are compared here once more.
    const subscribed = { data, tags: data.tagsSet.length === 0 ? undefined : new Set(data.tagsSet) }
    this.#byTopic.set(topic, subscribed)
    return subscribed
  }

  delete(topic: string): boolean {
    return this.#byTopic.delete(topic)
  }
}
