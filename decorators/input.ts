import { type ChannelDecorator, channelDecorator } from './channel-decorator.ts'

/**
 * Names an input channel.
 *
 * - In a contract: `@Input('input2') input2!: () => SubscribableChannel`. Without a name: the member's name.
 * - On a parameter of a listener: `totals(@Input('input2') orders$: Observable<Message<Order>>)`; the method is then called
 *   once, at start, with the stream. `@Input('input2') @Payload(Order)` makes it a stream of payloads.
 * - On a constructor parameter or a property of a service: the channel is injected.
 */
export function Input(name?: string): ChannelDecorator {
  return channelDecorator('input', name)
}
