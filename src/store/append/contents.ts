// Hot path: every message of a batch passes here.

import type { RecordContent } from '../../message/index.ts'
import type { AppendBatch, AppendMessage } from '../message-store.ts'

const ENTRY_END = 2

/** The message with other properties. */
export function withProperties(message: AppendMessage, properties: string, addedFlags = 0): RecordContent {
  const { queueId, flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, preparedTransactionOffset, body } = message
  return {
    queueId,
    flag,
    sysFlag: sysFlag | addedFlags,
    bornTimestamp,
    bornHost,
    reconsumeTimes,
    preparedTransactionOffset,
    body,
    properties,
  }
}

/** One message of a plain batch as its record holds it. */
export function contentOfPart(batch: AppendBatch, flag: number, body: Buffer, properties: Buffer): RecordContent {
  return {
    queueId: batch.queueId,
    flag,
    sysFlag: batch.sysFlag,
    bornTimestamp: batch.bornTimestamp,
    bornHost: batch.bornHost,
    reconsumeTimes: batch.reconsumeTimes,
    preparedTransactionOffset: 0,
    body,
    properties,
  }
}

/** A message's properties, then the batch's; of a repeated name the last counts. */
export function joinProperties(own: Buffer, more: Buffer): Buffer {
  if (more.length === 0) return own
  if (own.length === 0) return more
  const separator = own[own.length - 1] === ENTRY_END ? 0 : 1
  const joined = Buffer.allocUnsafe(own.length + separator + more.length)
  joined.set(own)
  if (separator === 1) joined[own.length] = ENTRY_END
  joined.set(more, own.length + separator)
  return joined
}
