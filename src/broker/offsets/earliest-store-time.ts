import type { GetEarliestStoreTime, Handler } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'

const NONE = -1

/** When the oldest message of a queue was stored. Apache: `AdminBrokerProcessor.getEarliestMsgStoretime` (5.3.3). */
export function earliestStoreTime(store: MessageStore): Handler<typeof GetEarliestStoreTime> {
  return async ({ topic, queueId }) => {
    const timestamp = await store.storeTimeAt(topic, queueId, store.minOffset(topic, queueId))
    return { header: { timestamp: timestamp ?? NONE } }
  }
}
