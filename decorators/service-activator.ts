import { addListener, addSendTo, checkLegacy } from './metadata.ts'

/** Options of {@link ServiceActivator}. */
export interface ServiceActivatorOptions {
  /** The channel whose messages the method takes. */
  readonly inputChannel: string
  /** Output channel that gets what the method returns. Default: none. */
  readonly outputChannel?: string
}

/**
 * Method decorator: the method takes the messages of a channel, mostly of one for failures: `orders.billing.errors`
 * gets those of the binding to topic `orders` in group `billing`, `invoices.errors` those of sending to `invoices`,
 * `errorChannel` all. With the name of an input it does what `@StreamListener` does.
 *
 * ```ts
 * @ServiceActivator('orders.billing.errors')
 * onFailure(@Message() error: ErrorMessage): void { … }   // returning: the message is done; throwing: it is given back
 * ```
 */
export function ServiceActivator(channel: string | ServiceActivatorOptions): MethodDecorator {
  const { inputChannel, outputChannel } = typeof channel === 'string' ? { inputChannel: channel } : channel
  return (prototype, member) => {
    checkLegacy('ServiceActivator', member)
    addListener(prototype, { member, channel: inputChannel, condition: '', copyHeaders: true })
    if (outputChannel !== undefined) addSendTo(prototype, { member, channel: outputChannel })
  }
}
