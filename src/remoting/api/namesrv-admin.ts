import { defineApi } from '../define-api.ts'

/** Cluster and broker names, which are topics too; body of the reply: a topic list. */
export const GetSystemTopicsOfNamesrv = defineApi({
  code: 304,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_NS',
  request: {},
  response: {},
})

/** Topics whose producers live in units; body of the reply: a topic list. */
export const GetUnitTopics = defineApi({ code: 311, name: 'GET_UNIT_TOPIC_LIST', request: {}, response: {} })

/** Topics that units subscribe to. */
export const GetUnitSubscribedTopics = defineApi({
  code: 312,
  name: 'GET_HAS_UNIT_SUB_TOPIC_LIST',
  request: {},
  response: {},
})

/** Topics that units subscribe to and whose producers do not live in units. */
export const GetUnitSubscribedPlainTopics = defineApi({
  code: 313,
  name: 'GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST',
  request: {},
  response: {},
})

/** Changes settings of a name server; body: `key=value` lines. */
export const UpdateNamesrvConfig = defineApi({ code: 318, name: 'UPDATE_NAMESRV_CONFIG', request: {}, response: {} })

/** All settings of a name server; body of the reply: `key=value` lines. */
export const GetNamesrvConfig = defineApi({ code: 319, name: 'GET_NAMESRV_CONFIG', request: {}, response: {} })
