import { z } from '../../base/schema/index.ts'
import { type SubscriptionData, subscriptionDataSchema } from './bodies.ts'
import { type Body, defineBody } from './define-body.ts'

const text = z.string()
const optionalText = text.nullish().transform((found) => found ?? '')
const number = z.number().default(0)

/** A client's connection to a broker. Apache: `Connection`. */
export interface ClientConnection {
  readonly clientId: string
  /** `host:port`. */
  readonly clientAddr: string
  readonly language: string
  /** Apache's number of the client's release. */
  readonly version: number
}
const connections = z
  .array(z.object({ clientId: text, clientAddr: optionalText, language: optionalText, version: number }))
  .default([])

/** Who consumes in a group and what. Apache: `ConsumerConnection`. */
export interface ConsumerConnections {
  readonly connectionSet: readonly ClientConnection[]
  readonly subscriptionTable: Readonly<Record<string, SubscriptionData>>
  /** `CONSUME_PASSIVELY` for push consumers, `CONSUME_ACTIVELY` for pull consumers. */
  readonly consumeType: string
  readonly messageModel: string
  readonly consumeFromWhere: string
}

/** Body of the reply to GET_CONSUMER_CONNECTION_LIST. */
export const consumerConnectionsBody: Body<ConsumerConnections> = defineBody(
  'consumer connections',
  z.object({
    connectionSet: connections,
    subscriptionTable: z.record(text, subscriptionDataSchema).default({}),
    consumeType: optionalText,
    messageModel: optionalText,
    consumeFromWhere: optionalText,
  }),
)

/** Body of the reply to GET_PRODUCER_CONNECTION_LIST. */
export const producerConnectionsBody: Body<{ readonly connectionSet: readonly ClientConnection[] }> = defineBody(
  'producer connections',
  z.object({ connectionSet: connections }),
)

/** One producer. Apache: `ProducerInfo`. */
export interface ProducerInfo {
  readonly clientId: string
  readonly remoteIP: string
  readonly language: string
  readonly version: number
  /** Last heartbeat, epoch ms. */
  readonly lastUpdateTimestamp: number
}

/** Body of the reply to GET_ALL_PRODUCER_INFO: group → producers. Apache: `ProducerTableInfo`. */
export const producerTableBody: Body<{ readonly data: Readonly<Record<string, readonly ProducerInfo[]>> }> = defineBody(
  'a producer table',
  z.object({
    data: z
      .record(
        text,
        z.array(
          z.object({
            clientId: text,
            remoteIP: optionalText,
            language: optionalText,
            version: number,
            lastUpdateTimestamp: number,
          }),
        ),
      )
      .default({}),
  }),
)

/** Body of the reply to QUERY_TOPIC_CONSUME_BY_WHO. */
export const groupListBody: Body<{ readonly groupList: readonly string[] }> = defineBody(
  'a group list',
  z.object({ groupList: z.array(text).default([]) }),
)

/** Body of the reply to QUERY_SUBSCRIPTION_BY_CONSUMER. */
export const subscriptionBody: Body<{
  readonly group: string
  readonly topic: string
  readonly subscriptionData?: SubscriptionData | undefined
}> = defineBody(
  'a subscription',
  z.object({
    group: text,
    topic: optionalText,
    subscriptionData: subscriptionDataSchema.nullish().transform((found) => found ?? undefined),
  }),
)

/** A sum over a while, its rate per second, and how much one event added on average. Apache: `BrokerStatsItem`. */
export interface StatisticSpan {
  readonly sum: number
  readonly tps: number
  readonly avgpt: number
}
/** One statistic. Apache: `BrokerStatsData`. */
export interface Statistic {
  readonly statsMinute: StatisticSpan
  readonly statsHour: StatisticSpan
  readonly statsDay: StatisticSpan
}
const span = z.object({ sum: number, tps: number, avgpt: number }).default({ sum: 0, tps: 0, avgpt: 0 })

/** Body of the reply to VIEW_BROKER_STATS_DATA. */
export const statisticBody: Body<Statistic> = defineBody(
  'a statistic',
  z.object({ statsMinute: span, statsHour: span, statsDay: span }),
)

/** What Java's largest long is: the compared group is behind the others. */
const BEHIND = 2 ** 63
const correctionOffsets = z.object({ correctionOffsets: z.record(text, z.number()).default({}) })

/**
 * Body of the reply to QUERY_CORRECTION_OFFSET: queue id → offset; 2^63 for queues where the compared group is behind.
 */
export const correctionOffsetsBody: Body<z.infer<typeof correctionOffsets>> = {
  ...defineBody('correction offsets', correctionOffsets),
  encode({ correctionOffsets: offsets }) {
    const entries = Object.entries(offsets).map(
      ([queueId, offset]) => `"${queueId}":${offset >= BEHIND ? '9223372036854775807' : offset}`,
    )
    return Buffer.from(`{"correctionOffsets":{${entries.join(',')}}}`)
  },
}

/** Times of a queue's messages, epoch ms; -1 where there is none. Apache: `QueueTimeSpan`. */
export interface QueueTimeSpan {
  readonly messageQueue: { readonly topic: string; readonly brokerName: string; readonly queueId: number }
  readonly minTimeStamp: number
  readonly maxTimeStamp: number
  /** Of the last message the group consumed. */
  readonly consumeTimeStamp: number
  /** How long its next message has waited, ms. */
  readonly delayTime: number
}

/** Body of the reply to QUERY_CONSUME_TIME_SPAN. */
export const timeSpanBody: Body<{ readonly consumeTimeSpanSet: readonly QueueTimeSpan[] }> = defineBody(
  'consume time spans',
  z.object({
    consumeTimeSpanSet: z
      .array(
        z.object({
          messageQueue: z.object({ topic: text, brokerName: text, queueId: z.number() }),
          minTimeStamp: number,
          maxTimeStamp: number,
          consumeTimeStamp: number,
          delayTime: number,
        }),
      )
      .default([]),
  }),
)

/** One entry of a consume queue. Apache: `ConsumeQueueData`. */
export interface QueueEntryData {
  readonly physicOffset: number
  readonly physicSize: number
  readonly tagsCode: number
}

/** Body of the reply to QUERY_CONSUME_QUEUE. Apache: `QueryConsumeQueueResponseBody`. */
export const consumeQueueBody: Body<{
  readonly queueData: readonly QueueEntryData[]
  readonly minQueueIndex: number
  readonly maxQueueIndex: number
}> = defineBody(
  'entries of a consume queue',
  z.object({
    queueData: z.array(z.object({ physicOffset: number, physicSize: number, tagsCode: number })).default([]),
    minQueueIndex: number,
    maxQueueIndex: number,
  }),
)

/** Body of the reply to UPDATE_AND_GET_GROUP_FORBIDDEN. Apache: `GroupForbidden`. */
export const groupForbiddenBody: Body<{
  readonly group: string
  readonly topic: string
  readonly readable?: boolean | undefined
}> = defineBody(
  'what is forbidden to a group',
  z.object({
    group: optionalText,
    topic: optionalText,
    readable: z
      .boolean()
      .nullish()
      .transform((found) => found ?? undefined),
  }),
)
