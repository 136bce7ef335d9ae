import { defineApi } from '../define-api.ts'
import { int32, int64, optional, str } from '../fields.ts'

const request = {
  consumerGroup: str,
  topic: str,
  queueId: int32,
  queueOffset: int64,
  maxMsgNums: int32,
  sysFlag: int32,
  commitOffset: int64,
  suspendTimeoutMillis: int64,
  subscription: optional(str),
  subVersion: int64,
  expressionType: optional(str),
  maxMsgBytes: optional(int32),
  bname: optional(str),
}

const response = {
  suggestWhichBrokerId: int64,
  nextBeginOffset: int64,
  minOffset: int64,
  maxOffset: int64,
  topicSysFlag: optional(int32),
  groupSysFlag: optional(int32),
  offsetDelta: optional(int64),
  forbiddenType: optional(int32),
}

/** Asks one queue for messages; the body of the reply is records back to back. Apache: `PullMessageRequestHeader`. */
export const PullMessage = defineApi({ code: 11, name: 'PULL_MESSAGE', request, response })

/** As {@link PullMessage}, from pull consumers. */
export const LitePullMessage = defineApi({ code: 361, name: 'LITE_PULL_MESSAGE', request, response })

/** Bits of a pull's `sysFlag`. Apache: `PullSysFlag`. */
export const PULL_FLAG = { commitOffset: 1, suspend: 2, subscription: 4, classFilter: 8, litePull: 16 } as const
