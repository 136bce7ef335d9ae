import type { AdminCommand } from './admin-command.ts'
import { brokerConsumeStats } from './commands/broker-consume-stats.ts'
import { brokerStatus } from './commands/broker-status.ts'
import { cleanExpiredCQ, cleanUnusedTopic, deleteExpiredCommitLog } from './commands/clean-up.ts'
import { cloneGroupOffset } from './commands/clone-group-offset.ts'
import { clusterList } from './commands/cluster-list.ts'
import { consumerConnection } from './commands/consumer-connection.ts'
import { consumerProgress } from './commands/consumer-progress.ts'
import { deleteSubGroup } from './commands/delete-sub-group.ts'
import { deleteTopic } from './commands/delete-topic.ts'
import { getBrokerConfig } from './commands/get-broker-config.ts'
import { getNamesrvConfig } from './commands/get-namesrv-config.ts'
import { deleteKvConfig, updateKvConfig } from './commands/kv-config.ts'
import { producer } from './commands/producer.ts'
import { producerConnection } from './commands/producer-connection.ts'
import { queryMsgById, queryMsgByKey, queryMsgByUniqueKey } from './commands/query-messages.ts'
import { queryMsgTraceById } from './commands/query-msg-trace-by-id.ts'
import { resetOffsetByTime, skipAccumulatedMessage } from './commands/reset-offset-by-time.ts'
import { sendMessage } from './commands/send-message.ts'
import { statsAll } from './commands/stats-all.ts'
import { topicClusterList } from './commands/topic-cluster-list.ts'
import { topicList } from './commands/topic-list.ts'
import { topicRoute } from './commands/topic-route.ts'
import { topicStatus } from './commands/topic-status.ts'
import { updateBrokerConfig } from './commands/update-broker-config.ts'
import { updateNamesrvConfig } from './commands/update-namesrv-config.ts'
import { updateSubGroup } from './commands/update-sub-group.ts'
import { updateTopic } from './commands/update-topic.ts'
import { updateTopicPerm } from './commands/update-topic-perm.ts'
import { addWritePerm, wipeWritePerm } from './commands/write-perm.ts'

/** All commands, in the order of the help. Apache: `MQAdminStartup.initCommand` (5.3.3). */
export const ADMIN_COMMANDS: readonly AdminCommand[] = [
  updateTopic,
  deleteTopic,
  updateTopicPerm,
  topicList,
  topicRoute,
  topicStatus,
  topicClusterList,
  updateSubGroup,
  deleteSubGroup,
  consumerProgress,
  consumerConnection,
  producerConnection,
  producer,
  resetOffsetByTime,
  skipAccumulatedMessage,
  cloneGroupOffset,
  clusterList,
  brokerStatus,
  brokerConsumeStats,
  cleanExpiredCQ,
  cleanUnusedTopic,
  deleteExpiredCommitLog,
  getBrokerConfig,
  updateBrokerConfig,
  statsAll,
  getNamesrvConfig,
  updateNamesrvConfig,
  updateKvConfig,
  deleteKvConfig,
  wipeWritePerm,
  addWritePerm,
  sendMessage,
  queryMsgById,
  queryMsgByKey,
  queryMsgByUniqueKey,
  queryMsgTraceById,
]
