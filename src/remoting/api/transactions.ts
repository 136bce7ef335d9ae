import { defineApi } from '../define-api.ts'
import { bool, int32, int64, optional, str } from '../fields.ts'

/** Values of `commitOrRollback`. Apache: `MessageSysFlag.TRANSACTION_*_TYPE`. */
export const TRANSACTION_END = { unknown: 0, commit: 8, rollback: 12 } as const

/** A producer ends a transaction, or says that it cannot tell yet; oneway. Apache: `EndTransactionRequestHeader`. */
export const EndTransaction = defineApi({
  code: 37,
  name: 'END_TRANSACTION',
  request: {
    topic: optional(str),
    producerGroup: str,
    tranStateTableOffset: int64,
    commitLogOffset: int64,
    commitOrRollback: int32,
    fromTransactionCheck: optional(bool),
    msgId: optional(str),
    transactionId: optional(str),
    bname: optional(str),
  },
  response: {},
})

/**
 * The broker asks a producer group what became of a transaction; oneway, body: the message as one record, with the
 * topic and queue it was sent to. Apache: `CheckTransactionStateRequestHeader`.
 */
export const CheckTransactionState = defineApi({
  code: 39,
  name: 'CHECK_TRANSACTION_STATE',
  request: {
    topic: optional(str),
    tranStateTableOffset: int64,
    commitLogOffset: int64,
    msgId: optional(str),
    transactionId: optional(str),
    offsetMsgId: optional(str),
    bname: optional(str),
  },
  response: {},
})
