import type { MessageQueue, ReceivedMessage } from '../../../message/index.ts'
import type { QueueOffset } from '../../connection/members.ts'
import type { SubscriptionExpression } from '../subscription.ts'

/** How a consumer is asked for messages. */
export interface PollOptions {
  /** How long to wait for the first one; 0: not at all. Default the consumer's `pollTimeoutMs`, 5000. */
  readonly timeoutMs?: number | undefined
  /** Stops waiting: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** One message that counts as processed only when that is said; call one of the three, further calls do nothing. */
export interface TakenMessage {
  readonly message: ReceivedMessage
  /** It is processed. Until then its queue's recorded progress does not pass it. */
  done(): void
  /** It is handed out once more, before those behind it. */
  putBack(): void
  /**
   * It cannot be processed: it goes to the group's dead letters, `%DLQ%group`; resolves when a broker has it there.
   * @throws RMQ_GIVE_BACK_FAILED  none took it; it is handed out once more
   */
  reject(): Promise<void>
}

/**
 * Receives messages for a group when it asks for them. Queues are divided among the group's members, Java's included,
 * or assigned by hand. Messages are pulled ahead within limits; who asks slowly slows the pulling down.
 *
 * ```ts
 * await using consumer = await client.litePullConsumer({ group: 'reports', subscriptions: [{ topic: 'Orders' }] })
 * for await (const message of consumer) await write(message)
 * ```
 *
 * The loop ends when the consumer is closed. The message at which it is left by `break` or an error counts as not
 * processed. Nothing is given back to the broker, so there are no retries and no dead letters. Disposing records the
 * progress and leaves the group. Apache: `DefaultLitePullConsumer`.
 */
export interface LitePullConsumer extends AsyncDisposable, AsyncIterable<ReceivedMessage> {
  readonly group: string
  /** Queues that this consumer has now. */
  readonly assigned: readonly MessageQueue[]
  /**
   * Subscribes to a topic, or changes the expression; resolves when the queues of an existing topic are divided anew.
   * @throws RMQ_SUBSCRIBED_AND_ASSIGNED, RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL, RMQ_ALREADY_CLOSED
   */
  subscribe(topic: string, expression?: SubscriptionExpression): Promise<void>
  /** Gives a topic up; resolves when its queues are left. */
  unsubscribe(topic: string): Promise<void>
  /**
   * Takes exactly these queues instead of those it has, whatever the group's other members do; resolves when they are
   * pulled. `expression` holds for all of them.
   * @throws RMQ_SUBSCRIBED_AND_ASSIGNED, RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL, RMQ_ALREADY_CLOSED
   * @throws RMQ_OPTION_ILLEGAL  a topic has no such queue
   */
  assign(queues: readonly MessageQueue[], expression?: SubscriptionExpression): Promise<void>
  /**
   * The next messages, of one queue, at most `pullBatch`; none when none came in time. With `autoCommit` those of the
   * call before count as processed from now on.
   * @throws RMQ_BODY_UNREADABLE  the next message cannot be decompressed; asking again goes on behind it
   * @throws RMQ_ALREADY_CLOSED
   */
  poll(options?: PollOptions): Promise<readonly ReceivedMessage[]>
  /**
   * The next message, to be settled by itself: any number may be under way, and progress never passes one that is not
   * done. `undefined` when none came in time.
   * @throws RMQ_BODY_UNREADABLE, RMQ_ALREADY_CLOSED
   */
  take(options?: PollOptions): Promise<TakenMessage | undefined>
  /**
   * Says that everything handed out by `poll` or the loop is processed, or where exactly the group stands in some
   * queues; resolves when it is recorded. Rejects when a broker cannot be reached.
   * @throws RMQ_QUEUE_NOT_ASSIGNED, RMQ_BROKER_NOT_FOUND
   */
  commit(offsets?: readonly QueueOffset[]): Promise<void>
  /** Where the group goes on in a queue as it is recorded; `undefined`: it was never there. */
  committed(queue: MessageQueue): Promise<number | undefined>
  /**
   * Goes on elsewhere in a queue; what was pulled of it is forgotten.
   * @throws RMQ_QUEUE_NOT_ASSIGNED, RMQ_SEEK_ILLEGAL
   */
  seek(queue: MessageQueue, offset: number): Promise<void>
  /** {@link seek} to the oldest message. */
  seekToBegin(queue: MessageQueue): Promise<void>
  /** {@link seek} behind the newest message. */
  seekToEnd(queue: MessageQueue): Promise<void>
  /**
   * Pulls nothing more from these queues until `resume`; what was pulled is still handed out.
   * @throws RMQ_QUEUE_NOT_ASSIGNED
   */
  pause(queues: readonly MessageQueue[]): void
  /** Goes on pulling from these queues. */
  resume(queues: readonly MessageQueue[]): void
  /** The first offset of a queue stored at or after a time. */
  offsetForTimestamp(queue: MessageQueue, time: Date | number): Promise<number>
  /**
   * Calls back with a topic's queues whenever they become others, looked at every `pollNameServerMs`; the result ends
   * that. Apache: `TopicMessageQueueChangeListener`.
   */
  onQueuesChanged(topic: string, callback: (queues: readonly MessageQueue[]) => void): () => void
}
