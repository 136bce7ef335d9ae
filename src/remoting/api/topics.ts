import { defineApi } from '../define-api.ts'
import { bool, int32, optional, str } from '../fields.ts'

/** Creates a topic or changes its settings. Apache: `CreateTopicRequestHeader`. */
export const UpdateTopic = defineApi({
  code: 17,
  name: 'UPDATE_AND_CREATE_TOPIC',
  request: {
    topic: str,
    defaultTopic: optional(str),
    readQueueNums: int32,
    writeQueueNums: int32,
    perm: int32,
    topicFilterType: optional(str),
    topicSysFlag: optional(int32),
    order: optional(bool),
    attributes: optional(str),
    force: optional(bool),
  },
  response: {},
})

/** All topics of a broker; body of the reply: a topic table. */
export const GetAllTopicConfig = defineApi({ code: 21, name: 'GET_ALL_TOPIC_CONFIG', request: {}, response: {} })

/** One topic of a broker; body of the reply: a topic's settings. Apache: `GetTopicConfigRequestHeader`. */
export const GetTopicConfig = defineApi({
  code: 351,
  name: 'GET_TOPIC_CONFIG',
  request: { topic: str, lo: optional(bool) },
  response: {},
})

/** Removes a topic with its queues. Apache: `DeleteTopicRequestHeader`. */
export const DeleteTopicInBroker = defineApi({
  code: 215,
  name: 'DELETE_TOPIC_IN_BROKER',
  request: { topic: str },
  response: {},
})
