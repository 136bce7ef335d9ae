import { type PayloadSpec, POLLABLE } from '../../../decorators/index.ts'
import type { Message } from './message.ts'

/**
 * What becomes of a polled message: `accept` it is done; `reject` it is done with, and goes where the messaging system
 * puts such messages (RocketMQ: the group's dead letters); `requeue` it comes again.
 */
export type Settlement = 'accept' | 'reject' | 'requeue'

/** A polled message's fate in the program's own hand. Spring: `AcknowledgmentCallback`. */
export interface PolledAcknowledgement {
  /** The message is not acknowledged when the handler returns; the program calls `acknowledge` itself, now or later. */
  noAutoAck(): void
  /** True: it is settled. */
  readonly acknowledged: boolean
  /**
   * Settles it; resolves when that is done.
   * @throws RMQ_ACKNOWLEDGED_TWICE
   */
  acknowledge(how?: Settlement): Promise<void>
}

/**
 * What is done with a polled message. Without `noAutoAck` it is accepted when the result has settled without failure.
 */
export type PolledHandler<Payload = unknown> = (
  message: Message<Payload>,
  acknowledgement: PolledAcknowledgement,
) => unknown

/**
 * An input that hands out messages when it is asked. Spring: `PollableMessageSource`.
 *
 * The same word is the second argument of `@Input`:
 * `@Input('orders', PollableMessageSource) orders!: () => PollableMessageSource`.
 */
export interface PollableMessageSource {
  /** Name of the binding. */
  readonly name: string
  /**
   * Takes one message, if one comes in time, and hands it to `handler`, with the payload that `type` asks for, as in
   * `@Payload(type)`. A handler that fails is tried again as the binding's `max-attempts` says; then the message is
   * settled as the failure asks (`rejectToDeadLetters`, `requeueLater`), else as the binder does. Resolves with false
   * when there was none, with true when one was taken, whatever became of it.
   * @throws RMQ_SOURCE_CLOSED  the binding is stopped
   */
  poll<Payload = unknown>(handler: PolledHandler<Payload>, type?: PayloadSpec): Promise<boolean>
}

/** Says in `@Input(name, PollableMessageSource)` that the input is polled. */
export const PollableMessageSource: typeof POLLABLE = POLLABLE
