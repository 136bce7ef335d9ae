import type { DeleteGroup, Handler } from '../../remoting/index.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { GroupConfigs } from './group-table.ts'

/**
 * Removes a group's settings, and its offsets when asked to. Apache: `AdminBrokerProcessor.deleteSubscriptionGroup`
 * (5.3.3).
 */
export function deleteGroup(groups: GroupConfigs, offsets: ConsumerOffsets): Handler<typeof DeleteGroup> {
  return ({ groupName, cleanOffset, removeOffset }) => {
    groups.delete(groupName)
    if (cleanOffset === true || removeOffset === true) offsets.deleteGroup(groupName)
    return {}
  }
}
