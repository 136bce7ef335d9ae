import type { MessageQueue, ReceivedMessage } from '../../../message/index.ts'

/**
 * What a listener that keeps order says of its call, when "consumed" is not all there is to say:
 *
 * - `'suspend'`: not now. The same messages come again after `suspendMs`, before any other of their queue, as after a
 *   throw.
 * - `'commit'`: this and everything handed out before is done; only of use while `autoCommit` is false.
 * - `'rollback'`: everything handed out since the last commit comes again after `suspendMs`, and does not count as a
 *   retry.
 * - `'dead-letter'`: these messages go to `%DLQ%group` now, and the queue goes on behind them.
 *
 * Apache: `ConsumeOrderlyStatus` (5.3.3); there a rollback while committing by itself counts as consumed.
 */
export type OrderlyResult = 'suspend' | 'commit' | 'rollback' | 'dead-letter'

// biome-ignore lint/suspicious/noConfusingVoidType: a listener that returns nothing is the usual one.
type Said = void | OrderlyResult

/**
 * What a listener that keeps order may know, and say, besides the message. One object a call. Apache:
 * `ConsumeOrderlyContext`.
 */
export interface OrderlyContext {
  /** Where the message was pulled from. Nobody else of the group works on this queue during the call. */
  readonly queue: MessageQueue
  /**
   * Aborted when another member waits for the queue and so for the end of this call, or when the call took longer than
   * `consumeTimeoutMs` and no longer counts.
   */
  readonly signal: AbortSignal
  /** False: consumed messages are recorded only by a `'commit'`. The listener may change it, call by call. */
  autoCommit: boolean
  /** Pause before the messages come again when this call fails, ms, 10–30000. The listener may change it. */
  suspendMs: number
}

/**
 * Gets one message, in the order of its queue, one call at a time per queue. Returning nothing, or resolving with
 * nothing, means consumed; throwing, or rejecting, suspends the queue, and the same message comes again.
 */
export type OrderlyListener = (message: ReceivedMessage, context: OrderlyContext) => Said | Promise<Said>

/** As {@link OrderlyListener}, with up to `batchSize` messages that follow each other in one queue. */
export type OrderlyBatchListener = (
  messages: readonly ReceivedMessage[],
  context: OrderlyContext,
) => Said | Promise<Said>
