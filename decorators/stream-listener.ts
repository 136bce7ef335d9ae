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
  /**
   * Streams only. `auto` (default): an item is done when what it caused in the moment it was taken is stored. Work that
   * ends later belongs into `eachMessage`, which keeps the item open meanwhile, as `holdMessages` and
   * `acknowledgement(message).hold()` do; in `mergeMap` it would run behind the item's back. `manual`: every item stays
   * open until its `acknowledgement(message)` is settled.
   */
  readonly ack?: 'auto' | 'manual'
  /**
   * Streams only: items that may be open; at the limit none is taken and pulling pauses. Default: the binding's
   * `consumer.concurrency` if that is more than 1, else 256.
   */
  readonly maxInFlight?: number
}

/**
 * Method decorator: the method takes the messages of an input channel.
 *
 * With a channel it is called per message; a result, awaited, goes to the channel of `@SendTo`. Thrown or rejected:
 * tried again, then given back. Without a channel its `@Input` parameters name the channels, and it is called once with
 * streams: `@StreamListener()` or `@StreamListener({ maxInFlight: 64 })`. With `consumer.batch-mode=true` it is called
 * per batch.
 *
 * An unannotated single parameter gets the payload: the parsed value when the body is a JSON object or array, else the
 * text.
 */
export function StreamListener(
  channel?: string | StreamListenerOptions,
  options: StreamListenerOptions = typeof channel === 'object' ? channel : {},
): MethodDecorator {
  return (prototype, member) => {
    checkLegacy('StreamListener', member)
    addListener(prototype, {
      member,
      channel: typeof channel === 'object' || channel === '' ? undefined : channel,
      condition: options.condition ?? '',
      copyHeaders: options.copyHeaders ?? true,
      ack: options.ack,
      maxInFlight: options.maxInFlight,
    })
  }
}
