import {
  consumeQueueBody,
  type Handler,
  type QueryConsumeQueue,
  type QueueEntryData,
  RESPONSE_CODE,
} from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import { readStoredMessage } from '../stored-message.ts'
import type { TopicTable } from '../topics/topic-table.ts'

/** Entries in one answer, at most. */
const ENTRIES_MAX = 1024

/** Entries of a consume queue with what they point at. Apache: `AdminBrokerProcessor.queryConsumeQueue` (5.3.3). */
export function queueEntries(topics: TopicTable, store: MessageStore): Handler<typeof QueryConsumeQueue> {
  return async ({ topic, queueId, index, count }) => {
    if (topics.get(topic) === undefined || store.queues().get(topic)?.includes(queueId) !== true) {
      return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: `${queueId}@${topic} is not exist!` }
    }
    const tagsCodes: number[] = []
    const accepts = (tagsCode: number): boolean => tagsCodes.push(tagsCode) > 0
    const read = await store.read(topic, queueId, index, { maxMessages: clamp(count), accepts })
    if (read.messageCount === 0) {
      const remark = `Index ${index} of ${queueId}@${topic} is not exist!`
      return { code: RESPONSE_CODE.SYSTEM_ERROR, remark }
    }
    const bytes = Buffer.concat(read.slices)
    const queueData: QueueEntryData[] = []
    for (let at = 0; at < bytes.length; ) {
      const { physicalOffset, totalBytes } = readStoredMessage(bytes, at)
      const tagsCode = tagsCodes[queueData.length] ?? 0
      queueData.push({ physicOffset: physicalOffset, physicSize: totalBytes, tagsCode })
      at += totalBytes
    }
    return {
      body: consumeQueueBody.encode({
        queueData,
        minQueueIndex: read.minOffset,
        maxQueueIndex: read.maxOffset,
      }),
    }
  }
}

function clamp(count: number): number {
  return Math.min(Math.max(count, 1), ENTRIES_MAX)
}
