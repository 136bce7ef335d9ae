import { hostname } from 'node:os'
import {
  booleanText,
  type ConfigTable,
  defineConfig,
  integerText,
  plainText,
  setting,
  wordText,
} from '../base/config/index.ts'
import { type StoreConfig, storeConfig } from '../store/index.ts'

/** Settings of the store that a user sets; the other two follow from the broker's own address. */
type StoreSettings = Omit<StoreConfig, 'storeHost' | 'storePort'>

/** What a broker is to others of its name. */
export type BrokerRole = 'ASYNC_MASTER' | 'SYNC_MASTER' | 'SLAVE'

/**
 * Settings of a broker under Apache's keys, those of its store included. Apache: `BrokerConfig`, `MessageStoreConfig`
 * (5.3.3).
 */
export interface BrokerConfig extends StoreSettings {
  readonly brokerName: string
  readonly brokerClusterName: string
  readonly brokerId: number
  readonly brokerRole: BrokerRole
  readonly namesrvAddr: string
  readonly bindAddress: string
  readonly listenPort: number
  readonly brokerIP1: string
  readonly haListenPort: number
  readonly brokerPermission: number
  readonly autoCreateTopicEnable: boolean
  readonly autoCreateSubscriptionGroup: boolean
  readonly defaultTopicQueueNums: number
  readonly clusterTopicEnable: boolean
  readonly brokerTopicEnable: boolean
  readonly traceTopicEnable: boolean
  readonly msgTraceTopicName: string
  readonly regionId: string
  readonly traceOn: boolean
  readonly rejectPullConsumerEnable: boolean
  readonly litePullMessageEnable: boolean
  readonly useServerSideResetOffset: boolean
  readonly filterSupportRetry: boolean
  readonly enablePropertyFilter: boolean
  readonly filterDataCleanTimeSpan: number
  readonly expectConsumerNumUseFilter: number
  readonly maxErrorRateOfBloomFilter: number
  readonly enableCalcFilterBitMap: boolean
  readonly longPollingEnable: boolean
  readonly shortPollingTimeMills: number
  readonly notifyConsumerIdsChangedEnable: boolean
  readonly channelExpiredTimeout: number
  readonly flushConsumerOffsetInterval: number
  readonly flushDelayOffsetInterval: number
  readonly registerNameServerPeriod: number
  readonly startAcceptSendRequestTimeStamp: number
  readonly sendThreadPoolQueueCapacity: number
  readonly pullThreadPoolQueueCapacity: number
  readonly validateSystemTopicWhenUpdateTopic: boolean
  readonly configBlackList: string
  readonly rejectTransactionMessage: boolean
  readonly transactionTimeOut: number
  readonly transactionCheckMax: number
  readonly transactionCheckInterval: number
  readonly transactionOpMsgMaxSize: number
  readonly transactionOpBatchInterval: number
}

const DAY_MS = 86_400_000
const INT32_MAX = 2_147_483_647
const flag = (by: boolean, doc: string) => setting(booleanText, by, doc)

const { storeHost: _host, storePort: _port, ...storeSettings } = storeConfig.settings

const identity = {
  brokerName: setting(plainText, hostname(), 'Name of the broker; a master and its slaves share it.'),
  brokerClusterName: setting(plainText, 'DefaultCluster', 'Name of the cluster it belongs to.'),
  brokerId: setting(integerText(0, INT32_MAX), 0, '0 for a master, larger for a slave.'),
  brokerRole: setting(
    wordText(['ASYNC_MASTER', 'SYNC_MASTER', 'SLAVE']),
    'ASYNC_MASTER',
    'Role among the brokers of its name; slaves are not supported yet.',
  ),
  namesrvAddr: setting(plainText, '', 'Name servers to register at, host:port, separated by ";"; empty: none.'),
  bindAddress: setting(plainText, '0.0.0.0', 'Address to listen on.'),
  listenPort: setting(integerText(0, 65_535), 10_911, 'Port to listen on; 0 takes any free one.'),
  brokerIP1: setting(plainText, '', 'Address told to clients; empty: the first address of this machine.'),
  haListenPort: setting(integerText(0, 65_535), 0, 'Port told to slaves; 0: listenPort + 1.'),
  regionId: setting(plainText, 'DefaultRegion', 'Region written into every message as MSG_REGION.'),
  traceOn: flag(true, 'Whether clients that trace messages do so for messages of this broker.'),
}

const topics = {
  brokerPermission: setting(integerText(0, 7), 6, 'What the broker allows: 4 reading + 2 writing.'),
  autoCreateTopicEnable: flag(true, 'Whether unknown topics are created on the first send.'),
  autoCreateSubscriptionGroup: flag(true, 'Whether unknown consumer groups are created on first use.'),
  defaultTopicQueueNums: setting(integerText(1, 65_535), 8, 'Queues of topics created on the first send, at most.'),
  clusterTopicEnable: flag(true, 'Whether the topic named after the cluster can be read and written.'),
  brokerTopicEnable: flag(true, 'Whether the topic named after the broker can be read and written.'),
  traceTopicEnable: flag(false, 'Whether the topic for message traces is created at start.'),
  msgTraceTopicName: setting(plainText, 'RMQ_SYS_TRACE_TOPIC', 'Topic for message traces.'),
  validateSystemTopicWhenUpdateTopic: flag(true, 'Whether tools are refused to change topics of the system.'),
  configBlackList: setting(
    plainText,
    'configBlackList;brokerConfigPath',
    'Keys that tools may not change while the broker runs, separated by ";".',
  ),
}

const clients = {
  rejectPullConsumerEnable: flag(false, 'Whether groups of pull consumers are refused.'),
  litePullMessageEnable: flag(true, 'Whether lite pull consumers may pull.'),
  filterSupportRetry: flag(
    false,
    'Whether an SQL subscription to a retry topic is judged by the expression for the message’s original topic.',
  ),
  useServerSideResetOffset: flag(
    true,
    'Whether a reset of offsets waits here for the group’s next pull; false: it is pushed to the consumers online.',
  ),
  longPollingEnable: flag(true, 'Whether a pull that finds nothing waits as long as the consumer asks.'),
  shortPollingTimeMills: setting(integerText(1, DAY_MS), 1000, 'How long it waits otherwise, ms.'),
  notifyConsumerIdsChangedEnable: flag(true, 'Whether a group’s members are told when its members change.'),
  channelExpiredTimeout: setting(integerText(1, DAY_MS), 120_000, 'Silence after which a client is dropped, ms.'),
}

const filters = {
  enablePropertyFilter: flag(
    false,
    'Whether consumers may filter messages by SQL92 over their properties; the embedded server sets true.',
  ),
  filterDataCleanTimeSpan: setting(
    integerText(1, Number.MAX_SAFE_INTEGER),
    DAY_MS,
    'Milliseconds after which the expression of a group without consumers is forgotten.',
  ),
  expectConsumerNumUseFilter: setting(
    integerText(1, 65_535),
    32,
    'Groups expected to filter one topic; it is part of consumerFilter.json.',
  ),
  maxErrorRateOfBloomFilter: setting(
    integerText(1, 99),
    20,
    'Percent of groups that may share their bits; it is part of consumerFilter.json.',
  ),
  enableCalcFilterBitMap: flag(
    false,
    'Whether queue entries keep which SQL filters want a message, so that pulls need not read the others; needs enableConsumeQueueExt.',
  ),
}

const periods = {
  flushConsumerOffsetInterval: setting(integerText(1, DAY_MS), 5000, 'Milliseconds between savings of offsets.'),
  flushDelayOffsetInterval: setting(integerText(1, DAY_MS), 10_000, 'Milliseconds between savings of delay levels.'),
  registerNameServerPeriod: setting(
    integerText(1, DAY_MS),
    30_000,
    'Milliseconds between registrations at the name servers; 10000 at least, 60000 at most.',
  ),
  startAcceptSendRequestTimeStamp: setting(
    integerText(0, Number.MAX_SAFE_INTEGER),
    0,
    'Time before which sends are refused, epoch ms.',
  ),
}

const limits = {
  sendThreadPoolQueueCapacity: setting(
    integerText(1, INT32_MAX),
    10_000,
    'Sends being stored at once; more are answered SYSTEM_BUSY.',
  ),
  pullThreadPoolQueueCapacity: setting(
    integerText(1, INT32_MAX),
    100_000,
    'Pulls waiting for messages at once; more are answered SYSTEM_BUSY.',
  ),
}

const transactions = {
  rejectTransactionMessage: flag(false, 'Whether the first halves of transactions are refused.'),
  transactionTimeOut: setting(
    integerText(0, DAY_MS),
    6000,
    'Age from which the producer group is asked about a transaction without an end, ms.',
  ),
  transactionCheckMax: setting(integerText(1, INT32_MAX), 15, 'How often it is asked before the message is put aside.'),
  transactionCheckInterval: setting(
    integerText(1, DAY_MS),
    30_000,
    'Milliseconds between looks for such transactions.',
  ),
  transactionOpMsgMaxSize: setting(
    integerText(1, 4 * 1024 * 1024),
    4096,
    'Bytes of ends of transactions that are recorded together at most.',
  ),
  transactionOpBatchInterval: setting(
    integerText(1, DAY_MS),
    3000,
    'How long the end of a transaction may wait to be recorded with others, ms.',
  ),
}

/** The table of {@link BrokerConfig}. */
export const brokerConfig: ConfigTable<BrokerConfig> = defineConfig<BrokerConfig>({
  ...storeSettings,
  ...identity,
  ...topics,
  ...clients,
  ...filters,
  ...periods,
  ...limits,
  ...transactions,
})
