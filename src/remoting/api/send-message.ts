import { defineApi } from '../define-api.ts'
import { bool, int32, int64, optional, str, withWireNames } from '../fields.ts'

const request = {
  producerGroup: str,
  topic: str,
  defaultTopic: str,
  defaultTopicQueueNums: int32,
  queueId: int32,
  sysFlag: int32,
  bornTimestamp: int64,
  flag: int32,
  properties: optional(str),
  reconsumeTimes: optional(int32),
  unitMode: optional(bool),
  maxReconsumeTimes: optional(int32),
  batch: optional(bool),
  brokerName: optional(str),
}

const response = {
  msgId: str,
  queueId: int32,
  queueOffset: int64,
  transactionId: optional(str),
  batchUniqId: optional(str),
  recallHandle: optional(str),
}

/** The same table under one-letter names. Apache: `SendMessageRequestHeaderV2`. */
const shortRequest = withWireNames(request, {
  producerGroup: 'a',
  topic: 'b',
  defaultTopic: 'c',
  defaultTopicQueueNums: 'd',
  queueId: 'e',
  sysFlag: 'f',
  bornTimestamp: 'g',
  flag: 'h',
  properties: 'i',
  reconsumeTimes: 'j',
  unitMode: 'k',
  maxReconsumeTimes: 'l',
  batch: 'm',
  brokerName: 'n',
})

/** Sends one message; its body is the frame's body. Apache: `SendMessageRequestHeader`. */
export const SendMessage = defineApi({ code: 10, name: 'SEND_MESSAGE', request, response })

/** As {@link SendMessage}; what clients use. */
export const SendMessageV2 = defineApi({ code: 310, name: 'SEND_MESSAGE_V2', request: shortRequest, response })

/** Sends several messages of one topic and queue; the body is a batch. */
export const SendBatchMessage = defineApi({ code: 320, name: 'SEND_BATCH_MESSAGE', request: shortRequest, response })

/** A consumer gives a message back. Apache: `ConsumerSendMsgBackRequestHeader`. */
export const ConsumerSendBack = defineApi({
  code: 36,
  name: 'CONSUMER_SEND_MSG_BACK',
  request: {
    offset: int64,
    group: str,
    delayLevel: int32,
    originMsgId: optional(str),
    originTopic: optional(str),
    unitMode: optional(bool),
    maxReconsumeTimes: optional(int32),
    bname: optional(str),
  },
  response: {},
})
