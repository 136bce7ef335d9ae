import { type DeleteTopicInBroker, type Handler, RESPONSE_CODE } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import { isSystemTopic } from './system-topics.ts'
import type { TopicTable } from './topic-table.ts'

/** Removes a topic, its queues and the offsets of its consumers. Apache: `AdminBrokerProcessor.deleteTopic` (5.3.3). */
export function deleteTopic(
  topics: TopicTable,
  offsets: ConsumerOffsets,
  store: MessageStore,
  config: BrokerConfig,
): Handler<typeof DeleteTopicInBroker> {
  return async ({ topic }) => {
    if (topic.trim() === '') {
      return { code: RESPONSE_CODE.INVALID_PARAMETER, remark: 'The specified topic is blank.' }
    }
    if (config.validateSystemTopicWhenUpdateTopic && isSystemTopic(topic, config)) {
      const remark = `The topic[${topic}] is conflict with system topic.`
      return { code: RESPONSE_CODE.INVALID_PARAMETER, remark }
    }
    topics.delete(topic)
    offsets.deleteTopic(topic)
    await store.dropTopic(topic)
    return {}
  }
}
