import { defineApi } from '../define-api.ts'
import { int32, int64, optional, str, withWireNames } from '../fields.ts'

/**
 * Messages of a topic by a key, or, with `uniqueKey` being `true`, by a unique id; the body of the reply is records
 * back to back. Times are those of storing, epoch ms; QUERY_NOT_FOUND when there are none. Apache:
 * `QueryMessageRequestHeader`.
 */
export const QueryMessage = defineApi({
  code: 12,
  name: 'QUERY_MESSAGE',
  request: withWireNames(
    { topic: str, key: str, maxNum: int32, beginTimestamp: int64, endTimestamp: int64, uniqueKey: optional(str) },
    { uniqueKey: '_UNIQUE_KEY_QUERY' },
  ),
  response: { indexLastUpdateTimestamp: int64, indexLastUpdatePhyoffset: int64 },
})
