import { type Handler, RESPONSE_CODE, type UpdateConsumerOffset } from '../../remoting/index.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import type { ConsumerOffsets } from './consumer-offsets.ts'

/** Records where a group stands in a queue. Apache: `ConsumerManageProcessor.updateConsumerOffset` (5.3.3). */
export function updateOffset(
  offsets: ConsumerOffsets,
  groups: GroupConfigs,
  topics: TopicTable,
): Handler<typeof UpdateConsumerOffset> {
  return ({ consumerGroup, topic, queueId, commitOffset }) => {
    if (groups.get(consumerGroup) === undefined) {
      return { code: RESPONSE_CODE.SUBSCRIPTION_GROUP_NOT_EXIST, remark: `Group ${consumerGroup} not exist!` }
    }
    if (topics.get(topic) === undefined) {
      return { code: RESPONSE_CODE.TOPIC_NOT_EXIST, remark: `Topic ${topic} not exist!` }
    }
    offsets.set(consumerGroup, topic, queueId, commitOffset)
    return {}
  }
}
