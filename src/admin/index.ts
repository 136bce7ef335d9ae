// What an operator does: Apache's mqadmin operations as functions, for the command line and the console.

// What operations give
export type { QueryOptions, SendResult, TraceRecord } from '../client/index.ts'
export type { ReceivedMessage } from '../message/index.ts'
export type {
  BrokerConsumeStats,
  ClientConnection,
  ClusterData,
  ConsumerConnections,
  ConsumeStats,
  GroupConfig,
  ProducerInfo,
  RouteData,
  Statistic,
  TopicConfig,
  TopicStats,
} from '../remoting/index.ts'
// Operations
export type { BrokerOperations } from './brokers.ts'
export type { BrokerAddresses, ClusterOperations } from './cluster.ts'
export type { AdminOptions, AdminTarget } from './config.ts'
export { adminErrors } from './errors.ts'
export type { GroupOperations, GroupSettings } from './groups.ts'
export type { MessageTrack, TrackType } from './message-tracks.ts'
export type { DirectConsumption, MessageOperations, TraceFrom } from './messages.ts'
export type { NameServerOperations } from './name-servers.ts'
export type { OffsetOperations, QueueOffsetChange } from './offsets.ts'
// Opening
export { type Admin, openAdmin } from './open-admin.ts'
export type { TopicOperations, TopicSettings, UpdatedTopic } from './topics.ts'
