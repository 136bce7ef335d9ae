import type { MessageQueue, ReceivedMessage } from '../../../message/index.ts'
import type { SubscriptionExpression } from '../subscription.ts'

/** Settings of a pull consumer. Apache: `DefaultMQPullConsumer`. */
export interface PullConsumerOptions {
  /** Under which name offsets are recorded and messages are given back. */
  readonly group: string
  /** How often a message that was given back comes again before it goes to `%DLQ%group`. Default 16. */
  readonly maxReconsumeTimes?: number | undefined
  /** How long a broker may hold `pullBlockIfNotFound`. Default 20000. */
  readonly holdMs?: number | undefined
}

/** What one pull brought. Apache: `PullResult`. */
export interface PullResult {
  /** `OFFSET_ILLEGAL`: the queue does not reach to the offset asked for; `nextOffset` is where it can be read. */
  readonly status: 'FOUND' | 'NO_NEW_MSG' | 'NO_MATCHED_MSG' | 'OFFSET_ILLEGAL'
  readonly messages: readonly ReceivedMessage[]
  /** Where to pull next. */
  readonly nextOffset: number
  /** Offset of the queue's oldest message. */
  readonly minOffset: number
  /** Offset that the queue's next message gets. */
  readonly maxOffset: number
}

/**
 * Reads queues from offsets of the program's own choice; nothing happens by itself. For everything but tools a
 * `LitePullConsumer` is easier. Apache: `DefaultMQPullConsumer`.
 */
export interface PullConsumer extends AsyncDisposable {
  readonly group: string
  /** The readable queues of a topic, sorted; none when it does not exist. */
  queuesOf(topic: string): Promise<readonly MessageQueue[]>
  /**
   * Asks one queue for messages from `offset` on, at most `max` (32), and answers at once. A message that cannot be
   * decompressed ends what is given, as if the pull had reached it only.
   * @throws RMQ_OPTION_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL, RMQ_BROKER_NOT_FOUND, RMQ_REFUSED, RMQ_ALREADY_CLOSED
   * @throws RMQ_BODY_UNREADABLE  the first message cannot be decompressed
   */
  pull(queue: MessageQueue, expression: SubscriptionExpression, offset: number, max?: number): Promise<PullResult>
  /**
   * As {@link pull}, but waits at the broker for up to `holdMs` when there is nothing; the signal ends waiting here.
   */
  pullBlockIfNotFound(
    queue: MessageQueue,
    expression: SubscriptionExpression,
    offset: number,
    max?: number,
    signal?: AbortSignal,
  ): Promise<PullResult>
  /** Where the group goes on in a queue; `undefined`: it was never there. */
  fetchConsumeOffset(queue: MessageQueue): Promise<number | undefined>
  /** Records where the group goes on in a queue; resolves when the broker has it. */
  updateConsumeOffset(queue: MessageQueue, offset: number): Promise<void>
  /** Offset of the oldest message of a queue. */
  minOffset(queue: MessageQueue): Promise<number>
  /** Offset that the next message of a queue gets. */
  maxOffset(queue: MessageQueue): Promise<number>
  /** The first offset of a queue stored at or after a time. */
  searchOffset(queue: MessageQueue, time: Date | number): Promise<number>
  /**
   * Gives a message to the group's retry topic, to come again after a delay: 0 the broker decides, 1–18 that level, -1
   * to the dead letters at once.
   * @throws RMQ_GIVE_BACK_FAILED
   */
  sendMessageBack(message: ReceivedMessage, delayLevel?: number): Promise<void>
}
