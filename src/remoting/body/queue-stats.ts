import { z } from '../../base/schema/index.ts'
import type { Body } from './define-body.ts'
import { readWithSchema } from './define-body.ts'
import { parseJson } from './json.ts'
import { queueMapText, type WireQueue } from './queue-map.ts'

/** Bounds of one queue. Apache: `TopicOffset`. */
export interface QueueStats extends WireQueue {
  readonly minOffset: number
  readonly maxOffset: number
  /** Store time of the last message, epoch ms; 0 when there is none. */
  readonly lastUpdateTimestamp: number
}

/** Bounds of a topic's queues. Apache: `TopicStatsTable`. */
export interface TopicStats {
  readonly queues: readonly QueueStats[]
  /** Messages stored per second, over the last minute. */
  readonly topicPutTps: number
}

/** Where a group stands in one queue. Apache: `OffsetWrapper`. */
export interface QueueProgress extends WireQueue {
  /** Offset behind the last message. */
  readonly brokerOffset: number
  /** Offset the group reads next. */
  readonly consumerOffset: number
  /** Offset up to which it has fetched; messages between the two are being consumed. */
  readonly pullOffset: number
  /** Store time of the last message consumed, epoch ms; 0 when there is none. */
  readonly lastTimestamp: number
}

/** Where a group stands. Apache: `ConsumeStats`. */
export interface ConsumeStats {
  readonly queues: readonly QueueProgress[]
  /** Messages fetched per second, over the last minute. */
  readonly consumeTps: number
}

/** Where all groups of a broker stand. Apache: `ConsumeStatsList`. */
export interface BrokerConsumeStats {
  readonly groups: readonly { readonly group: string; readonly stats: readonly ConsumeStats[] }[]
  readonly brokerAddr: string
  /** Messages stored and not consumed, over all groups. */
  readonly totalDiff: number
  /** Messages fetched and not consumed. */
  readonly totalInflightDiff: number
}

const number = z.number().default(0)
const queueKey = z.object({ topic: z.string(), brokerName: z.string(), queueId: z.number() })
const topicOffset = z.object({ minOffset: number, maxOffset: number, lastUpdateTimestamp: number })
const progress = z.object({
  brokerOffset: number,
  consumerOffset: number,
  // Brokers before 5.0 do not say it: nothing is known to be under way.
  pullOffset: z.number().optional(),
  lastTimestamp: number,
})
const table = z.record(z.string(), z.unknown()).nullish()
const topicStats = z.object({ offsetTable: table, topicPutTps: number })
const consumeStats = z.object({ offsetTable: table, consumeTps: number })

/** Body of the reply to GET_TOPIC_STATS_INFO. */
export const topicStatsBody: Body<TopicStats> = {
  decode(bytes) {
    const what = 'topic statistics'
    const { offsetTable, topicPutTps } = readWithSchema(parseJson(bytes, what), topicStats, what)
    return { queues: readTable(offsetTable, topicOffset, what), topicPutTps }
  },
  encode({ queues, topicPutTps }) {
    const offsets = queueMapText(queues, ({ lastUpdateTimestamp, maxOffset, minOffset }) => ({
      lastUpdateTimestamp,
      maxOffset,
      minOffset,
    }))
    return Buffer.from(`{"offsetTable":${offsets},"topicPutTps":${topicPutTps}}`)
  },
}

/** Body of the reply to GET_CONSUME_STATS. */
export const consumeStatsBody: Body<ConsumeStats> = {
  decode: (bytes) => readConsumeStats(parseJson(bytes, 'consume statistics')),
  encode: (stats) => Buffer.from(consumeStatsText(stats)),
}

/** Body of the reply to GET_BROKER_CONSUME_STATS. */
export const brokerConsumeStatsBody: Body<BrokerConsumeStats> = {
  decode(bytes) {
    const what = 'consume statistics of a broker'
    const found = readWithSchema(parseJson(bytes, what), brokerConsumeStats, what)
    const { brokerAddr, totalDiff, totalInflightDiff } = found
    const groups = found.consumeStatsList.flatMap((byGroup) =>
      Object.entries(byGroup).map(([group, stats]) => ({ group, stats: stats.map(readConsumeStats) })),
    )
    return { groups, brokerAddr, totalDiff, totalInflightDiff }
  },
  encode({ groups, brokerAddr, totalDiff, totalInflightDiff }) {
    const list = groups.map(
      ({ group, stats }) => `{${JSON.stringify(group)}:[${stats.map(consumeStatsText).join(',')}]}`,
    )
    return Buffer.from(
      `{"brokerAddr":${JSON.stringify(brokerAddr)},"consumeStatsList":[${list.join(',')}],` +
        `"totalDiff":${totalDiff},"totalInflightDiff":${totalInflightDiff}}`,
    )
  },
}

const brokerConsumeStats = z.object({
  consumeStatsList: z.array(z.record(z.string(), z.array(z.unknown()))).default([]),
  brokerAddr: z.string().default(''),
  totalDiff: number,
  totalInflightDiff: number,
})

function readConsumeStats(value: unknown): ConsumeStats {
  const what = 'consume statistics'
  const { offsetTable, consumeTps } = readWithSchema(value, consumeStats, what)
  const queues = readTable(offsetTable, progress, what).map((queue) => ({
    ...queue,
    pullOffset: queue.pullOffset ?? queue.consumerOffset,
  }))
  return { queues, consumeTps }
}

function consumeStatsText({ queues, consumeTps }: ConsumeStats): string {
  const offsets = queueMapText(queues, ({ brokerOffset, consumerOffset, lastTimestamp, pullOffset }) => ({
    brokerOffset,
    consumerOffset,
    lastTimestamp,
    pullOffset,
  }))
  return `{"consumeTps":${consumeTps},"offsetTable":${offsets}}`
}

function readTable<Value extends object>(
  entries: Readonly<Record<string, unknown>> | null | undefined,
  schema: z.ZodType<Value>,
  what: string,
): (WireQueue & Value)[] {
  return Object.entries(entries ?? {}).map(([key, value]) => ({
    ...readWithSchema(parseJson(Buffer.from(key), what), queueKey, what),
    ...readWithSchema(value, schema, what),
  }))
}
