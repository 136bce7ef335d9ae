import {
  type GetAllGroups,
  type GetGroupConfig,
  groupConfigBody,
  groupTableBody,
  type Handler,
  RESPONSE_CODE,
} from '../../remoting/index.ts'
import type { GroupConfigs } from './group-table.ts'

/** All groups. Apache: `AdminBrokerProcessor.getAllSubscriptionGroup` (5.3.3). */
export function getAllGroups(groups: GroupConfigs): Handler<typeof GetAllGroups> {
  return () => ({ body: groupTableBody.encode(groups.snapshot()) })
}

/** One group, made when the broker may. Apache: `AdminBrokerProcessor.getSubscriptionGroup` (5.3.3). */
export function getGroup(groups: GroupConfigs): Handler<typeof GetGroupConfig> {
  return ({ group: name }) => {
    const group = groups.getOrCreate(name)
    if (group !== undefined) return { body: groupConfigBody.encode(group) }
    const remark = `No group in this broker. group: ${name}`
    return { code: RESPONSE_CODE.SUBSCRIPTION_GROUP_NOT_EXIST, remark }
  }
}
