import type { Logger } from '../base/log/index.ts'
import {
  CheckClientConfig,
  CleanExpiredQueues,
  CleanUnusedTopics,
  CloneGroupOffset,
  ConsumeMessageDirectly,
  ConsumerSendBack,
  DeleteExpiredLog,
  DeleteGroup,
  DeleteTopicInBroker,
  EndTransaction,
  GetAllConsumeStats,
  GetAllGroups,
  GetAllProducers,
  GetAllTopicConfig,
  GetBrokerConfig,
  GetBrokerRuntimeInfo,
  GetConsumerConnections,
  GetConsumerList,
  GetConsumerRunningInfo,
  GetConsumeStats,
  GetConsumeTimeSpan,
  GetCorrectionOffsets,
  GetEarliestStoreTime,
  GetGroupConfig,
  GetGroupsOfTopic,
  GetMaxOffset,
  GetMinOffset,
  GetProducerConnections,
  GetStatistic,
  GetSubscription,
  GetSystemTopicsOfBroker,
  GetTopicConfig,
  GetTopicStats,
  GetTopicsOfGroup,
  type Handler,
  Heartbeat,
  LitePullMessage,
  LockQueues,
  PullMessage,
  QueryConsumeQueue,
  QueryConsumerOffset,
  QueryMessage,
  ResetOffset,
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
  UpdateBrokerConfig,
  UpdateConsumerOffset,
  UpdateGroup,
  UpdateGroupForbidden,
  UpdateTopic,
  ViewMessageById,
} from '../remoting/index.ts'
import type { MessageStore } from '../store/index.ts'
import { consumeDirectly, consumerRunningInfo } from './admin/ask-consumer.ts'
import type { BrokerSettings } from './admin/broker-settings.ts'
import { cleanExpiredQueues, cleanUnusedTopics, deleteExpiredLog } from './admin/clean-up.ts'
import { allProducers, consumerConnections, producerConnections, subscriptionOf } from './admin/connections.ts'
import { cloneGroupOffset, consumeTimeSpan, correctionOffsets } from './admin/group-offsets.ts'
import { queueEntries } from './admin/queue-entries.ts'
import { groupsOfTopic, systemTopicsOf, topicsOfGroup, updateForbidden } from './admin/topics-and-groups.ts'
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
import { type ResetServices, resetOffset } from './offsets/reset-offset.ts'
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
import { allConsumeStats, consumeStats } from './stats/consume-stats.ts'
import { type RuntimeServices, runtimeInfo } from './stats/runtime-info.ts'
import { statistic } from './stats/statistic.ts'
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
export interface BrokerServices extends SendBackServices, RuntimeServices, ResetServices {
  readonly config: BrokerConfig
  readonly logger: Logger
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
  readonly settings: BrokerSettings
  readonly nextUniqueKey: () => string
  readonly endTransaction: Handler<typeof EndTransaction>
}

/** What a broker answers: request code → handler. */
export function brokerRoutes(services: BrokerServices): RouteTable {
  return routeTable(
    ...sendRoutes(services),
    ...pullRoutes(services),
    ...clientRoutes(services),
    ...offsetRoutes(services),
    ...adminRoutes(services),
    ...inspectionRoutes(services),
  )
}

function sendRoutes(services: BrokerServices): Route[] {
  const { sender, target, identity, levels, illegal, nextUniqueKey, config } = services
  const send = sendMessage(sender, target, identity, levels, nextUniqueKey, config, illegal)
  return [
    route(SendMessage, send),
    route(SendMessageV2, send),
    route(SendBatchMessage, sendBatch(sender, target, identity, illegal)),
    route(ConsumerSendBack, sendBack(services)),
    route(EndTransaction, services.endTransaction),
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

function clientRoutes({ consumers, producers, groups, topics, locks, config }: BrokerServices): Route[] {
  return [
    route(Heartbeat, heartbeat(consumers, producers, groups, topics)),
    route(UnregisterClient, unregisterClient(consumers, producers)),
    route(GetConsumerList, consumerList(consumers)),
    route(CheckClientConfig, checkClient(config.enablePropertyFilter)),
    route(LockQueues, lockQueues(locks)),
    route(UnlockQueues, unlockQueues(locks)),
  ]
}

function offsetRoutes(services: BrokerServices): Route[] {
  const { offsets, resets, store, groups, topics, config } = services
  return [
    route(QueryConsumerOffset, queryOffset(offsets, resets, store, config.accessMessageInMemoryMaxRatio)),
    route(UpdateConsumerOffset, updateOffset(offsets, resets, groups, topics)),
    route(ResetOffset, resetOffset(services)),
    route(SearchOffset, searchOffset(store)),
    route(GetMaxOffset, maxOffset(store)),
    route(GetMinOffset, minOffset(store)),
    route(GetEarliestStoreTime, earliestStoreTime(store)),
  ]
}

function adminRoutes(services: BrokerServices): Route[] {
  const { topics, groups, offsets, store, config, consumers, settings } = services
  return [
    route(UpdateTopic, updateTopic(topics, config)),
    route(GetAllTopicConfig, getAllTopics(topics)),
    route(GetTopicConfig, getTopic(topics)),
    route(DeleteTopicInBroker, deleteTopic(topics, offsets, store, config)),
    route(GetSystemTopicsOfBroker, systemTopicsOf(topics, config)),
    route(UpdateGroup, updateGroup(groups)),
    route(GetAllGroups, getAllGroups(groups)),
    route(GetGroupConfig, getGroup(groups)),
    route(DeleteGroup, deleteGroup(groups, offsets)),
    route(UpdateGroupForbidden, updateForbidden(groups)),
    route(CloneGroupOffset, cloneGroupOffset(topics, offsets, consumers)),
    route(GetBrokerConfig, settings.get),
    route(UpdateBrokerConfig, settings.update),
    route(DeleteExpiredLog, deleteExpiredLog(store, services.logger)),
    route(CleanExpiredQueues, cleanExpiredQueues(store, config)),
    route(CleanUnusedTopics, cleanUnusedTopics(store, topics, config)),
  ]
}

/** What tools look at. */
function inspectionRoutes(services: BrokerServices): Route[] {
  const { topics, groups, offsets, store, consumers, producers, identity, stats, clock } = services
  return [
    route(GetBrokerRuntimeInfo, runtimeInfo(services)),
    route(GetStatistic, statistic(stats)),
    route(GetTopicStats, topicStats(services)),
    route(GetConsumeStats, consumeStats(services)),
    route(GetAllConsumeStats, allConsumeStats(services, groups)),
    route(
      GetConsumeTimeSpan,
      consumeTimeSpan(services, () => clock.now()),
    ),
    route(GetCorrectionOffsets, correctionOffsets(offsets, store)),
    route(GetGroupsOfTopic, groupsOfTopic(consumers, offsets)),
    route(GetTopicsOfGroup, topicsOfGroup(offsets)),
    route(GetConsumerConnections, consumerConnections(consumers)),
    route(GetProducerConnections, producerConnections(producers)),
    route(GetAllProducers, allProducers(producers)),
    route(GetSubscription, subscriptionOf(consumers)),
    route(GetConsumerRunningInfo, consumerRunningInfo(consumers)),
    route(ConsumeMessageDirectly, consumeDirectly(consumers, topics, groups, store, identity)),
    route(QueryConsumeQueue, queueEntries(topics, store)),
  ]
}
