import type { OrderlyListener } from '../client/index.ts'
import { type ConsumerRequest, dispositionOf } from '../framework/index.ts'
import { deadLetterTopicOf } from '../message/index.ts'
import { inboundHeaders } from './inbound-headers.ts'
import type { ConsumerBindingProperties } from './properties.ts'

/** The longest pause of a queue. */
const LONGEST_SUSPEND_MS = 30_000

/**
 * Listens for a binding with `push.orderly=true`: a message that is refused comes again in place, before the next one
 * of its queue, and one that is refused for good goes to the dead letters. A queue cannot wait for minutes, so a delay
 * level counts as the longest pause.
 */
export function orderlyListener({ handler, config }: ConsumerRequest<ConsumerBindingProperties>): OrderlyListener {
  return async (message, context) => {
    context.suspendMs = config['push.suspendCurrentQueueTimeMillis']
    try {
      await handler({ payload: message.body, headers: inboundHeaders(message) })
      return undefined
    } catch (refused) {
      const disposition = dispositionOf(refused)
      if (disposition.kind === 'dead-letter') return 'dead-letter'
      if (disposition.kind === 'later') context.suspendMs = LONGEST_SUSPEND_MS
      throw refused
    }
  }
}

/** What happens to a message that is given back, for the start-up log. */
export function orderlyPolicy(config: ConsumerBindingProperties, group: string): string {
  const redeliveries = config['push.maxReconsumeTimes']
  const again = `in order, again in place after ${config['push.suspendCurrentQueueTimeMillis']} ms`
  if (redeliveries === -1) return `${again}, for ever`
  return `${again}, ${redeliveries + 1} ${redeliveries === 0 ? 'delivery' : 'deliveries'}, then ${deadLetterTopicOf(group)}`
}
