import {
  type GetGroupsOfTopic,
  type GetSystemTopicsOfBroker,
  type GetTopicsOfGroup,
  groupForbiddenBody,
  groupListBody,
  type Handler,
  topicListBody,
  type UpdateGroupForbidden,
} from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { ConsumerGroups } from '../groups/consumer-groups.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import { isSystemTopic } from '../topics/system-topics.ts'
import type { TopicTable } from '../topics/topic-table.ts'

/** Groups that read a topic now, or have read it. Apache: `AdminBrokerProcessor.queryTopicConsumeByWho` (5.3.3). */
export function groupsOfTopic(consumers: ConsumerGroups, offsets: ConsumerOffsets): Handler<typeof GetGroupsOfTopic> {
  return ({ topic }) => {
    const online = [...consumers.all()].filter(({ subscriptions }) => subscriptions.has(topic)).map(({ name }) => name)
    return { body: groupListBody.encode({ groupList: [...new Set([...online, ...offsets.groupsOf(topic)])] }) }
  }
}

/** Topics a group has read. Apache: `AdminBrokerProcessor.queryTopicsByConsumer` (5.3.3). */
export function topicsOfGroup(offsets: ConsumerOffsets): Handler<typeof GetTopicsOfGroup> {
  return ({ group }) => ({ body: topicListBody.encode({ topicList: offsets.topicsOf(group) }) })
}

/** Topics the broker has by itself. Apache: `AdminBrokerProcessor.getSystemTopicListFromBroker` (5.3.3). */
export function systemTopicsOf(topics: TopicTable, config: BrokerConfig): Handler<typeof GetSystemTopicsOfBroker> {
  return () => {
    const names = Object.keys(topics.snapshot().topicConfigTable)
    return { body: topicListBody.encode({ topicList: names.filter((name) => isSystemTopic(name, config)) }) }
  }
}

/**
 * Forbids a group to read a topic, allows it, or tells. Apache: `AdminBrokerProcessor.updateAndGetGroupForbidden`
 * (5.3.3).
 */
export function updateForbidden(groups: GroupConfigs): Handler<typeof UpdateGroupForbidden> {
  return ({ group, topic, readable }) => {
    if (readable !== undefined) groups.setForbidden(group, topic, !readable)
    return {
      remark: '',
      body: groupForbiddenBody.encode({ group, topic, readable: !groups.isForbidden(group, topic) }),
    }
  }
}
