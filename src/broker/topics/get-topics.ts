import {
  type GetAllTopicConfig,
  type GetTopicConfig,
  type Handler,
  RESPONSE_CODE,
  topicConfigBody,
  topicConfigTableBody,
} from '../../remoting/index.ts'
import type { TopicTable } from './topic-table.ts'

/** All topics. Apache: `AdminBrokerProcessor.getAllTopicConfig` (5.3.3). */
export function getAllTopics(topics: TopicTable): Handler<typeof GetAllTopicConfig> {
  return () => ({ body: topicConfigTableBody.encode(topics.snapshot()) })
}

/** One topic. Apache: `AdminBrokerProcessor.getTopicConfig` (5.3.3). */
export function getTopic(topics: TopicTable): Handler<typeof GetTopicConfig> {
  return ({ topic: name }) => {
    const topic = topics.get(name)
    if (topic !== undefined) return { body: topicConfigBody.encode(topic.config) }
    return { code: RESPONSE_CODE.TOPIC_NOT_EXIST, remark: `No topic in this broker. topic: ${name}` }
  }
}
