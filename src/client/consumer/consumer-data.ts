import type { ConsumerData } from '../../remoting/index.ts'
import type { ConsumeFrom } from './offsets/initial-offset.ts'
import type { MessageModel } from './push/config.ts'

const FROM_NAME = { first: 'CONSUME_FROM_FIRST_OFFSET', last: 'CONSUME_FROM_LAST_OFFSET' } as const

/** A consumer's part of the heartbeat. Apache: `ConsumerData`. */
export function consumerData(
  group: string,
  consumeType: 'CONSUME_PASSIVELY' | 'CONSUME_ACTIVELY',
  model: MessageModel,
  from: ConsumeFrom,
  subscriptionDataSet: ConsumerData['subscriptionDataSet'],
): ConsumerData {
  return {
    groupName: group,
    consumeType,
    messageModel: model === 'broadcasting' ? 'BROADCASTING' : 'CLUSTERING',
    consumeFromWhere: typeof from === 'object' ? 'CONSUME_FROM_TIMESTAMP' : FROM_NAME[from],
    subscriptionDataSet,
    unitMode: false,
  }
}
