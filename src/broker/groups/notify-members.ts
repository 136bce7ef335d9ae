import { NotifyConsumerIdsChanged } from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import type { ConsumerGroup } from './consumer-groups.ts'

const BROADCASTING = 'BROADCASTING'

/**
 * Tells every member of a group that its members changed, so that they share the queues out anew at once. Members that
 * broadcast share nothing. Apache: `DefaultConsumerIdsChangeListener` (5.3.3).
 */
export function notifyMembers(groups: GroupConfigs, config: BrokerConfig): (group: ConsumerGroup) => void {
  return (group) => {
    if (!config.notifyConsumerIdsChangedEnable || group.messageModel === BROADCASTING) return
    if (groups.get(group.name)?.notifyConsumerIdsChangedEnable === false) return
    for (const peer of group.members.keys()) {
      peer.invokeOneway(NotifyConsumerIdsChanged, { consumerGroup: group.name })
    }
  }
}
