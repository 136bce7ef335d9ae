import { defineApi } from '../define-api.ts'
import { bool, int32, int64, optional, str } from '../fields.ts'

const queue = { topic: str, queueId: int32, bname: optional(str) }
const offset = { offset: int64 }

/**
 * Where a group stands in a queue; QUERY_NOT_FOUND when it never was there. Apache: `QueryConsumerOffsetRequestHeader`.
 */
export const QueryConsumerOffset = defineApi({
  code: 14,
  name: 'QUERY_CONSUMER_OFFSET',
  request: { consumerGroup: str, ...queue, setZeroIfNotFound: optional(bool) },
  response: offset,
})

/** Records where a group stands in a queue. Apache: `UpdateConsumerOffsetRequestHeader`. */
export const UpdateConsumerOffset = defineApi({
  code: 15,
  name: 'UPDATE_CONSUMER_OFFSET',
  request: { consumerGroup: str, ...queue, commitOffset: int64 },
  response: {},
})

/**
 * First message stored at or after a time (LOWER), or last at or before it (UPPER). Apache:
 * `SearchOffsetRequestHeader`.
 */
export const SearchOffset = defineApi({
  code: 29,
  name: 'SEARCH_OFFSET_BY_TIMESTAMP',
  request: { ...queue, timestamp: int64, boundaryType: optional(str) },
  response: offset,
})

/** Offset the next message of a queue gets. */
export const GetMaxOffset = defineApi({
  code: 30,
  name: 'GET_MAX_OFFSET',
  request: { ...queue, committed: optional(bool) },
  response: offset,
})

/** Offset of the oldest message of a queue. */
export const GetMinOffset = defineApi({ code: 31, name: 'GET_MIN_OFFSET', request: queue, response: offset })

/** When the oldest message of a queue was stored, epoch ms; -1 for none. */
export const GetEarliestStoreTime = defineApi({
  code: 32,
  name: 'GET_EARLIEST_MSG_STORETIME',
  request: queue,
  response: { timestamp: int64 },
})

/** One record by its commit log position; it is the reply's body. Apache: `ViewMessageRequestHeader`. */
export const ViewMessageById = defineApi({
  code: 33,
  name: 'VIEW_MESSAGE_BY_ID',
  request: { offset: int64, topic: optional(str) },
  response: {},
})
