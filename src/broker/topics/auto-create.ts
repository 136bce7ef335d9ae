import { isRetryTopic, PERM, SYSTEM_TOPIC } from '../../message/index.ts'
import { type Topic, type TopicTable, topicConfig } from './topic-table.ts'

/** Bits of a topic's system flag: whether its producers live in units. Apache: `TopicSysFlag`. */
const UNIT = { unit: 1, unitSub: 2 } as const

/** What a send says about the topic it wants. */
export interface WantedTopic {
  readonly topic: string
  /** The topic after whose settings it is made, normally TBW102. */
  readonly defaultTopic: string
  readonly defaultTopicQueueNums: number
  readonly unitMode?: boolean | undefined
}

/**
 * Creates the topic that a message was sent to, if its default topic lets it inherit; retry topics always.
 * Apache: `TopicConfigManager.createTopicInSendMessageMethod` (5.3.3).
 * @returns `undefined` when it may not be created
 */
export function createOnSend(topics: TopicTable, wanted: WantedTopic, autoCreate: boolean): Topic | undefined {
  const { topic: name, defaultTopic, defaultTopicQueueNums, unitMode = false } = wanted
  const model = topics.get(defaultTopic)?.config
  const closed = defaultTopic === SYSTEM_TOPIC.autoCreate && !autoCreate
  if (model !== undefined && !closed && (model.perm & PERM.inherit) !== 0) {
    const queues = Math.max(0, Math.min(defaultTopicQueueNums, model.writeQueueNums))
    return topics.put({
      ...topicConfig(name, queues, {
        perm: model.perm & ~PERM.inherit,
        topicSysFlag: unitMode ? (isRetryTopic(name) ? UNIT.unitSub : UNIT.unit) : 0,
      }),
      topicFilterType: model.topicFilterType,
    })
  }
  if (!isRetryTopic(name)) return undefined
  return topics.put(topicConfig(name, 1, { topicSysFlag: unitMode ? UNIT.unitSub : 0 }))
}

/** Creates the topic of a consumer group (retry, dead letter) when it is missing. */
export function createForGroup(topics: TopicTable, name: string, queues: number, order = false): Topic {
  return topics.get(name) ?? topics.put(topicConfig(name, queues, { order }))
}
