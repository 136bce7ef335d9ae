import { type Handler, RESPONSE_CODE, type UpdateConsumerOffset } from '../../remoting/index.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import type { ConsumerOffsets } from './consumer-offsets.ts'
import type { OffsetResets } from './offset-resets.ts'

/** Records where a group stands in a queue. Apache: `ConsumerManageProcessor.updateConsumerOffset` (5.3.3). */
export function updateOffset(
  offsets: ConsumerOffsets,
  resets: OffsetResets,
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
    if (resets.pending(consumerGroup, topic, queueId) !== undefined) {
      return { remark: 'Offset has been previously reset' }
    }
    offsets.set(consumerGroup, topic, queueId, commitOffset)
    return {}
  }
}
