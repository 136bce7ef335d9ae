import { compareQueues, type MessageQueue } from '../../../message/index.ts'
import type { SubscriptionData } from '../../../remoting/index.ts'
import { clientErrors } from '../../errors.ts'
import type { TopicRoutes } from '../../route/topic-routes.ts'
import type { GroupSubscriptions } from '../group-subscriptions.ts'
import type { SubscriptionExpression } from '../subscription.ts'
import { checkQueues } from './check-queues.ts'

/** What a lite pull consumer wants: topics that the group divides, or queues that the program assigned. */
export class WantedTopics {
  readonly #group: string
  readonly #routes: TopicRoutes
  /** With the expression of each topic, whichever way it came in. */
  readonly #subscribed: GroupSubscriptions
  /** Queues assigned by hand; `undefined` while there are none. */
  #assigned: readonly MessageQueue[] | undefined

  constructor(group: string, routes: TopicRoutes, subscribed: GroupSubscriptions) {
    this.#group = group
    this.#routes = routes
    this.#subscribed = subscribed
  }

  /** What brokers are told: who takes queues by hand has no say in what the group subscribes to. */
  get told(): readonly SubscriptionData[] {
    return this.#assigned === undefined ? this.#subscribed.current.data : []
  }

  /** The queues of a topic that were assigned by hand; `undefined`: topics are subscribed to. */
  assigned(topic: string): readonly MessageQueue[] | undefined {
    return this.#assigned?.filter((queue) => queue.topic === topic)
  }

  /** See `LitePullConsumer.subscribe`; `stillOpen` throws when the consumer was closed. */
  async subscribe(topic: string, expression: SubscriptionExpression, stillOpen: () => void): Promise<void> {
    const mayChange = (): void => {
      stillOpen()
      if (this.#assigned !== undefined) throw clientErrors.RMQ_SUBSCRIBED_AND_ASSIGNED({ group: this.#group })
    }
    mayChange()
    await this.#subscribed.subscribe(topic, expression, mayChange)
  }

  /** See `LitePullConsumer.assign`; `stillOpen` throws when the consumer was closed. */
  async assign(
    queues: readonly MessageQueue[],
    expression: SubscriptionExpression,
    stillOpen: () => void,
  ): Promise<void> {
    const mayChange = (): void => {
      stillOpen()
      if (this.#assigned === undefined && this.#subscribed.current.topics.length > 0)
        throw clientErrors.RMQ_SUBSCRIBED_AND_ASSIGNED({ group: this.#group })
    }
    mayChange()
    const chosen = queues.map(({ topic, brokerName, queueId }) => ({ topic, brokerName, queueId }))
    const topics = [...new Set(chosen.map(({ topic }) => topic))]
    await Promise.all(topics.map((topic) => checkQueues(topic, chosen, this.#routes)))
    await this.#subscribed.replace(topics, expression, () => {
      mayChange()
      this.#assigned = chosen.toSorted(compareQueues)
    })
  }
}
