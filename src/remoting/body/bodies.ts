import { z } from '../../base/schema/index.ts'
import { type Body, defineBody } from './define-body.ts'

// Java leaves null members out, or writes them: both read as absent.
const text = z.string()
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
const table = <Value extends z.ZodType>(value: Value) =>
  z
    .record(z.string(), value)
    .nullish()
    .transform((found) => found ?? {})

/** A version of a table: newer when stateVersion, then counter, then timestamp is larger. Apache: `DataVersion`. */
export interface DataVersion {
  readonly counter: number
  readonly stateVersion: number
  readonly timestamp: number
}
/** For the bodies of other files. */
export const dataVersionSchema: z.ZodType<DataVersion> = z.object({
  counter: z.number().default(0),
  stateVersion: z.number().default(0),
  timestamp: z.number().default(0),
})

const dataVersion = dataVersionSchema

/** A topic's settings at a broker. Apache: `TopicConfig`. */
export interface TopicConfig {
  readonly topicName: string
  readonly readQueueNums: number
  readonly writeQueueNums: number
  /** Sum of `PERM`. */
  readonly perm: number
  readonly topicFilterType: string
  readonly topicSysFlag: number
  readonly order: boolean
  readonly attributes: Readonly<Record<string, string>>
}
const topicConfig: z.ZodType<TopicConfig> = z.object({
  topicName: text,
  readQueueNums: z.number().default(16),
  writeQueueNums: z.number().default(16),
  perm: z.number().default(6),
  topicFilterType: text.default('SINGLE_TAG'),
  topicSysFlag: z.number().default(0),
  order: z.boolean().default(false),
  attributes: table(text),
})

/** A broker's topics. Apache: `TopicConfigAndMappingSerializeWrapper`. */
export interface TopicConfigTable {
  readonly dataVersion: DataVersion
  readonly topicConfigTable: Readonly<Record<string, TopicConfig>>
}
const topicConfigTable: z.ZodType<TopicConfigTable> = z.object({ dataVersion, topicConfigTable: table(topicConfig) })

/** Body of REGISTER_BROKER. Apache: `RegisterBrokerBody`. */
export interface RegisterBrokerData {
  readonly topicConfigSerializeWrapper: TopicConfigTable
  readonly filterServerList: readonly string[]
}

/** Where a topic lives. Apache: `TopicRouteData`. */
export interface RouteData {
  readonly orderTopicConf?: string | undefined
  readonly queueDatas: readonly QueueData[]
  readonly brokerDatas: readonly BrokerData[]
  readonly filterServerTable: Readonly<Record<string, readonly string[]>>
}
/** A topic's queues at one broker. */
export interface QueueData {
  readonly brokerName: string
  readonly readQueueNums: number
  readonly writeQueueNums: number
  readonly perm: number
  readonly topicSysFlag: number
}
/** A broker name's addresses: id (0 is the master) → `host:port`. */
export interface BrokerData {
  readonly cluster: string
  readonly brokerName: string
  readonly brokerAddrs: Readonly<Record<string, string>>
  readonly enableActingMaster: boolean
}
const brokerData: z.ZodType<BrokerData> = z.object({
  cluster: text.nullish().transform((cluster) => cluster ?? ''),
  brokerName: text,
  brokerAddrs: table(text),
  enableActingMaster: z.boolean().default(false),
})
const routeData: z.ZodType<RouteData> = z.object({
  orderTopicConf: text.nullish().transform((conf) => conf ?? undefined),
  queueDatas: list(
    z.object({
      brokerName: text,
      readQueueNums: z.number(),
      writeQueueNums: z.number(),
      perm: z.number(),
      topicSysFlag: z.number().default(0),
    }),
  ),
  brokerDatas: list(brokerData),
  filterServerTable: table(list(text)),
})

/** All brokers. Apache: `ClusterInfo`. */
export interface ClusterData {
  readonly brokerAddrTable: Readonly<Record<string, BrokerData>>
  readonly clusterAddrTable: Readonly<Record<string, readonly string[]>>
}

/** What a consumer wants of a topic. Apache: `SubscriptionData`. */
export interface SubscriptionData {
  readonly topic: string
  readonly subString: string
  readonly tagsSet: readonly string[]
  readonly codeSet: readonly number[]
  /** When it was made, epoch ms; the newest counts. */
  readonly subVersion: number
  readonly expressionType: string
  readonly classFilterMode: boolean
}
/** For the bodies of other files. */
export const subscriptionDataSchema: z.ZodType<SubscriptionData> = z.object({
  topic: text,
  subString: text.nullish().transform((expression) => expression ?? '*'),
  tagsSet: list(text),
  codeSet: list(z.number()),
  subVersion: z.number().default(0),
  expressionType: text.nullish().transform((type) => type ?? 'TAG'),
  classFilterMode: z.boolean().default(false),
})
const subscriptionData = subscriptionDataSchema

/** What a client is. Apache: `HeartbeatData`. */
export interface HeartbeatData {
  readonly clientID: string
  readonly producerDataSet: readonly { readonly groupName: string }[]
  readonly consumerDataSet: readonly ConsumerData[]
  readonly heartbeatFingerprint: number
  readonly withoutSub: boolean
}
/** One group of a client. Apache: `ConsumerData`. */
export interface ConsumerData {
  readonly groupName: string
  readonly consumeType: string
  readonly messageModel: string
  readonly consumeFromWhere: string
  readonly subscriptionDataSet: readonly SubscriptionData[]
  readonly unitMode: boolean
}
const heartbeatData: z.ZodType<HeartbeatData> = z.object({
  clientID: text,
  producerDataSet: list(z.object({ groupName: text })),
  consumerDataSet: list(
    z.object({
      groupName: text,
      consumeType: text.default('CONSUME_PASSIVELY'),
      messageModel: text.default('CLUSTERING'),
      consumeFromWhere: text.default('CONSUME_FROM_LAST_OFFSET'),
      subscriptionDataSet: list(subscriptionData),
      unitMode: z.boolean().default(false),
    }),
  ),
  heartbeatFingerprint: z.number().default(0),
  withoutSub: z.boolean().default(false),
})

/** Body of QUERY_DATA_VERSION. */
export const dataVersionBody: Body<DataVersion> = defineBody('a data version', dataVersion)
/** Body of the reply to GET_TOPIC_CONFIG. */
export const topicConfigBody: Body<TopicConfig> = defineBody('a topic', topicConfig)
/** Body of GET_ALL_TOPIC_CONFIG, and of REGISTER_BROKER by very old brokers. */
export const topicConfigTableBody: Body<TopicConfigTable> = defineBody('a topic table', topicConfigTable)
/** Body of REGISTER_BROKER. */
export const registerBrokerBody: Body<RegisterBrokerData> = defineBody(
  'REGISTER_BROKER',
  z.object({ topicConfigSerializeWrapper: topicConfigTable, filterServerList: list(text) }),
)
/** Body of a reply to GET_ROUTEINFO_BY_TOPIC. */
export const routeBody: Body<RouteData> = defineBody('a topic route', routeData)
/** Body of a reply to GET_BROKER_CLUSTER_INFO. */
export const clusterBody: Body<ClusterData> = defineBody(
  'cluster info',
  z.object({ brokerAddrTable: table(brokerData), clusterAddrTable: table(list(text)) }),
)
/** Body of HEART_BEAT. */
export const heartbeatBody: Body<HeartbeatData> = defineBody('HEART_BEAT', heartbeatData)
/** Body of a reply to GET_CONSUMER_LIST_BY_GROUP. */
export const consumerListBody: Body<{ readonly consumerIdList: readonly string[] }> = defineBody(
  'a consumer list',
  z.object({ consumerIdList: list(text) }),
)
/** Body of a reply to GET_KVLIST_BY_NAMESPACE. */
export const kvTableBody: Body<{ readonly table: Readonly<Record<string, string>> }> = defineBody(
  'a key-value table',
  z.object({ table: table(text) }),
)
/** Body of replies that list topics. */
export const topicListBody: Body<{ readonly topicList: readonly string[]; readonly brokerAddr?: string | undefined }> =
  defineBody('a topic list', z.object({ topicList: list(text), brokerAddr: text.optional() }))
/** Body of CHECK_CLIENT_CONFIG. */
export const checkClientBody: Body<{
  readonly clientId: string
  readonly group: string
  readonly subscriptionData: SubscriptionData
}> = defineBody('CHECK_CLIENT_CONFIG', z.object({ clientId: text, group: text, subscriptionData }))
/** Body of a reply to GET_BROKER_MEMBER_GROUP. */
export const memberGroupBody: Body<{ readonly brokerMemberGroup: Omit<BrokerData, 'enableActingMaster'> }> = defineBody(
  'a broker member group',
  z.object({ brokerMemberGroup: z.object({ cluster: text, brokerName: text, brokerAddrs: table(text) }) }),
)
