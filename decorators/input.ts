import { type ChannelDecorator, channelDecorator } from './channel-decorator.ts'
import type { POLLABLE } from './pollable.ts'

/**
 * Names an input channel.
 *
 * - In a contract: `@Input('input2') input2!: () => SubscribableChannel`. Without a name: the member's name.
 * - In a contract, for an input that is polled:
 *   `@Input('input3', PollableMessageSource) input3!: () => PollableMessageSource`.
 * - On a parameter of a listener: `totals(@Input('input2') orders$: Observable<Message<Order>>)`; the method is then
 *   called once, at start, with the stream. `@Input('input2') @Payload(Order)` makes it a stream of payloads.
 * - On a constructor parameter or a property of a service: the channel is injected.
 */
export function Input(name?: string, kind?: typeof POLLABLE): ChannelDecorator {
  return channelDecorator('input', name, kind !== undefined)
}
