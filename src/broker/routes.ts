import {
  CheckClientConfig,
  ConsumerSendBack,
  DeleteGroup,
  DeleteTopicInBroker,
  GetAllGroups,
  GetAllTopicConfig,
  GetConsumerList,
  GetConsumeStats,
  GetEarliestStoreTime,
  GetGroupConfig,
  GetMaxOffset,
  GetMinOffset,
  GetTopicConfig,
  GetTopicStats,
  Heartbeat,
  LitePullMessage,
  LockQueues,
  PullMessage,
  QueryConsumerOffset,
  QueryMessage,
  type Route,
  type RouteTable,
  route,
  routeTable,
  SearchOffset,
  SendBatchMessage,
  SendMessage,
  SendMessageV2,
  UnlockQueues,
  UnregisterClient,
  UpdateConsumerOffset,
  UpdateGroup,
  UpdateTopic,
  ViewMessageById,
} from '../remoting/index.ts'
import type { MessageStore } from '../store/index.ts'
import type { BrokerConfig } from './config.ts'
import type { DelayLevels } from './delay/delay-levels.ts'
import { checkClient } from './groups/check-client.ts'
import type { ConsumerGroups } from './groups/consumer-groups.ts'
import { consumerList } from './groups/consumer-list.ts'
import { heartbeat } from './groups/heartbeat.ts'
import type { ProducerGroups } from './groups/producer-groups.ts'
import { unregisterClient } from './groups/unregister-client.ts'
import type { BrokerIdentity } from './identity.ts'
import type { ConsumerOffsets } from './offsets/consumer-offsets.ts'
import { earliestStoreTime } from './offsets/earliest-store-time.ts'
import { maxOffset } from './offsets/max-offset.ts'
import { minOffset } from './offsets/min-offset.ts'
import { queryOffset } from './offsets/query-offset.ts'
import { searchOffset } from './offsets/search-offset.ts'
import { updateOffset } from './offsets/update-offset.ts'
import { viewMessage } from './offsets/view-message.ts'
import { lockQueues } from './orderly-lock/lock-queues.ts'
import type { QueueLocks } from './orderly-lock/queue-locks.ts'
import { unlockQueues } from './orderly-lock/unlock-queues.ts'
import { litePullMessage } from './pull/lite-pull-message.ts'
import { pullMessage } from './pull/pull-message.ts'
import type { PullService } from './pull/pull-service.ts'
import { queryMessage } from './query/query-message.ts'
import { type SendBackServices, sendBack } from './retry/send-back.ts'
import { sendBatch } from './send/send-batch.ts'
import { sendMessage } from './send/send-message.ts'
import type { SendStatus } from './send/send-status.ts'
import type { SendTarget } from './send/send-target.ts'
import type { Sender } from './send/sender.ts'
import { consumeStats } from './stats/consume-stats.ts'
import { topicStats } from './stats/topic-stats.ts'
import { deleteGroup } from './subscriptions/delete-group.ts'
import { getAllGroups, getGroup } from './subscriptions/get-groups.ts'
import type { GroupConfigs } from './subscriptions/group-table.ts'
import { updateGroup } from './subscriptions/update-group.ts'
import { deleteTopic } from './topics/delete-topic.ts'
import { getAllTopics, getTopic } from './topics/get-topics.ts'
import type { TopicTable } from './topics/topic-table.ts'
import { updateTopic } from './topics/update-topic.ts'

/** Everything that answers a request. */
export interface BrokerServices extends SendBackServices {
  readonly config: BrokerConfig
  readonly identity: BrokerIdentity
  readonly topics: TopicTable
  readonly groups: GroupConfigs
  readonly store: MessageStore
  readonly levels: DelayLevels
  readonly offsets: ConsumerOffsets
  readonly consumers: ConsumerGroups
  readonly producers: ProducerGroups
  readonly locks: QueueLocks
  readonly sender: Sender
  readonly target: SendTarget
  readonly illegal: SendStatus
  readonly pulls: PullService
  readonly nextUniqueKey: () => string
}

/** What a broker answers: request code → handler. */
export function brokerRoutes(services: BrokerServices): RouteTable {
  return routeTable(
    ...sendRoutes(services),
    ...pullRoutes(services),
    ...clientRoutes(services),
    ...offsetRoutes(services),
    ...adminRoutes(services),
  )
}

function sendRoutes(services: BrokerServices): Route[] {
  const { sender, target, identity, levels, illegal, nextUniqueKey } = services
  const send = sendMessage(sender, target, identity, levels, nextUniqueKey)
  return [
    route(SendMessage, send),
    route(SendMessageV2, send),
    route(SendBatchMessage, sendBatch(sender, target, identity, illegal)),
    route(ConsumerSendBack, sendBack(services)),
  ]
}

function pullRoutes({ pulls, store, config }: BrokerServices): Route[] {
  return [
    route(PullMessage, pullMessage(pulls)),
    route(LitePullMessage, litePullMessage(pulls)),
    route(ViewMessageById, viewMessage(store)),
    route(QueryMessage, queryMessage(store, config)),
  ]
}

function clientRoutes({ consumers, producers, groups, topics, locks }: BrokerServices): Route[] {
  return [
    route(Heartbeat, heartbeat(consumers, producers, groups, topics)),
    route(UnregisterClient, unregisterClient(consumers, producers)),
    route(GetConsumerList, consumerList(consumers)),
    route(CheckClientConfig, checkClient()),
    route(LockQueues, lockQueues(locks)),
    route(UnlockQueues, unlockQueues(locks)),
  ]
}

function offsetRoutes({ offsets, store, groups, topics, config }: BrokerServices): Route[] {
  return [
    route(QueryConsumerOffset, queryOffset(offsets, store, config.accessMessageInMemoryMaxRatio)),
    route(UpdateConsumerOffset, updateOffset(offsets, groups, topics)),
    route(SearchOffset, searchOffset(store)),
    route(GetMaxOffset, maxOffset(store)),
    route(GetMinOffset, minOffset(store)),
    route(GetEarliestStoreTime, earliestStoreTime(store)),
  ]
}

function adminRoutes({ topics, groups, offsets, store, config, consumers, identity }: BrokerServices): Route[] {
  return [
    route(UpdateTopic, updateTopic(topics, config)),
    route(GetAllTopicConfig, getAllTopics(topics)),
    route(GetTopicConfig, getTopic(topics)),
    route(DeleteTopicInBroker, deleteTopic(topics, offsets, store, config)),
    route(UpdateGroup, updateGroup(groups)),
    route(GetAllGroups, getAllGroups(groups)),
    route(GetGroupConfig, getGroup(groups)),
    route(GetTopicStats, topicStats(topics, store, identity)),
    route(GetConsumeStats, consumeStats(topics, offsets, consumers, store, identity)),
    route(DeleteGroup, deleteGroup(groups, offsets)),
  ]
}
