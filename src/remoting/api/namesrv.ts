import { defineApi } from '../define-api.ts'
import { bool, int32, int64, optional, str } from '../fields.ts'

const broker = { brokerName: str, brokerAddr: str, clusterName: str, brokerId: int64 }

/** A broker registers itself and its topics. Apache: `RegisterBrokerRequestHeader`. */
export const RegisterBroker = defineApi({
  code: 103,
  name: 'REGISTER_BROKER',
  request: {
    ...broker,
    haServerAddr: str,
    compressed: optional(bool),
    bodyCrc32: optional(int32),
    heartbeatTimeoutMillis: optional(int64),
    enableActingMaster: optional(bool),
  },
  response: { haServerAddr: optional(str), masterAddr: optional(str) },
})

/** A broker leaves. Apache: `UnRegisterBrokerRequestHeader`. */
export const UnregisterBroker = defineApi({ code: 104, name: 'UNREGISTER_BROKER', request: broker, response: {} })

/** Where a topic lives; body of the reply: a route. Apache: `GetRouteInfoRequestHeader`. */
export const GetRoute = defineApi({
  code: 105,
  name: 'GET_ROUTEINFO_BY_TOPIC',
  request: { topic: str, acceptStandardJsonOnly: optional(bool) },
  response: {},
})

/** All brokers by cluster; body of the reply: cluster info. */
export const GetClusterInfo = defineApi({ code: 106, name: 'GET_BROKER_CLUSTER_INFO', request: {}, response: {} })

/** Whether the name server's view of a broker's topics is older than the body's data version. */
export const QueryDataVersion = defineApi({
  code: 322,
  name: 'QUERY_DATA_VERSION',
  request: broker,
  response: { changed: bool },
})

/** A broker says that it lives. Apache: `BrokerHeartbeatRequestHeader`. */
export const BrokerHeartbeat = defineApi({
  code: 904,
  name: 'BROKER_HEARTBEAT',
  request: {
    clusterName: str,
    brokerAddr: str,
    brokerName: str,
    brokerId: optional(int64),
    heartbeatTimeoutMills: optional(int64),
  },
  response: {},
})

/** The addresses of a broker name. Apache: `GetBrokerMemberGroupRequestHeader`. */
export const GetBrokerMemberGroup = defineApi({
  code: 901,
  name: 'GET_BROKER_MEMBER_GROUP',
  request: { clusterName: str, brokerName: str },
  response: {},
})

/** Names of all topics; body of the reply: a topic list. */
export const GetAllTopics = defineApi({
  code: 206,
  name: 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER',
  request: {},
  response: {},
})

/** Topics of a cluster; body of the reply: a topic list. */
export const GetTopicsByCluster = defineApi({
  code: 224,
  name: 'GET_TOPICS_BY_CLUSTER',
  request: { cluster: str },
  response: {},
})

/** Forgets a topic's route. */
export const DeleteTopicInNamesrv = defineApi({
  code: 216,
  name: 'DELETE_TOPIC_IN_NAMESRV',
  request: { topic: str, clusterName: optional(str) },
  response: {},
})

/** Takes the write permission of all topics of a broker away. */
export const WipeWritePermission = defineApi({
  code: 205,
  name: 'WIPE_WRITE_PERM_OF_BROKER',
  request: { brokerName: str },
  response: { wipeTopicCount: int32 },
})

/** Gives it back. */
export const AddWritePermission = defineApi({
  code: 327,
  name: 'ADD_WRITE_PERM_OF_BROKER',
  request: { brokerName: str },
  response: { addTopicCount: int32 },
})

const kvKey = { namespace: str, key: str }

/** Sets a value of the key-value configuration. */
export const PutKvConfig = defineApi({
  code: 100,
  name: 'PUT_KV_CONFIG',
  request: { ...kvKey, value: str },
  response: {},
})
/** Reads one; QUERY_NOT_FOUND when there is none. */
export const GetKvConfig = defineApi({
  code: 101,
  name: 'GET_KV_CONFIG',
  request: kvKey,
  response: { value: optional(str) },
})
/** Removes one. */
export const DeleteKvConfig = defineApi({ code: 102, name: 'DELETE_KV_CONFIG', request: kvKey, response: {} })
/** Reads a namespace; body of the reply: a key-value table. */
export const GetKvList = defineApi({
  code: 219,
  name: 'GET_KVLIST_BY_NAMESPACE',
  request: { namespace: str },
  response: {},
})
