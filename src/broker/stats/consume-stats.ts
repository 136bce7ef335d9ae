import {
  brokerConsumeStatsBody,
  type ConsumeStats,
  consumeStatsBody,
  type GetAllConsumeStats,
  type GetConsumeStats,
  type Handler,
} from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { ConsumerGroups } from '../groups/consumer-groups.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import type { BrokerStats } from './broker-stats.ts'

/** What is known of the progress of groups. */
export interface ProgressServices {
  readonly topics: TopicTable
  readonly offsets: ConsumerOffsets
  readonly consumers: ConsumerGroups
  readonly store: MessageStore
  readonly identity: BrokerIdentity
  readonly stats: BrokerStats
}

/**
 * How far a group is behind in each queue of the topics it has read, or of those asked for. A topic that the group no
 * longer subscribes to is left out while the group is online. Apache: `AdminBrokerProcessor.getConsumeStats` (5.3.3).
 */
export function consumeStats(services: ProgressServices): Handler<typeof GetConsumeStats> {
  return async ({ consumerGroup: group, topic: asked, topicList }) => {
    const wanted =
      asked !== undefined && asked !== ''
        ? [asked]
        : topicList !== undefined && topicList !== ''
          ? topicList.split(';')
          : services.offsets.topicsOf(group)
    return { body: consumeStatsBody.encode(await statsOf(services, group, wanted)) }
  }
}

/**
 * How far every group is behind, topic by topic, or only in ordered topics.
 * Apache: `AdminBrokerProcessor.fetchAllConsumeStatsInBroker` (5.3.3).
 */
export function allConsumeStats(services: ProgressServices, groups: GroupConfigs): Handler<typeof GetAllConsumeStats> {
  return async ({ isOrder }) => {
    const all = await Promise.all(
      groups.names().map(async (group) => {
        const known = services.offsets
          .topicsOf(group)
          .filter((name) => isOrder !== true || services.topics.get(name)?.config.order === true)
        const stats = await Promise.all(known.map((topic) => statsOf(services, group, [topic])))
        return { group, stats: stats.filter(({ queues }) => queues.length > 0) }
      }),
    )
    const queues = all.flatMap(({ stats }) => stats).flatMap((one) => one.queues)
    const totalDiff = queues.reduce((sum, { brokerOffset, consumerOffset }) => sum + brokerOffset - consumerOffset, 0)
    const totalInflightDiff = queues.reduce((sum, queue) => sum + queue.pullOffset - queue.consumerOffset, 0)
    const brokerAddr = services.identity.address
    return { body: brokerConsumeStatsBody.encode({ groups: all, brokerAddr, totalDiff, totalInflightDiff }) }
  }
}

async function statsOf(services: ProgressServices, group: string, wanted: readonly string[]): Promise<ConsumeStats> {
  const { topics, offsets, consumers, store, identity, stats } = services
  const online = consumers.get(group)
  const names = wanted.filter((name) => online === undefined || online.subscriptions.has(name))
  const queues = await Promise.all(
    names.flatMap((topic) => {
      const readQueues = topics.get(topic)?.config.readQueueNums ?? 0
      return Array.from({ length: readQueues }, async (_, queueId) => {
        const consumerOffset = offsets.get(group, topic, queueId) ?? 0
        const lastTimestamp = (await store.storeTimeAt(topic, queueId, consumerOffset - 1)) ?? 0
        const brokerOffset = store.maxOffset(topic, queueId)
        const place = { topic, brokerName: identity.name, queueId }
        return { ...place, brokerOffset, consumerOffset, lastTimestamp, pullOffset: consumerOffset }
      })
    }),
  )
  return { queues, consumeTps: names.reduce((sum, topic) => sum + stats.getTps(group, topic), 0) }
}
