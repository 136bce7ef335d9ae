import { totalmem } from 'node:os'
import type { Reply } from '../../remoting/index.ts'
import { type Handler, type QueryConsumerOffset, RESPONSE_CODE, type ResponseOf } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { ConsumerOffsets } from './consumer-offsets.ts'
import type { OffsetResets } from './offset-resets.ts'

/**
 * Where a group stands in a queue. A group that never read it begins at 0 when the queue still has its first message
 * and that one is recent; else the consumer decides. Apache: `ConsumerManageProcessor.queryConsumerOffset` (5.3.3).
 */
export function queryOffset(
  offsets: ConsumerOffsets,
  resets: OffsetResets,
  store: MessageStore,
  recentMemoryPercent: number,
): Handler<typeof QueryConsumerOffset> {
  const recentBytes = (totalmem() / 100) * recentMemoryPercent
  return ({ consumerGroup, topic, queueId, setZeroIfNotFound }) => {
    const known = resets.pending(consumerGroup, topic, queueId) ?? offsets.get(consumerGroup, topic, queueId)
    if (known !== undefined) return { header: { offset: known } }
    if (setZeroIfNotFound === false) {
      return notFound('Not found, do not set to zero, maybe this group boot first')
    }
    return beginning(store, topic, queueId, recentBytes)
  }
}

type OffsetReply = Reply<ResponseOf<typeof QueryConsumerOffset>>

async function beginning(
  store: MessageStore,
  topic: string,
  queueId: number,
  recentBytes: number,
): Promise<OffsetReply> {
  if (store.minOffset(topic, queueId) <= 0 && store.maxOffset(topic, queueId) > 0) {
    const first = await store.read(topic, queueId, 0, { maxMessages: 1 })
    const isRecent = store.maxPhysicalOffset - first.lastPhysicalOffset <= recentBytes
    if (first.status === 'FOUND' && isRecent) return { header: { offset: 0 } }
  }
  return notFound('Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first')
}

function notFound(remark: string): OffsetReply {
  return { code: RESPONSE_CODE.QUERY_NOT_FOUND, remark }
}
