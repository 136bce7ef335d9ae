import { defineApi } from '../define-api.ts'
import { optional, str } from '../fields.ts'

/** A client says that it lives, with what it produces and subscribes; body {@link HeartbeatData}. */
export const Heartbeat = defineApi({
  code: 34,
  name: 'HEART_BEAT',
  request: {},
  response: { IS_SUPPORT_HEART_BEAT_V2: optional(str), IS_SUB_CHANGE: optional(str) },
})

/** A client leaves a group. Apache: `UnregisterClientRequestHeader`. */
export const UnregisterClient = defineApi({
  code: 35,
  name: 'UNREGISTER_CLIENT',
  request: { clientID: str, producerGroup: optional(str), consumerGroup: optional(str) },
  response: {},
})

/** Who is in a group; body of the reply {@link ConsumerList}. */
export const GetConsumerList = defineApi({
  code: 38,
  name: 'GET_CONSUMER_LIST_BY_GROUP',
  request: { consumerGroup: str },
  response: {},
})

/** The broker tells a group's members that the members changed; oneway. */
export const NotifyConsumerIdsChanged = defineApi({
  code: 40,
  name: 'NOTIFY_CONSUMER_IDS_CHANGED',
  request: { consumerGroup: str },
  response: {},
})

/** Asks whether a subscription's expression can be used. */
export const CheckClientConfig = defineApi({ code: 46, name: 'CHECK_CLIENT_CONFIG', request: {}, response: {} })
