import type { BrokerConfig } from '../config.ts'
import { LIVE_STORE_KEYS } from '../store-settings.ts'

/** Settings that are read at each use, so that a change counts at once; all others count after a restart. */
export const LIVE_KEYS: ReadonlySet<string> = new Set<keyof BrokerConfig>([
  'autoCreateSubscriptionGroup',
  'autoCreateTopicEnable',
  ...LIVE_STORE_KEYS,
  'brokerPermission',
  'configBlackList',
  'filterSupportRetry',
  'litePullMessageEnable',
  'longPollingEnable',
  'notifyConsumerIdsChangedEnable',
  'rejectPullConsumerEnable',
  'shortPollingTimeMills',
  'startAcceptSendRequestTimeStamp',
  'validateSystemTopicWhenUpdateTopic',
])
