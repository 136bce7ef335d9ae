import { defineApi } from '../define-api.ts'
import { bool, int32, int64, optional, str } from '../fields.ts'

const resetOffset = {
  topic: str,
  group: str,
  timestamp: optional(int64),
  isForce: optional(bool),
  queueId: optional(int32),
  offset: optional(int64),
}

/** A broker moves a consumer in a topic; oneway, body: offsets by queue. Apache: `ResetOffsetRequestHeader`. */
export const ResetConsumerClientOffset = defineApi({
  code: 220,
  name: 'RESET_CONSUMER_CLIENT_OFFSET',
  request: resetOffset,
  response: {},
})

/**
 * An administrator moves a group in a topic, or in one queue of it, to a time or an offset; body of the reply: the new
 * offsets by queue. Apache: `ResetOffsetRequestHeader`.
 */
export const ResetOffset = defineApi({
  code: 222,
  name: 'INVOKE_BROKER_TO_RESET_OFFSET',
  request: resetOffset,
  response: {},
})

/** Asks a consumer where it stands; body of the reply: offsets by queue. Apache: `GetConsumerStatusRequestHeader`. */
export const GetConsumerStatus = defineApi({
  code: 221,
  name: 'GET_CONSUMER_STATUS_FROM_CLIENT',
  request: { topic: optional(str), group: str, clientAddr: optional(str) },
  response: {},
})

/** Asks a consumer for a picture of itself. Apache: `GetConsumerRunningInfoRequestHeader`. */
export const GetConsumerRunningInfo = defineApi({
  code: 307,
  name: 'GET_CONSUMER_RUNNING_INFO',
  request: { consumerGroup: str, clientId: optional(str), jstackEnable: optional(bool) },
  response: {},
})

/** Has a consumer consume one stored message, the body, now. Apache: `ConsumeMessageDirectlyResultRequestHeader`. */
export const ConsumeMessageDirectly = defineApi({
  code: 309,
  name: 'CONSUME_MESSAGE_DIRECTLY',
  request: {
    consumerGroup: str,
    clientId: optional(str),
    msgId: optional(str),
    brokerName: optional(str),
    topic: optional(str),
    topicSysFlag: optional(int32),
    groupSysFlag: optional(int32),
  },
  response: {},
})
