import type { Handler, SearchOffset } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'

/** The offset for a store time. Apache: `AdminBrokerProcessor.searchOffsetByTimestamp` (5.3.3). */
export function searchOffset(store: MessageStore): Handler<typeof SearchOffset> {
  return async ({ topic, queueId, timestamp, boundaryType }) => {
    const boundary = boundaryType?.toUpperCase() === 'UPPER' ? 'upper' : 'lower'
    return { header: { offset: await store.offsetByTime(topic, queueId, timestamp, boundary) } }
  }
}
