import {
  type CloneGroupOffset,
  correctionOffsetsBody,
  type GetConsumeTimeSpan,
  type GetCorrectionOffsets,
  type Handler,
  RESPONSE_CODE,
  timeSpanBody,
} from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { ConsumerGroups } from '../groups/consumer-groups.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { ProgressServices } from '../stats/consume-stats.ts'
import type { TopicTable } from '../topics/topic-table.ts'

/** What the compared group gets where it is behind the others. Java's largest long. */
const BEHIND = 2 ** 63
/** A queue without messages. */
const NO_TIME = -1

/**
 * Lets one group begin where another one is, in one topic or in all it has read. Topics that the other group, being
 * online, does not subscribe to are left out unless `offline`. Apache: `AdminBrokerProcessor.cloneGroupOffset` (5.3.3).
 */
export function cloneGroupOffset(
  topics: TopicTable,
  offsets: ConsumerOffsets,
  consumers: ConsumerGroups,
): Handler<typeof CloneGroupOffset> {
  return ({ srcGroup, destGroup, topic = '', offline }) => {
    const names = topic.trim() === '' ? offsets.topicsOf(srcGroup) : [topic]
    const online = offline === true ? undefined : consumers.get(srcGroup)
    for (const name of names) {
      if (topics.get(name) === undefined) continue
      if (online !== undefined && !online.subscriptions.has(name)) continue
      for (const [queueId, offset] of offsets.queuesOf(srcGroup, name)) offsets.set(destGroup, name, queueId, offset)
    }
    return {}
  }
}

/**
 * The smallest offsets of all groups in a topic; the largest number where the compared group is behind them. Unlike
 * Apache the groups to leave out keep their offsets. Apache: `ConsumerOffsetManager.queryMinOffsetInAllGroup` (5.3.3).
 */
export function correctionOffsets(offsets: ConsumerOffsets, store: MessageStore): Handler<typeof GetCorrectionOffsets> {
  return ({ filterGroups = '', compareGroup, topic }) => {
    const left = new Set(filterGroups.split(','))
    const smallest = new Map<number, number>()
    for (const group of offsets.groupsOf(topic)) {
      if (left.has(group)) continue
      for (const [queueId, offset] of offsets.queuesOf(group, topic)) {
        if (offset < store.minOffset(topic, queueId)) continue
        smallest.set(queueId, Math.min(offset, smallest.get(queueId) ?? offset))
      }
    }
    for (const [queueId, offset] of offsets.queuesOf(compareGroup, topic)) {
      const other = smallest.get(queueId)
      if (other !== undefined && other > offset) smallest.set(queueId, BEHIND)
    }
    return { body: correctionOffsetsBody.encode({ correctionOffsets: Object.fromEntries(smallest) }) }
  }
}

/**
 * Between which times messages lie and where a group is in them. Apache: `AdminBrokerProcessor.queryConsumeTimeSpan`
 * (5.3.3).
 */
export function consumeTimeSpan(
  services: Pick<ProgressServices, 'topics' | 'offsets' | 'store' | 'identity'>,
  now: () => number,
): Handler<typeof GetConsumeTimeSpan> {
  const { topics, offsets, store, identity } = services
  return async ({ topic, group }) => {
    const known = topics.get(topic)
    if (known === undefined) return { code: RESPONSE_CODE.TOPIC_NOT_EXIST, remark: `topic[${topic}] not exist` }
    const consumeTimeSpanSet = await Promise.all(
      Array.from({ length: known.config.writeQueueNums }, async (_, queueId) => {
        const timeAt = async (offset: number): Promise<number> =>
          (await store.storeTimeAt(topic, queueId, offset)) ?? NO_TIME
        const consumed = offsets.get(group, topic, queueId) ?? NO_TIME
        const max = store.maxOffset(topic, queueId)
        const minTimeStamp = await timeAt(store.minOffset(topic, queueId))
        const waitsSince = consumed < max ? await timeAt(Math.max(consumed, 0)) : NO_TIME
        return {
          messageQueue: { topic, brokerName: identity.name, queueId },
          minTimeStamp,
          maxTimeStamp: await timeAt(max - 1),
          consumeTimeStamp: consumed > 0 ? await timeAt(consumed - 1) : minTimeStamp,
          delayTime: waitsSince === NO_TIME ? 0 : now() - waitsSince,
        }
      }),
    )
    return { body: timeSpanBody.encode({ consumeTimeSpanSet }) }
  }
}
