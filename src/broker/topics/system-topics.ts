import { PERM, SYSTEM_TOPIC } from '../../message/index.ts'
import type { TopicConfig } from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import { topicConfig } from './topic-table.ts'

const OPEN = PERM.readWrite | PERM.inherit
const SYSTEM_PREFIX = 'rmq_sys_'
const REVIVE_QUEUES = 8
const BENCHMARK_QUEUES = 1024
const CLUSTER_QUEUES = 16

/** The topic that replies of request–reply are kept in. Apache: `MixAll.getReplyTopic`. */
function replyTopicOf(cluster: string): string {
  return `${cluster}_REPLY_TOPIC`
}

/** The topics every broker has. Apache: `TopicConfigManager.init` (5.3.3). */
export function systemTopics(config: BrokerConfig, delayLevels: number): readonly TopicConfig[] {
  const { brokerClusterName: cluster, brokerName, msgTraceTopicName } = config
  return [
    topicConfig(SYSTEM_TOPIC.selfTest, 1),
    ...(config.autoCreateTopicEnable
      ? [topicConfig(SYSTEM_TOPIC.autoCreate, config.defaultTopicQueueNums, { perm: OPEN })]
      : []),
    topicConfig(SYSTEM_TOPIC.benchmark, BENCHMARK_QUEUES),
    topicConfig(cluster, CLUSTER_QUEUES, { perm: config.clusterTopicEnable ? OPEN : PERM.inherit }),
    topicConfig(brokerName, 1, { perm: config.brokerTopicEnable ? OPEN : PERM.inherit }),
    topicConfig(SYSTEM_TOPIC.offsetMoved, 1),
    topicConfig(SYSTEM_TOPIC.schedule, delayLevels),
    ...(config.traceTopicEnable ? [topicConfig(msgTraceTopicName, 1)] : []),
    topicConfig(replyTopicOf(cluster), 1),
    topicConfig(`${SYSTEM_PREFIX}REVIVE_LOG_${cluster}`, REVIVE_QUEUES),
    topicConfig(`${SYSTEM_PREFIX}SYNC_BROKER_MEMBER_${brokerName}`, 1, { perm: PERM.inherit }),
    topicConfig(SYSTEM_TOPIC.transactionHalf, 1),
    topicConfig(SYSTEM_TOPIC.transactionOp, 1),
    topicConfig(SYSTEM_TOPIC.timerWheel, 1),
  ]
}

const FIXED_NAMES: ReadonlySet<string> = new Set([...Object.values(SYSTEM_TOPIC), 'CHECKPOINT_TOPIC'])

/** Whether a topic belongs to the system, so that tools may not change it. Apache: `TopicValidator.isSystemTopic`. */
export function isSystemTopic(name: string, config: BrokerConfig): boolean {
  const { brokerClusterName, brokerName, msgTraceTopicName } = config
  return (
    FIXED_NAMES.has(name) ||
    name.startsWith(SYSTEM_PREFIX) ||
    name === brokerClusterName ||
    name === brokerName ||
    name === msgTraceTopicName ||
    name === replyTopicOf(brokerClusterName)
  )
}
