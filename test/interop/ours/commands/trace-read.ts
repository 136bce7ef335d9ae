/** `trace-read --namesrv A --msg-id ID [--trace-topic X]`: what the traces tell of a message. */
import { openClient, type TraceRecord } from 'rocketstream/client'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

const KINDS = ['normal', 'transaction-half', 'transaction-commit', 'delay', 'order']
const OUTCOMES = ['success', 'timeout', 'exception', 'returned-null', 'failed']

export async function run(args: Args): Promise<boolean> {
  await using client = await openClient({ nameServer: args.text('namesrv') })
  const records = await client.queryTrace(
    args.text('msg-id'),
    args.has('trace-topic') ? args.text('trace-topic') : undefined,
  )
  for (const record of records) print(lineOf(record))
  print({ done: { records: records.length } })
  return true
}

/** The record under the names and numbers of Java's driver. */
function lineOf(record: TraceRecord): object {
  const { type } = record
  if (type === 'Pub') {
    const { regionId, group, topic, tag, keys, storeHost, bodyBytes, messageType, success } = record
    const kind = KINDS.indexOf(messageType)
    const offsetMsgId = record.offsetMessageId
    return { type, regionId, group, topic, tag, keys, storeHost, bodyBytes, kind, offsetMsgId, success }
  }
  if (type === 'SubBefore') {
    const { regionId, group, requestId, reconsumeTimes, keys } = record
    return { type, regionId, group, requestId, reconsumeTimes, keys }
  }
  if (type === 'SubAfter') {
    const { requestId, success, keys } = record
    return { type, requestId, success, keys, outcome: OUTCOMES.indexOf(record.outcome) }
  }
  if (type === 'EndTransaction') {
    const { regionId, group, topic, tag, keys, storeHost, messageType, transactionId, messageId, end, fromCheck } =
      record
    const kind = KINDS.indexOf(messageType)
    const hasTransactionId = messageId === transactionId
    return { type, regionId, group, topic, tag, keys, storeHost, kind, hasTransactionId, end, fromCheck }
  }
  return { type }
}
