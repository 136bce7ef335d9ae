import { type GetTopicStats, type Handler, RESPONSE_CODE, topicStatsBody } from '../../remoting/index.ts'
import type { ProgressServices } from './consume-stats.ts'

/** Bounds and last store time of a topic's queues. Apache: `AdminBrokerProcessor.getTopicStatsInfo` (5.3.3). */
export function topicStats(
  services: Pick<ProgressServices, 'topics' | 'store' | 'identity' | 'stats'>,
): Handler<typeof GetTopicStats> {
  const { topics, store, identity, stats } = services
  return async ({ topic }) => {
    const known = topics.get(topic)
    if (known === undefined) return { code: RESPONSE_CODE.TOPIC_NOT_EXIST, remark: `topic[${topic}] not exist` }
    const queues = await Promise.all(
      Array.from({ length: known.queueCountMax }, async (_, queueId) => {
        const maxOffset = store.maxOffset(topic, queueId)
        const lastUpdateTimestamp = (await store.storeTimeAt(topic, queueId, maxOffset - 1)) ?? 0
        const minOffset = store.minOffset(topic, queueId)
        return { topic, brokerName: identity.name, queueId, lastUpdateTimestamp, maxOffset, minOffset }
      }),
    )
    return { body: topicStatsBody.encode({ queues, topicPutTps: stats.putTps(topic) }) }
  }
}
