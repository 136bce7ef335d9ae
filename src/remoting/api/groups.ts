import { defineApi } from '../define-api.ts'
import { bool, optional, str } from '../fields.ts'

/** Creates a consumer group or changes its settings; body: a group's settings. */
export const UpdateGroup = defineApi({
  code: 200,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP',
  request: {},
  response: {},
})

/** All consumer groups of a broker; body of the reply: a group table. */
export const GetAllGroups = defineApi({
  code: 201,
  name: 'GET_ALL_SUBSCRIPTIONGROUP_CONFIG',
  request: {},
  response: {},
})

/** Removes a consumer group's settings. Apache: `DeleteSubscriptionGroupRequestHeader`. */
export const DeleteGroup = defineApi({
  code: 207,
  name: 'DELETE_SUBSCRIPTIONGROUP',
  request: { groupName: str, cleanOffset: optional(bool), removeOffset: optional(bool) },
  response: {},
})

/** One consumer group; body of the reply: a group's settings. */
export const GetGroupConfig = defineApi({
  code: 352,
  name: 'GET_SUBSCRIPTIONGROUP_CONFIG',
  request: { group: str },
  response: {},
})
