import type { MessageQueue } from '../../../message/index.ts'
import type { SubscriptionExpression } from '../subscription.ts'

/**
 * Receives messages for a group. Disposing stops pulling, waits for running listeners up to `closeTimeoutMs`, records
 * the progress at the brokers, and leaves the group, so that the other members go on at once exactly where this one
 * stopped. Apache: `DefaultMQPushConsumer`.
 */
export interface PushConsumer extends AsyncDisposable {
  readonly group: string
  /** Queues that this consumer has now, the group's retry queues included. */
  readonly assigned: readonly MessageQueue[]
  /** Stops pulling; what was pulled already is still handed to the listener. */
  pause(): void
  /** Goes on pulling. */
  resume(): void
  /**
   * Subscribes to a topic, or changes the expression; resolves when the queues of an existing topic are divided anew.
   * When it rejects, what was subscribed before still is.
   * @throws RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL, RMQ_NAME_SERVERS_UNREACHABLE
   */
  subscribe(topic: string, expression?: SubscriptionExpression): Promise<void>
  /** Gives a topic up; resolves when its queues are left. */
  unsubscribe(topic: string): Promise<void>
  /**
   * Goes on elsewhere in one of the assigned queues, and records that for the group; resolves when it is pulled from
   * there. What the listener is doing with earlier messages no longer counts.
   * @throws RMQ_QUEUE_NOT_ASSIGNED, RMQ_OPTION_ILLEGAL
   */
  seek(queue: MessageQueue, offset: number): Promise<void>
}
