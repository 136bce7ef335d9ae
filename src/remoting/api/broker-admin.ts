import { defineApi } from '../define-api.ts'
import { bool, int32, int64, optional, str } from '../fields.ts'

/** Changes settings of a broker; body: `key=value` lines. */
export const UpdateBrokerConfig = defineApi({ code: 25, name: 'UPDATE_BROKER_CONFIG', request: {}, response: {} })

/** All settings of a broker; body of the reply: `key=value` lines. Apache: `GetBrokerConfigResponseHeader`. */
export const GetBrokerConfig = defineApi({
  code: 26,
  name: 'GET_BROKER_CONFIG',
  request: {},
  response: { version: optional(str) },
})

/** What a broker has done and how it stands; body of the reply: a key-value table. */
export const GetBrokerRuntimeInfo = defineApi({ code: 28, name: 'GET_BROKER_RUNTIME_INFO', request: {}, response: {} })

/** Who consumes in a group; body of the reply: connections. Apache: `GetConsumerConnectionListRequestHeader`. */
export const GetConsumerConnections = defineApi({
  code: 203,
  name: 'GET_CONSUMER_CONNECTION_LIST',
  request: { consumerGroup: str },
  response: {},
})

/** Who produces in a group; body of the reply: connections. Apache: `GetProducerConnectionListRequestHeader`. */
export const GetProducerConnections = defineApi({
  code: 204,
  name: 'GET_PRODUCER_CONNECTION_LIST',
  request: { producerGroup: str },
  response: {},
})

/** All producers of a broker by group; body of the reply: a producer table. */
export const GetAllProducers = defineApi({ code: 328, name: 'GET_ALL_PRODUCER_INFO', request: {}, response: {} })

/** Which groups read a topic; body of the reply: a group list. */
export const GetGroupsOfTopic = defineApi({
  code: 300,
  name: 'QUERY_TOPIC_CONSUME_BY_WHO',
  request: { topic: str },
  response: {},
})

/** Which topics a group has read; body of the reply: a topic list. */
export const GetTopicsOfGroup = defineApi({
  code: 343,
  name: 'QUERY_TOPICS_BY_CONSUMER',
  request: { group: str },
  response: {},
})

/** What a group that is online wants of a topic. */
export const GetSubscription = defineApi({
  code: 345,
  name: 'QUERY_SUBSCRIPTION_BY_CONSUMER',
  request: { group: str, topic: optional(str) },
  response: {},
})

/** Between which times a topic's messages lie, and where a group is in them. */
export const GetConsumeTimeSpan = defineApi({
  code: 303,
  name: 'QUERY_CONSUME_TIME_SPAN',
  request: { topic: str, group: str },
  response: {},
})

/** The topics a broker has by itself; body of the reply: a topic list. */
export const GetSystemTopicsOfBroker = defineApi({
  code: 305,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_BROKER',
  request: {},
  response: {},
})

/** The smallest offsets of all groups in a topic, beside those of one group. Apache: `QueryCorrectionOffsetHeader`. */
export const GetCorrectionOffsets = defineApi({
  code: 308,
  name: 'QUERY_CORRECTION_OFFSET',
  request: { filterGroups: optional(str), compareGroup: str, topic: str },
  response: {},
})

/** Lets one group begin where another one is. Apache: `CloneGroupOffsetRequestHeader`. */
export const CloneGroupOffset = defineApi({
  code: 314,
  name: 'CLONE_GROUP_OFFSET',
  request: { srcGroup: str, destGroup: str, topic: optional(str), offline: optional(bool) },
  response: {},
})

/** Removes queues whose messages have all left the log. */
export const CleanExpiredQueues = defineApi({
  code: 306,
  name: 'CLEAN_EXPIRED_CONSUMEQUEUE',
  request: {},
  response: {},
})

/** Removes the queues of topics that a broker does not have. */
export const CleanUnusedTopics = defineApi({ code: 316, name: 'CLEAN_UNUSED_TOPIC', request: {}, response: {} })

/** Deletes commit log files older than `fileReservedTime` at any hour. */
export const DeleteExpiredLog = defineApi({ code: 329, name: 'DELETE_EXPIRED_COMMITLOG', request: {}, response: {} })

/** One statistic of a broker over the last minute, hour and day. Apache: `ViewBrokerStatsDataRequestHeader`. */
export const GetStatistic = defineApi({
  code: 315,
  name: 'VIEW_BROKER_STATS_DATA',
  request: { statsName: str, statsKey: str },
  response: {},
})

/** How far all groups of a broker are behind. Apache: `GetConsumeStatsInBrokerHeader`. */
export const GetAllConsumeStats = defineApi({
  code: 317,
  name: 'GET_BROKER_CONSUME_STATS',
  request: { isOrder: optional(bool) },
  response: {},
})

/** Entries of a consume queue. Apache: `QueryConsumeQueueRequestHeader`. */
export const QueryConsumeQueue = defineApi({
  code: 321,
  name: 'QUERY_CONSUME_QUEUE',
  request: { topic: str, queueId: int32, index: int64, count: int32, consumerGroup: optional(str) },
  response: {},
})

/** Forbids a group to read a topic, allows it, or asks. Apache: `UpdateGroupForbiddenRequestHeader`. */
export const UpdateGroupForbidden = defineApi({
  code: 353,
  name: 'UPDATE_AND_GET_GROUP_FORBIDDEN',
  request: { group: str, topic: str, readable: optional(bool) },
  response: {},
})
