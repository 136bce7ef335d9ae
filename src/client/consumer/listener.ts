import type { MessageQueue, ReceivedMessage } from '../../message/index.ts'

/** What a listener may know, and say, besides the message. One object a call. Apache: `ConsumeConcurrentlyContext`. */
export interface ConsumeContext {
  /** Where the message was pulled from: a queue of its topic, or of the group's retry topic. */
  readonly queue: MessageQueue
  /** Aborted when another member got the queue: the message will be delivered there, whatever becomes of it here. */
  readonly signal: AbortSignal
  /**
   * When a message that is given back comes again: 0 the broker decides (10 s, 30 s, 1 min …), 1 and more that delay
   * level, -1 never: it goes to the dead letters at once. The listener may change it.
   */
  delayLevelWhenNextConsume: number
  /**
   * Of a batch that succeeds: the last message that counts as consumed; those behind it are given back. Default all.
   */
  ackIndex: number
  /**
   * Gives one message of a batch back although the call succeeds; the others count as consumed. A call that fails gives
   * all back, those named here with their own delay.
   *
   * @param message  one of those that the listener was given
   * @param delayLevel  as {@link delayLevelWhenNextConsume}, for this one; default that
   * @throws RMQ_OPTION_ILLEGAL  the message is not one of them, or there is no such level
   */
  giveBack(message: ReceivedMessage, delayLevel?: number): void
}

/**
 * Gets one message. Returning, or resolving, means consumed; throwing, or rejecting, gives it back, and it comes again
 * later. Messages of one queue may be handed out at the same time and in any order.
 */
export type MessageListener = (message: ReceivedMessage, context: ConsumeContext) => void | Promise<void>

/**
 * As {@link MessageListener}, with up to `batchSize` messages of one queue. They succeed or fail together, unless the
 * listener says by `context.ackIndex` how many of them are consumed, or by `context.giveBack` which ones are not.
 */
export type BatchListener = (messages: readonly ReceivedMessage[], context: ConsumeContext) => void | Promise<void>
