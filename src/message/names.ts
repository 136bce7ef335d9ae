import { messageErrors } from './errors.ts'

const LEGAL = /^[%|a-zA-Z0-9_-]+$/

/** Longest topic, retry and dead-letter prefixes apart. Apache: `TopicValidator`. */
export const TOPIC_LENGTH_MAX = 127
/** Longest group. Apache: `Validators`. */
export const GROUP_LENGTH_MAX = 255

const RETRY_PREFIX = '%RETRY%'
const DLQ_PREFIX = '%DLQ%'
const LIGHT_PREFIX = '%LMQ%'

/** Topic from which a group gets the messages it gave back. */
export function retryTopicOf(group: string): string {
  return RETRY_PREFIX + group
}

/** Topic that gets what a group gave up. */
export function deadLetterTopicOf(group: string): string {
  return DLQ_PREFIX + group
}

/** Whether a topic holds messages that a group gave back. */
export function isRetryTopic(topic: string): boolean {
  return topic.startsWith(RETRY_PREFIX)
}

/** Whether a topic or group is a light queue's, whose messages lie in other topics. Apache: `MixAll.isLmq`. */
export function isLightName(name: string): boolean {
  return name.startsWith(LIGHT_PREFIX)
}

/** The group of a retry topic. */
export function groupOfRetryTopic(topic: string): string {
  return topic.slice(RETRY_PREFIX.length)
}

/**
 * Why a topic name is illegal, in Apache's words, or `undefined` when it is fine. Apache:
 * `TopicValidator.validateTopic`.
 */
export function topicFault(topic: string): string | undefined {
  if (topic.trim() === '') return 'The specified topic is blank.'
  if (!LEGAL.test(topic)) return 'The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$'
  if (topic.length > (isRetryTopic(topic) ? 255 : TOPIC_LENGTH_MAX))
    return 'The specified topic is longer than topic max length.'
  return undefined
}

/** A topic or group made legal, for a suggestion. */
function legalForm(name: string): string {
  return (
    name
      .trim()
      .replaceAll(/[^%|a-zA-Z0-9_-]+/g, '-')
      .slice(0, TOPIC_LENGTH_MAX) || 'my-topic'
  )
}

/**
 * Checks a topic.
 * @throws RMQ_TOPIC_ILLEGAL
 */
export function checkTopic(topic: string): void {
  const reason = topicFault(topic)
  if (reason !== undefined) throw messageErrors.RMQ_TOPIC_ILLEGAL({ topic, reason, suggestion: legalForm(topic) })
}

/** Whether a producer or consumer group may have this name. */
export function isLegalGroup(group: string): boolean {
  return group.trim() !== '' && LEGAL.test(group) && group.length <= GROUP_LENGTH_MAX
}

/**
 * Checks a producer or consumer group.
 * @throws RMQ_GROUP_ILLEGAL
 */
export function checkGroup(group: string): void {
  if (!isLegalGroup(group)) {
    throw messageErrors.RMQ_GROUP_ILLEGAL({ group, suggestion: legalForm(group) })
  }
}

/** Topics that only brokers write to. Apache: `TopicValidator.NOT_ALLOWED_SEND_TOPIC_SET`. */
export const NOT_SENDABLE_TOPICS: ReadonlySet<string> = new Set([
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
])

/** Topics with a meaning of their own. */
export const SYSTEM_TOPIC = {
  /** The key topic: unknown topics are created after its settings. */
  autoCreate: 'TBW102',
  schedule: 'SCHEDULE_TOPIC_XXXX',
  selfTest: 'SELF_TEST_TOPIC',
  benchmark: 'BenchmarkTest',
  offsetMoved: 'OFFSET_MOVED_EVENT',
  transactionHalf: 'RMQ_SYS_TRANS_HALF_TOPIC',
  transactionOp: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  transactionCheckMax: 'TRANS_CHECK_MAX_TIME_TOPIC',
  trace: 'RMQ_SYS_TRACE_TOPIC',
  timerWheel: 'rmq_sys_wheel_timer',
} as const

/** What a topic allows. Apache: `PermName`. */
export const PERM = { inherit: 1, write: 2, read: 4, readWrite: 6 } as const
