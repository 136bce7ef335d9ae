import { type GetTopicStats, type Handler, queueMapText, RESPONSE_CODE } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { TopicTable } from '../topics/topic-table.ts'

/** Bounds and last store time of a topic's queues. Apache: `AdminBrokerProcessor.getTopicStatsInfo` (5.3.3). */
export function topicStats(
  topics: TopicTable,
  store: MessageStore,
  identity: BrokerIdentity,
): Handler<typeof GetTopicStats> {
  return async ({ topic }) => {
    const known = topics.get(topic)
    if (known === undefined) return { code: RESPONSE_CODE.TOPIC_NOT_EXIST, remark: `topic[${topic}] not exist` }
    const queues = await Promise.all(
      Array.from({ length: known.queueCountMax }, async (_, queueId) => {
        const maxOffset = store.maxOffset(topic, queueId)
        const lastUpdateTimestamp = (await store.storeTimeAt(topic, queueId, maxOffset - 1)) ?? 0
        const stats = { lastUpdateTimestamp, maxOffset, minOffset: store.minOffset(topic, queueId) }
        return { topic, brokerName: identity.name, queueId, stats }
      }),
    )
    return { body: Buffer.from(`{"offsetTable":${queueMapText(queues, (queue) => queue.stats)},"topicPutTps":0.0}`) }
  }
}
