import { groupConfigBody, type Handler, type UpdateGroup } from '../../remoting/index.ts'
import type { GroupConfigs } from './group-table.ts'

/** Creates a group or changes its settings. Apache: `AdminBrokerProcessor.updateAndCreateSubscriptionGroup` (5.3.3). */
export function updateGroup(groups: GroupConfigs): Handler<typeof UpdateGroup> {
  return (_request, call) => {
    groups.put(groupConfigBody.decode(call.body))
    return {}
  }
}
