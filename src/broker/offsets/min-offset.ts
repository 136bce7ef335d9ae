import type { GetMinOffset, Handler } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'

/**
 * Offset of the oldest message of a queue; 0 for an unknown one. Apache: `AdminBrokerProcessor.getMinOffset` (5.3.3).
 */
export function minOffset(store: MessageStore): Handler<typeof GetMinOffset> {
  return ({ topic, queueId }) => ({ header: { offset: store.minOffset(topic, queueId) } })
}
