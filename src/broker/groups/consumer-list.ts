import { consumerListBody, type GetConsumerList, type Handler, RESPONSE_CODE } from '../../remoting/index.ts'
import type { ConsumerGroups } from './consumer-groups.ts'

/** Who is in a group. Apache: `ConsumerManageProcessor.getConsumerListByGroup` (5.3.3). */
export function consumerList(consumers: ConsumerGroups): Handler<typeof GetConsumerList> {
  return ({ consumerGroup }) => {
    const group = consumers.get(consumerGroup)
    if (group === undefined) {
      return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: `no consumer for this group, ${consumerGroup}` }
    }
    const consumerIdList = [...new Set([...group.members.values()].map((member) => member.clientId))]
    return { body: consumerListBody.encode({ consumerIdList }) }
  }
}
