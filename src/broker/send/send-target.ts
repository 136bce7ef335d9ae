// Hot path: every send is checked here.
import type { Random } from '../../base/random/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { deadLetterTopicOf, PERM, topicFault } from '../../message/index.ts'
import { type Call, FAQ, RESPONSE_CODE, type RequestOf, type SendMessageV2, VERSION } from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { QueueLocks } from '../orderly-lock/queue-locks.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import { createForGroup, createOnSend } from '../topics/auto-create.ts'
import { type Topic, type TopicTable, topicText } from '../topics/topic-table.ts'

/** Header of a send, single or batch. */
export type SendRequest = RequestOf<typeof SendMessageV2>

/** What a send's target is found by. */
export interface SendTargetServices {
  readonly config: BrokerConfig
  readonly identity: BrokerIdentity
  readonly topics: TopicTable
  readonly groups: GroupConfigs
  readonly locks: QueueLocks
  readonly clock: Clock
  readonly random: Random
}

/**
 * Finds where a sent message goes, or refuses it; the checks stand in Apache's order. Apache:
 * `AbstractSendMessageProcessor.msgCheck`, `SendMessageProcessor.handleRetryAndDLQ` (5.3.3).
 */
export class SendTarget {
  /** Set by {@link find}, until the next call of it: topic and queue, and whether the message is a dead letter. */
  topicName = ''
  queueId = 0
  isDeadLetter = false
  /** Whether its queues store batches whole. */
  hasBatchQueues = false

  readonly #services: SendTargetServices

  constructor(services: SendTargetServices) {
    this.#services = services
  }

  /** True: the target is set. False: the call is answered. */
  find(request: SendRequest, call: Call<never>): boolean {
    const { startAcceptSendRequestTimeStamp: opensMs, brokerPermission } = this.#services.config
    if (opensMs > 0 && this.#services.clock.now() < opensMs) {
      const remark = `broker unable to service, until ${new Date(opensMs).toISOString()}`
      return refuse(call, RESPONSE_CODE.SYSTEM_ERROR, remark)
    }
    const topic = this.#services.topics.get(request.topic) ?? this.#create(request, call)
    if (topic === undefined) return false
    if (topic.config.order && (brokerPermission & PERM.write) === 0) {
      return refuse(
        call,
        RESPONSE_CODE.NO_PERMISSION,
        `the broker[${this.#services.identity.ip}] sending message is forbidden`,
      )
    }
    if (topic.fault !== undefined) return refuse(call, RESPONSE_CODE.INVALID_PARAMETER, topic.fault)
    if (!topic.sendable) return refuse(call, RESPONSE_CODE.NO_PERMISSION, forbidden(request.topic))
    if (request.queueId >= topic.queueCountMax) {
      const remark = `request queueId[${request.queueId}] is illegal, ${topicText(topic.config)} Producer: ${call.peer.address}`
      return refuse(call, RESPONSE_CODE.INVALID_PARAMETER, remark)
    }
    this.topicName = request.topic
    this.queueId = request.queueId < 0 ? this.#services.random.below(topic.config.writeQueueNums) : request.queueId
    this.isDeadLetter = false
    this.hasBatchQueues = topic.queueKind === 'batch'
    return topic.retryGroup === undefined || this.#checkRetries(topic.retryGroup, request, call)
  }

  /** Rows 3 to 5 for a topic that is not known yet. */
  #create(request: SendRequest, call: Call<never>): Topic | undefined {
    const { topic: name } = request
    const fault = topicFault(name)
    if (fault !== undefined) {
      refuse(call, RESPONSE_CODE.INVALID_PARAMETER, fault)
      return undefined
    }
    const created = createOnSend(this.#services.topics, request, this.#services.config.autoCreateTopicEnable)
    if (created === undefined) {
      refuse(call, RESPONSE_CODE.TOPIC_NOT_EXIST, `topic[${name}] not exist, apply first please!${FAQ}`)
    }
    return created
  }

  /**
   * A consumer that could not give a message back sends it here; when it was tried often enough it is a dead letter.
   */
  #checkRetries(groupName: string, request: SendRequest, call: Call<never>): boolean {
    const group = this.#services.groups.getOrCreate(groupName)
    if (group === undefined) {
      const remark = `subscription group not exist, ${groupName} ${FAQ}`
      return refuse(call, RESPONSE_CODE.SUBSCRIPTION_GROUP_NOT_EXIST, remark)
    }
    const { reconsumeTimes = 0, maxReconsumeTimes } = request
    const isMaxGiven = maxReconsumeTimes !== undefined && call.version >= VERSION.V3_4_9
    const retriesMax = isMaxGiven ? maxReconsumeTimes : group.retryMaxTimes
    // Who reads in order tries again by itself, so what it sends here it has given up.
    if (reconsumeTimes <= retriesMax && !this.#services.locks.isOrderly(groupName)) return true
    this.topicName = createForGroup(this.#services.topics, deadLetterTopicOf(groupName), 1).config.topicName
    this.queueId = 0
    this.isDeadLetter = true
    return true
  }
}

function forbidden(topic: string): string {
  return `Sending message to topic[${topic}] is forbidden.`
}

function refuse(call: Call<never>, code: number, remark: string): false {
  call.reply({ code, remark })
  return false
}
