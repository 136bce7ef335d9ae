import { type GetConsumeStats, type Handler, queueMapText } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { ConsumerGroups } from '../groups/consumer-groups.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { TopicTable } from '../topics/topic-table.ts'

/**
 * How far a group is behind in each queue of the topics it has read, or of those asked for. A topic that the group no longer
 * subscribes to is left out while the group is online. Apache: `AdminBrokerProcessor.getConsumeStats` (5.3.3).
 */
export function consumeStats(
  topics: TopicTable,
  offsets: ConsumerOffsets,
  consumers: ConsumerGroups,
  store: MessageStore,
  identity: BrokerIdentity,
): Handler<typeof GetConsumeStats> {
  return async ({ consumerGroup: group, topic: asked, topicList }) => {
    const wanted =
      asked !== undefined && asked !== ''
        ? [asked]
        : topicList !== undefined && topicList !== ''
          ? topicList.split(';')
          : offsets.topicsOf(group)
    const online = consumers.get(group)
    const names = wanted.filter((name) => online === undefined || online.subscriptions.has(name))
    const queues = await Promise.all(
      names.flatMap((name) => {
        const readQueues = topics.get(name)?.config.readQueueNums ?? 0
        return Array.from({ length: readQueues }, async (_, queueId) => {
          const consumerOffset = offsets.get(group, name, queueId) ?? 0
          const lastTimestamp = (await store.storeTimeAt(name, queueId, consumerOffset - 1)) ?? 0
          const brokerOffset = store.maxOffset(name, queueId)
          const stats = { brokerOffset, consumerOffset, lastTimestamp, pullOffset: consumerOffset }
          return { topic: name, brokerName: identity.name, queueId, stats }
        })
      }),
    )
    return { body: Buffer.from(`{"consumeTps":0.0,"offsetTable":${queueMapText(queues, (queue) => queue.stats)}}`) }
  }
}
