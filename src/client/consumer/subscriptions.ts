import type { SubscriptionData } from '../../remoting/index.ts'
import { clientErrors } from '../errors.ts'
import { type Subscription, type SubscriptionExpression, subscriptionData } from './subscription.ts'

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

  /**
   * Subscribes to all of these; a topic may be there twice if both times the same is wanted.
   * @throws RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL
   */
  setAll(subscriptions: readonly Subscription[], now: number): void {
    for (const { topic, expression = '*' } of subscriptions) {
      const known = this.#byTopic.get(topic)?.data
      const { subString, expressionType } = this.set(topic, expression, now).data
      if (known === undefined || (known.subString === subString && known.expressionType === expressionType)) continue
      const reason = `the same consumer also subscribes "${known.subString}" there. Write one expression for both.`
      throw clientErrors.RMQ_SUBSCRIPTION_ILLEGAL({ topic, expression: subString, reason })
    }
  }

  delete(topic: string): boolean {
    return this.#byTopic.delete(topic)
  }
}
