// Hot path: every pull is checked here.
import {
  acceptsCodes,
  hasBits,
  parseTags,
  type RecordFilter,
  type SqlFilter,
  SqlFilters,
  type TagFilter,
  tagCodes,
} from '../../filter/index.ts'
import { PERM } from '../../message/index.ts'
import {
  type Call,
  type ConsumerFilterData,
  FAQ,
  type GroupConfig,
  LitePullMessage,
  PULL_FLAG,
  RESPONSE_CODE,
} from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { ConsumerGroups } from '../groups/consumer-groups.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { Tables } from '../open-tables.ts'
import type { ConsumerFilters } from '../subscriptions/consumer-filters.ts'
import { isTagExpression, noPropertyFilter, SQL92 } from '../subscriptions/expression-type.ts'
import type { GroupConfigs } from '../subscriptions/group-table.ts'
import { type Topic, type TopicTable } from '../topics/topic-table.ts'
import type { PullRequest } from './pull-service.ts'
import { retryFilter } from './retry-filter.ts'

const BROADCASTING = 'BROADCASTING'
const PUSH = 'CONSUME_PASSIVELY'

/** What forbids a pull, as the reply names it. Apache: `ForbiddenType`. */
const FORBIDDEN_BY = { broker: 1, group: 2, topic: 3, broadcasting: 4, subscription: 5 } as const

const NOT_PARSED = "parse the consumer's subscription failed"
const NO_FILTER = "The broker's consumer filter data is not exist!Your expression may be wrong!"

/** Whether a message is wanted by the bit map that was made of it when it was stored. */
type UnitFilter = (storeTimestamp: number, bitMap: Buffer) => boolean

/** What the checks found out: how to read for this pull. */
export interface PullPlan {
  readonly group: GroupConfig
  readonly topicSysFlag: number
  /** By the tag; `undefined`: the tag does not decide. */
  readonly accepts: TagFilter | undefined
  /** By the bit map of the queue entry; `undefined`: there is nothing to be learned from it. */
  readonly acceptsUnit: UnitFilter | undefined
  /** By the properties; `undefined`: they do not decide. */
  readonly acceptsRecord: RecordFilter | undefined
}

/** Decides whether a pull may read, in Apache's order. Apache: `PullMessageProcessor.processRequest` (5.3.3). */
export class PullChecks {
  readonly #config: BrokerConfig
  readonly #identity: BrokerIdentity
  readonly #topics: TopicTable
  readonly #groups: GroupConfigs
  readonly #filters: ConsumerFilters
  readonly #consumers: ConsumerGroups
  readonly #requested = new SqlFilters()

  constructor(
    config: BrokerConfig,
    identity: BrokerIdentity,
    { topics, groups, filters }: Pick<Tables, 'topics' | 'groups' | 'filters'>,
    consumers: ConsumerGroups,
  ) {
    this.#config = config
    this.#identity = identity
    this.#topics = topics
    this.#groups = groups
    this.#filters = filters
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
    const { expressionType, subscription = '' } = request
    if (isTagExpression(expressionType)) {
      const tags = parseTags(subscription)
      if (tags === undefined) return refuse(call, RESPONSE_CODE.SUBSCRIPTION_PARSE_FAILED, NOT_PARSED)
      return plan(group, topic, tags.length === 0 ? undefined : acceptsCodes(tagCodes(tags)))
    }
    if (subscription === '') return refuse(call, RESPONSE_CODE.SUBSCRIPTION_PARSE_FAILED, NOT_PARSED)
    if (!this.#config.enablePropertyFilter) return refuseProperties(call, expressionType ?? '')
    // Apache delivers everything to a consumer whose expression it cannot compile here; that is not what it asked for.
    const filter = expressionType === SQL92 ? this.#compile(subscription) : undefined
    if (filter === undefined) return refuse(call, RESPONSE_CODE.SUBSCRIPTION_PARSE_FAILED, NOT_PARSED)
    return this.#planSql(group, topic, filter)
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
    const { expressionType } = subscription.data
    const isSql = !isTagExpression(expressionType)
    const filter = isSql ? this.#filters.get(name, group.groupName) : undefined
    if (isSql && filter === undefined) return refuse(call, RESPONSE_CODE.FILTER_DATA_NOT_EXIST, NO_FILTER)
    if (filter !== undefined && filter.data.clientVersion < request.subVersion) {
      return refuse(call, RESPONSE_CODE.FILTER_DATA_NOT_LATEST, "the consumer's consumer filter data not latest")
    }
    if (isSql && !this.#config.enablePropertyFilter) return refuseProperties(call, expressionType)
    if (this.#config.rejectPullConsumerEnable && online.consumeType !== PUSH) {
      const remark = `the consumer group[${group.groupName}] can not consume by pull way`
      return refuse(call, RESPONSE_CODE.SUBSCRIPTION_NOT_EXIST, remark)
    }
    if (filter === undefined) return plan(group, topic, subscription.accepts)
    return this.#planSql(group, topic, filter.filter, filter.data)
  }

  /** `data`: of a filter that bit maps know. */
  #planSql(group: GroupConfig, topic: Topic, filter: SqlFilter, data?: ConsumerFilterData): PullPlan {
    if (topic.retryGroup !== undefined && this.#config.filterSupportRetry) {
      return plan(group, topic, undefined, retryFilter(this.#filters, group.groupName))
    }
    const acceptsUnit = data !== undefined && this.#config.enableConsumeQueueExt ? unitFilter(data) : undefined
    return plan(group, topic, undefined, filter.matchesRecord, acceptsUnit)
  }

  #compile(expression: string): SqlFilter | undefined {
    try {
      return this.#requested.get(expression)
    } catch {
      return undefined
    }
  }

  #forbid(call: Call<never>, remark: string, forbiddenType: number): undefined {
    call.reply({ code: RESPONSE_CODE.NO_PERMISSION, remark, fields: { forbiddenType: String(forbiddenType) } })
    return undefined
  }
}

function plan(
  group: GroupConfig,
  topic: Topic,
  accepts: TagFilter | undefined,
  acceptsRecord: RecordFilter | undefined = undefined,
  acceptsUnit: UnitFilter | undefined = undefined,
): PullPlan {
  return { group, topicSysFlag: topic.config.topicSysFlag, accepts, acceptsUnit, acceptsRecord }
}

/**
 * By bit maps of messages that are younger than the expression; the others were made for another one.
 * Apache: `ExpressionMessageFilter.isMatchedByConsumeQueue` (5.3.3).
 */
function unitFilter({ bornTime, bloomFilterData }: ConsumerFilterData): UnitFilter {
  return (storeTimestamp, bitMap) => storeTimestamp <= bornTime || hasBits(bitMap, bloomFilterData)
}

function refuseProperties(call: Call<never>, expressionType: string): undefined {
  return refuse(call, RESPONSE_CODE.SYSTEM_ERROR, noPropertyFilter(expressionType))
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
