import type { Random } from '../../base/random/index.ts'
import {
  deadLetterTopicOf,
  decodeProperties,
  encodeProperties,
  PERM,
  PROPERTY,
  retryTopicOf,
} from '../../message/index.ts'
import {
  type Call,
  type ConsumerSendBack,
  FAQ,
  type GroupConfig,
  type Handler,
  RESPONSE_CODE,
  type Reply,
  type RequestOf,
  VERSION,
} from '../../remoting/index.ts'
import type { AppendMessage, MessageStore } from '../../store/index.ts'
import { appendOne, isStored } from '../append-one.ts'
import type { BrokerConfig } from '../config.ts'
import { DELAY_TOPIC, type DelayLevels, delayQueueOf } from '../delay/delay-levels.ts'
import type { BrokerIdentity } from '../identity.ts'
import { offsetId } from '../send/offset-id.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import { readStoredMessage, type StoredMessage } from '../stored-message.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import { createForGroup } from '../topics/auto-create.ts'
import type { TopicTable } from '../topics/topic-table.ts'

/** Level of the first retry: 10 s in the usual table. Each further retry waits one level longer. */
const FIRST_RETRY_LEVEL = 3

/** What giving a message back stands on. */
export interface SendBackServices {
  readonly config: BrokerConfig
  readonly identity: BrokerIdentity
  readonly topics: TopicTable
  readonly groups: GroupConfigs
  readonly store: MessageStore
  readonly levels: DelayLevels
  readonly random: Random
  readonly stats: BrokerStats
}

type SendBackRequest = RequestOf<typeof ConsumerSendBack>
type SendBackReply = Reply<Record<never, never>>

/**
 * A consumer gives a message back: it comes again later from the group's retry topic, or, when it was tried often
 * enough, goes to the group's dead-letter topic. Apache: `AbstractSendMessageProcessor.consumerSendMsgBack` (5.3.3).
 */
export function sendBack(services: SendBackServices): Handler<typeof ConsumerSendBack> {
  const { config, identity, topics, groups, store, stats } = services
  return async (request, call) => {
    const { group: groupName, offset } = request
    const group = groups.getOrCreate(groupName)
    if (group === undefined) {
      const remark = `subscription group not exist, ${groupName} ${FAQ}`
      return refusal(RESPONSE_CODE.SUBSCRIPTION_GROUP_NOT_EXIST, remark)
    }
    if ((config.brokerPermission & PERM.write) === 0) {
      return refusal(RESPONSE_CODE.NO_PERMISSION, `the broker[${identity.ip}] sending message is forbidden`)
    }
    if (group.retryQueueNums <= 0) return {}
    const retryTopic = createForGroup(topics, retryTopicOf(groupName), group.retryQueueNums).config
    if ((retryTopic.perm & PERM.write) === 0) {
      const remark = `the topic[${retryTopic.topicName}] sending message is forbidden`
      return refusal(RESPONSE_CODE.NO_PERMISSION, remark)
    }
    const record = await store.recordAt(offset)
    if (record === undefined) return refusal(RESPONSE_CODE.SYSTEM_ERROR, `look message by offset failed, ${offset}`)
    const message = readStoredMessage(record, 0)
    const isDead = message.reconsumeTimes >= retriesMax(request, group, call) || request.delayLevel < 0
    // A group whose number of retry queues was raised later keeps its topic, and nobody reads a queue beyond it.
    const queues = Math.min(group.retryQueueNums, retryTopic.writeQueueNums)
    const again = isDead ? deadLetter(services, groupName, message) : retry(services, request, queues, message)
    const result = await appendOne(store, again)
    if (!isStored(result)) return refusal(RESPONSE_CODE.SYSTEM_ERROR, result.status)
    stats.sentBack(groupName, decodeProperties(message.properties)[PROPERTY.retryTopic] ?? message.topic)
    return {}
  }
}

function retriesMax(request: SendBackRequest, group: GroupConfig, call: Call): number {
  const { maxReconsumeTimes } = request
  return maxReconsumeTimes !== undefined && call.version >= VERSION.V3_4_9 ? maxReconsumeTimes : group.retryMaxTimes
}

function retry(
  { identity, levels, random }: SendBackServices,
  { delayLevel, group }: SendBackRequest,
  queues: number,
  message: StoredMessage,
): AppendMessage {
  const asked = delayLevel === 0 ? FIRST_RETRY_LEVEL + message.reconsumeTimes : delayLevel
  const level = Math.min(asked, levels.max)
  const queueId = random.below(Math.max(1, queues))
  const properties = encodeProperties({
    ...propertiesOf(message, identity),
    [PROPERTY.delayLevel]: String(level),
    [PROPERTY.realTopic]: retryTopicOf(group),
    [PROPERTY.realQueueId]: String(queueId),
  })
  return { ...storedAgain(message), topic: DELAY_TOPIC, queueId: delayQueueOf(level), properties }
}

function deadLetter({ identity, topics }: SendBackServices, group: string, message: StoredMessage): AppendMessage {
  const { topicName } = createForGroup(topics, deadLetterTopicOf(group), 1).config
  const properties = encodeProperties({ ...propertiesOf(message, identity), [PROPERTY.delayLevel]: '0' })
  return { ...storedAgain(message), topic: topicName, queueId: 0, properties }
}

/** What the message carried, what an earlier delay left in it included, and where it came from first. */
function propertiesOf(message: StoredMessage, { messageIdPrefix }: BrokerIdentity): Record<string, string> {
  const carried = decodeProperties(message.properties)
  const origin = carried[PROPERTY.originMessageId] ?? offsetId(messageIdPrefix, message.physicalOffset)
  return {
    ...carried,
    [PROPERTY.retryTopic]: carried[PROPERTY.retryTopic] ?? message.topic,
    [PROPERTY.originMessageId]: origin,
    [PROPERTY.waitStoreOk]: 'false',
  }
}

function storedAgain(message: StoredMessage): Omit<AppendMessage, 'topic' | 'queueId' | 'properties'> {
  const { flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, body } = message
  const again = { flag, sysFlag, bornTimestamp, bornHost, body, preparedTransactionOffset: 0, waitStoreOk: false }
  return { ...again, reconsumeTimes: reconsumeTimes + 1 }
}

function refusal(code: number, remark: string): SendBackReply {
  return { code, remark }
}
