import { addListener, checkLegacy } from './metadata.ts'

/** Options of {@link StreamListener}. */
export interface StreamListenerOptions {
  /**
   * Only messages for which this expression holds: `headers['ROCKET_TAGS'] == 'vip'`. Checked when the application
   * starts. Default: every message.
   */
  readonly condition?: string
  /** Whether headers of the message are copied to the reply, unless the reply has them. Default true. */
  readonly copyHeaders?: boolean
}

/**
 * Method decorator: the method takes the messages of an input channel.
 *
 * With a channel it is called per message; a result, awaited, goes to the channel of `@SendTo`. Thrown or rejected: tried
 * again, then given back. Without a channel its `@Input` parameters name the channels, and it is called once with streams.
 *
 * An unannotated single parameter gets the payload: the parsed value when the body is a JSON object or array, else the text.
 */
export function StreamListener(channel?: string, options: StreamListenerOptions = {}): MethodDecorator {
  return (prototype, member) => {
    checkLegacy('StreamListener', member)
    addListener(prototype, {
      member,
      channel: channel === '' ? undefined : channel,
      condition: options.condition ?? '',
      copyHeaders: options.copyHeaders ?? true,
    })
  }
}
