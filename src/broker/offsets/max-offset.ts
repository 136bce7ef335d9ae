import type { GetMaxOffset, Handler } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'

/**
 * Offset the next message of a queue gets; 0 for an unknown queue. Apache: `AdminBrokerProcessor.getMaxOffset` (5.3.3).
 */
export function maxOffset(store: MessageStore): Handler<typeof GetMaxOffset> {
  return ({ topic, queueId }) => ({ header: { offset: store.maxOffset(topic, queueId) } })
}
