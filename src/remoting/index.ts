// The RocketMQ wire protocol: frames, APIs as tables, both ends of a connection.

// What a request resolves with
export { type Answer, refusal, toAnswer } from './answer.ts'
// Requests of tools to brokers
export {
  CleanExpiredQueues,
  CleanUnusedTopics,
  CloneGroupOffset,
  DeleteExpiredLog,
  GetAllConsumeStats,
  GetAllProducers,
  GetBrokerConfig,
  GetBrokerRuntimeInfo,
  GetConsumerConnections,
  GetConsumeTimeSpan,
  GetCorrectionOffsets,
  GetGroupsOfTopic,
  GetProducerConnections,
  GetStatistic,
  GetSubscription,
  GetSystemTopicsOfBroker,
  GetTopicsOfGroup,
  QueryConsumeQueue,
  UpdateBrokerConfig,
  UpdateGroupForbidden,
} from './api/broker-admin.ts'
// Requests of clients to brokers
export {
  CheckClientConfig,
  GetConsumerList,
  Heartbeat,
  NotifyConsumerIdsChanged,
  UnregisterClient,
} from './api/clients.ts'
// Requests of brokers to consumers
export {
  ConsumeMessageDirectly,
  GetConsumerRunningInfo,
  GetConsumerStatus,
  ResetConsumerClientOffset,
  ResetOffset,
} from './api/consumer-control.ts'
export { DeleteGroup, GetAllGroups, GetGroupConfig, UpdateGroup } from './api/groups.ts'
// Requests to name servers
export {
  AddWritePermission,
  BrokerHeartbeat,
  DeleteKvConfig,
  DeleteTopicInNamesrv,
  GetAllTopics,
  GetBrokerMemberGroup,
  GetClusterInfo,
  GetKvConfig,
  GetKvList,
  GetRoute,
  GetTopicsByCluster,
  PutKvConfig,
  QueryDataVersion,
  RegisterBroker,
  UnregisterBroker,
  WipeWritePermission,
} from './api/namesrv.ts'
// Requests of tools to name servers
export {
  GetNamesrvConfig,
  GetSystemTopicsOfNamesrv,
  GetUnitSubscribedPlainTopics,
  GetUnitSubscribedTopics,
  GetUnitTopics,
  UpdateNamesrvConfig,
} from './api/namesrv-admin.ts'
export {
  GetEarliestStoreTime,
  GetMaxOffset,
  GetMinOffset,
  QueryConsumerOffset,
  SearchOffset,
  UpdateConsumerOffset,
  ViewMessageById,
} from './api/offsets.ts'
export { LitePullMessage, PULL_FLAG, PullMessage } from './api/pull-message.ts'
export { QueryMessage } from './api/query-message.ts'
export { LockQueues, UnlockQueues } from './api/queue-locks.ts'
export { ConsumerSendBack, SendBatchMessage, SendMessage, SendMessageV2 } from './api/send-message.ts'
export { GetConsumeStats, GetTopicStats } from './api/stats.ts'
export { DeleteTopicInBroker, GetAllTopicConfig, GetTopicConfig, UpdateTopic } from './api/topics.ts'
export { CheckTransactionState, EndTransaction, TRANSACTION_END } from './api/transactions.ts'
// Bodies
export {
  type ClientConnection,
  type ConsumerConnections,
  consumeQueueBody,
  consumerConnectionsBody,
  correctionOffsetsBody,
  groupForbiddenBody,
  groupListBody,
  type ProducerInfo,
  producerConnectionsBody,
  producerTableBody,
  type QueueEntryData,
  type QueueTimeSpan,
  type Statistic,
  type StatisticSpan,
  statisticBody,
  subscriptionBody,
  timeSpanBody,
} from './body/admin.ts'
export {
  type BrokerData,
  type ClusterData,
  type ConsumerData,
  checkClientBody,
  clusterBody,
  consumerListBody,
  type DataVersion,
  dataVersionBody,
  type HeartbeatData,
  heartbeatBody,
  kvTableBody,
  memberGroupBody,
  type QueueData,
  type RegisterBrokerData,
  type RouteData,
  registerBrokerBody,
  routeBody,
  type SubscriptionData,
  type TopicConfig,
  type TopicConfigTable,
  topicConfigBody,
  topicConfigTableBody,
  topicListBody,
} from './body/bodies.ts'
export { type ConsumerFilterData, type ConsumerFilterTable, consumerFilterBody } from './body/consumer-filters.ts'
export { type Body, defineBody } from './body/define-body.ts'
export { type GroupConfig, type GroupTable, groupConfigBody, groupTableBody } from './body/groups.ts'
export { parseJson } from './body/json.ts'
export {
  type ConsumerOffsetTable,
  consumerOffsetBody,
  type DelayOffsetTable,
  delayOffsetBody,
} from './body/progress.ts'
export { type LockRequestData, lockedQueuesBody, lockRequestBody } from './body/queue-locks.ts'
export { queueMapText, readQueueNumbers, type WireQueue } from './body/queue-map.ts'
export {
  type BrokerConsumeStats,
  brokerConsumeStatsBody,
  type ConsumeStats,
  consumeStatsBody,
  type QueueProgress,
  type QueueStats,
  type TopicStats,
  topicStatsBody,
} from './body/queue-stats.ts'
// The client end
export { type ClientOptions, RemotingClient } from './client.ts'
// Constants
export { FAQ, PROTOCOL_VERSION, RESPONSE_CODE, responseCodeName, VERSION } from './codes.ts'
export type { Command } from './command/command.ts'
export { DEFAULT_LIMITS, type RemotingLimits } from './config.ts'
export { configRefusal } from './config-refusal.ts'
// Declaring an API
export { type Api, defineApi, type RequestOf, type ResponseOf } from './define-api.ts'
export { remotingErrors } from './errors.ts'
export { bool, type Field, type Fields, type HeaderOf, int32, int64, optional, str, withWireNames } from './fields.ts'
// A connection, either end
export { type InvokeOptions, Peer } from './peer.ts'
// Answering requests
export { type Call, type Handler, type Reply, type Route, type RouteTable, route, routeTable } from './routes.ts'
export { listen, type RemotingServer, type ServerOptions } from './server.ts'
