import { type ChannelDecorator, channelDecorator } from './channel-decorator.ts'

/**
 * Names an output channel.
 *
 * - In a contract: `@Output('output2') output2!: () => MessageChannel`. Without a name: the member's name.
 * - On a `@StreamListener` method: what it returns is sent there.
 * - On a parameter of a streaming listener, a constructor parameter or a property of a service: the channel is
 *   injected.
 */
export function Output(name?: string): ChannelDecorator {
  return channelDecorator('output', name)
}
