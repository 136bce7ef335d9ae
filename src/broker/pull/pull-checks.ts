// Hot path: every pull is checked here.
import { isRetryTopic, PERM } from '../../message/index.ts'
import { type Call, FAQ, type GroupConfig, LitePullMessage, PULL_FLAG, RESPONSE_CODE } from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import { NO_PROPERTY_FILTER } from '../groups/check-client.ts'
import type { ConsumerGroups, Subscription } from '../groups/consumer-groups.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import { type Topic, type TopicTable } from '../topics/topic-table.ts'
import type { PullRequest } from './pull-service.ts'
import { acceptsExpression, type TagFilter } from './tag-filter.ts'

const TAG = 'TAG'
const BROADCASTING = 'BROADCASTING'
const PUSH = 'CONSUME_PASSIVELY'

/** What forbids a pull, as the reply names it. Apache: `ForbiddenType`. */
const FORBIDDEN_BY = { broker: 1, group: 2, topic: 3, broadcasting: 4, subscription: 5 } as const

/** What the checks found out: how to read for this pull. */
export interface PullPlan {
  readonly group: GroupConfig
  readonly topicSysFlag: number
  /** `undefined`: everything is wanted. */
  readonly accepts: TagFilter | undefined
}

/** Decides whether a pull may read, in Apache's order. Apache: `PullMessageProcessor.processRequest` (5.3.3). */
export class PullChecks {
  readonly #config: BrokerConfig
  readonly #identity: BrokerIdentity
  readonly #topics: TopicTable
  readonly #groups: GroupConfigs
  readonly #consumers: ConsumerGroups

  constructor(
    config: BrokerConfig,
    identity: BrokerIdentity,
    topics: TopicTable,
    groups: GroupConfigs,
    consumers: ConsumerGroups,
  ) {
    this.#config = config
    this.#identity = identity
    this.#topics = topics
    this.#groups = groups
    this.#consumers = consumers
  }

  /** How to read for this pull; `undefined`: it may not, and the call is answered. */
  check(code: number, request: PullRequest, call: Call<never>): PullPlan | undefined {
    const { consumerGroup, topic: name, queueId, sysFlag } = request
    const isClosed = (this.#config.brokerPermission & PERM.read) === 0
    if (isClosed || (code === LitePullMessage.code && !this.#config.litePullMessageEnable)) {
      return this.#forbid(call, `the broker[${this.#identity.ip}] pulling message is forbidden`, FORBIDDEN_BY.broker)
    }
    const group = this.#groups.getOrCreate(consumerGroup)
    if (group === undefined) {
      const remark = `subscription group [${consumerGroup}] does not exist, ${FAQ}`
      return refuse(call, RESPONSE_CODE.SUBSCRIPTION_GROUP_NOT_EXIST, remark)
    }
    if (!group.consumeEnable) {
      return this.#forbid(call, `subscription group no permission, ${consumerGroup}`, FORBIDDEN_BY.group)
    }
    const topic = this.#topics.get(name)
    if (topic === undefined) {
      return refuse(call, RESPONSE_CODE.TOPIC_NOT_EXIST, `topic[${name}] not exist, apply first please! ${FAQ}`)
    }
    if ((topic.config.perm & PERM.read) === 0) {
      return this.#forbid(call, `the topic[${name}] pulling message is forbidden`, FORBIDDEN_BY.topic)
    }
    if (queueId < 0 || queueId >= topic.config.readQueueNums) {
      return refuse(call, RESPONSE_CODE.INVALID_PARAMETER, queueIllegal(queueId, topic, call))
    }
    return (sysFlag & PULL_FLAG.subscription) === 0
      ? this.#fromHeartbeat(request, group, topic, call)
      : this.#fromRequest(request, group, topic, call)
  }

  /** Rows 8 and 16: the request brings its expression. */
  #fromRequest(request: PullRequest, group: GroupConfig, topic: Topic, call: Call<never>): PullPlan | undefined {
    const { expressionType, subscription } = request
    if (expressionType !== undefined && expressionType !== '' && expressionType !== TAG) {
      return refuse(call, RESPONSE_CODE.SYSTEM_ERROR, NO_PROPERTY_FILTER + expressionType)
    }
    const accepts = acceptsExpression(subscription)
    if (accepts === 'illegal') {
      return refuse(call, RESPONSE_CODE.SUBSCRIPTION_PARSE_FAILED, "parse the consumer's subscription failed")
    }
    return this.#plan(group, topic, accepts)
  }

  /** Rows 9 to 17: the expression is the one of the group's heartbeats. */
  #fromHeartbeat(request: PullRequest, group: GroupConfig, topic: Topic, call: Call<never>): PullPlan | undefined {
    const name = topic.config.topicName
    const online = this.#consumers.get(group.groupName)
    if (online === undefined) {
      return refuse(call, RESPONSE_CODE.SUBSCRIPTION_NOT_EXIST, `the consumer's group info not exist${FAQ}`)
    }
    if (online.messageModel === BROADCASTING && !group.consumeBroadcastEnable) {
      const remark = `the consumer group[${group.groupName}] can not consume by broadcast way`
      return this.#forbid(call, remark, FORBIDDEN_BY.broadcasting)
    }
    if (this.#groups.isForbidden(group.groupName, name)) {
      const remark = `the consumer group[${group.groupName}] is forbidden for topic[${name}]`
      return this.#forbid(call, remark, FORBIDDEN_BY.subscription)
    }
    const subscription = online.subscriptions.get(name)
    if (subscription === undefined) {
      return refuse(call, RESPONSE_CODE.SUBSCRIPTION_NOT_EXIST, `the consumer's subscription not exist${FAQ}`)
    }
    if (subscription.data.subVersion < request.subVersion) {
      return refuse(call, RESPONSE_CODE.SUBSCRIPTION_NOT_LATEST, "the consumer's subscription not latest")
    }
    if (isExpression(subscription)) {
      return refuse(call, RESPONSE_CODE.SYSTEM_ERROR, NO_PROPERTY_FILTER + subscription.data.expressionType)
    }
    if (this.#config.rejectPullConsumerEnable && online.consumeType !== PUSH) {
      const remark = `the consumer group[${group.groupName}] can not consume by pull way`
      return refuse(call, RESPONSE_CODE.SUBSCRIPTION_NOT_EXIST, remark)
    }
    return this.#plan(group, topic, subscription.accepts)
  }

  /** What was given back is wanted whatever its tag: it was wanted once. */
  #plan(group: GroupConfig, topic: Topic, accepts: TagFilter | undefined): PullPlan {
    const isUnfiltered = topic.retryGroup !== undefined && !this.#config.filterSupportRetry
    return { group, topicSysFlag: topic.config.topicSysFlag, accepts: isUnfiltered ? undefined : accepts }
  }

  #forbid(call: Call<never>, remark: string, forbiddenType: number): undefined {
    call.reply({ code: RESPONSE_CODE.NO_PERMISSION, remark, fields: { forbiddenType: String(forbiddenType) } })
    return undefined
  }
}

function isExpression({ data }: Subscription): boolean {
  return data.expressionType !== TAG && data.expressionType !== '' && !isRetryTopic(data.topic)
}

function queueIllegal(queueId: number, topic: Topic, call: Call<never>): string {
  const { topicName, readQueueNums } = topic.config
  return (
    `queueId[${queueId}] is illegal, topic:[${topicName}] topicConfig.readQueueNums:[${readQueueNums}] ` +
    `consumer:[/${call.peer.address}]`
  )
}

function refuse(call: Call<never>, code: number, remark: string): undefined {
  call.reply({ code, remark })
  return undefined
}
