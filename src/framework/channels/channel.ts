import type { Observable } from 'rxjs'
import type { Message } from './message.ts'
import type { TransactionReceipt, TransactionWork } from './transaction.ts'

/** What a binder tells about a message that it stored. */
export interface SendReceipt {
  /** The broker's or producer's id of the message, by which tools find it again. */
  readonly messageId: string
  /** Where it went: the topic. */
  readonly destination: string
  /** What else the binder knows: queue, offset, broker, local transaction state. */
  readonly details: Readonly<Record<string, unknown>>
}

/** The sending end of a binding. */
export interface MessageChannel {
  /** Name of the binding. */
  readonly name: string
  /**
   * Converts the payload by its content type, and sends. Resolves when the broker has stored the message. With
   * `producer.error-channel-enabled` a failure is also told to `<destination>.errors`; with
   * `throw-on-send-failure=false` as well, it resolves when a handler there took the failure: `messageId` is empty
   * then, and `details.failure` is the reason.
   * @throws RMQ_CHANNEL_CLOSED  the application is not started yet, or closed
   * @throws RMQ_PAYLOAD_UNSENDABLE  the payload has no form under the content type
   */
  send(message: Message): Promise<SendReceipt>
  /**
   * Sends in a transaction: the message is stored where nobody gets it, `work` runs, and its answer decides. Resolves
   * when the end was told to the broker. Only for outputs that are configured for transactions, with a listener for the
   * checks.
   *
   * ```ts
   * await source.output().sendInTransaction(MessageBuilder.withPayload(order).build(), async () => {
   *   await orders.insert(order)
   *   return 'commit'
   * })
   * ```
   * @throws RMQ_TRANSACTION_UNSUPPORTED  the output is not configured for transactions
   * @throws as {@link MessageChannel.send}; `work` was not called then
   */
  sendInTransaction<Payload>(message: Message<Payload>, work: TransactionWork<Payload>): Promise<TransactionReceipt>
  /**
   * Sends several messages in as few requests as the binder can; resolves with a receipt for each when all are stored.
   * @throws as {@link send}; when only some are stored, the binder's error says which
   */
  sendAll(messages: readonly Message[]): Promise<readonly SendReceipt[]>
}

/** Ends a subscription of a channel; harmless the second time. */
export interface ChannelSubscription {
  unsubscribe(): void
}

/** What a subscriber does with a message; the message is acknowledged when its result has settled without failure. */
export type MessageHandler<Payload = unknown> = (message: Message<Payload>) => unknown

/**
 * The receiving end of a binding. Payloads are as an unannotated listener parameter gets them: the parsed value when
 * the body is a JSON object or array, else the text; bytes when the content type is neither JSON nor text.
 */
export interface SubscribableChannel {
  /** Name of the binding. */
  readonly name: string
  /**
   * Adds a subscriber. Subscribers of one channel compete: each message goes to one of them, in turn; all
   * `@StreamListener` methods of a channel count as one subscriber together. A subscriber that throws or rejects has
   * the message tried again.
   */
  subscribe<Payload = unknown>(handler: MessageHandler<Payload>): ChannelSubscription
  /** All messages of the channel as they come, seen beside the subscribers and without a part in acknowledging. */
  asObservable<Payload = unknown>(): Observable<Message<Payload>>
}
