import type { GroupConfig, TopicConfig } from '../../admin/index.ts'

/** A topic as mqadmin prints it. Apache: `TopicConfig.toString`. */
export function topicText(topic: TopicConfig): string {
  const { topicName, readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order, attributes } = topic
  const bits = `${(perm & 4) === 0 ? '-' : 'R'}${(perm & 2) === 0 ? '-' : 'W'}${(perm & 1) === 0 ? '-' : 'X'}`
  return (
    `TopicConfig [topicName=${topicName}, readQueueNums=${readQueueNums}, writeQueueNums=${writeQueueNums}, perm=${bits}, ` +
    `topicFilterType=${topicFilterType}, topicSysFlag=${topicSysFlag}, order=${order}, attributes=${mapText(attributes)}]`
  )
}

/** A group as mqadmin prints it. Apache: `SubscriptionGroupConfig.toString`. */
export function groupText(group: GroupConfig): string {
  const { groupRetryPolicy: policy, attributes, ...plain } = group
  const policyText =
    `GroupRetryPolicy{type=${policy['type'] ?? 'null'}, exponentialRetryPolicy=${valueText(policy['exponentialRetryPolicy'])}, ` +
    `customizedRetryPolicy=${valueText(policy['customizedRetryPolicy'])}}`
  const parts = [
    ...ORDER.slice(0, POLICY_AT).map((key) => `${key}=${plain[key]}`),
    `groupRetryPolicy=${policyText}`,
    ...ORDER.slice(POLICY_AT).map((key) => `${key}=${plain[key]}`),
    'subscriptionDataSet=null',
    `attributes=${mapText(attributes)}`,
  ]
  return `SubscriptionGroupConfig{${parts.join(', ')}}`
}

const ORDER = [
  'groupName',
  'consumeEnable',
  'consumeFromMinEnable',
  'consumeBroadcastEnable',
  'consumeMessageOrderly',
  'retryQueueNums',
  'retryMaxTimes',
  'brokerId',
  'whichBrokerWhenConsumeSlowly',
  'notifyConsumerIdsChangedEnable',
  'groupSysFlag',
  'consumeTimeoutMinute',
] as const
/** The retry policy stands behind this many of them. */
const POLICY_AT = 7

function mapText(map: Readonly<Record<string, string>>): string {
  const entries = Object.entries(map).map(([key, value]) => `${key}=${value}`)
  return `{${entries.join(', ')}}`
}

function valueText(value: unknown): string {
  return value === undefined || value === null ? 'null' : JSON.stringify(value)
}
