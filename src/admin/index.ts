// What an operator does: Apache's mqadmin operations as functions, for the command line and the console.

// What operations give
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
export type { NameServerOperations } from './name-servers.ts'
export type { OffsetOperations, QueueOffsetChange } from './offsets.ts'
// Opening
export { type Admin, openAdmin } from './open-admin.ts'
export type { TopicOperations, TopicSettings, UpdatedTopic } from './topics.ts'
