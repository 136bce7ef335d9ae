import { defineApi } from '../define-api.ts'
import { optional, str } from '../fields.ts'

/** Bounds and last store time of a topic's queues. Apache: `GetTopicStatsInfoRequestHeader`. */
export const GetTopicStats = defineApi({
  code: 202,
  name: 'GET_TOPIC_STATS_INFO',
  request: { topic: str },
  response: {},
})

/** How far a group is behind in each queue. Apache: `GetConsumeStatsRequestHeader`. */
export const GetConsumeStats = defineApi({
  code: 208,
  name: 'GET_CONSUME_STATS',
  request: { consumerGroup: str, topic: optional(str), topicList: optional(str) },
  response: {},
})
