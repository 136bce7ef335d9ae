import { messageErrors } from '../errors.ts'
import type { ReceivedMessage } from '../message.ts'
import { decodeProperties } from '../properties.ts'
import { PROPERTY } from '../property-keys.ts'
import { SYS_FLAG } from '../sys-flag.ts'
import { decodeBatch } from './batch.ts'

const INNER_BATCH = SYS_FLAG.needUnwrap | SYS_FLAG.innerBatch

/** Whether the record of a message holds several messages: it comes from a topic whose queues store batches whole. */
export function isInnerBatch(message: ReceivedMessage): boolean {
  return (message.sysFlag & INNER_BATCH) === INNER_BATCH
}

/**
 * The messages of such a record. They keep the flag `innerBatch`: they share one place in the commit log, so that none
 * of them can be given back by it. Apache: `MessageDecoder.decodeMessage(MessageExt, List)`.
 * @throws RMQ_RECORD_CORRUPT
 */
export function unwrapBatch(record: ReceivedMessage): ReceivedMessage[] {
  const parts = decodeBatch(record.body)
  if (parts === undefined) {
    const reason = 'the batch inside it is not well formed'
    throw messageErrors.RMQ_RECORD_CORRUPT({ at: record.physicalOffset, reason })
  }
  return parts.map(({ flag, body, properties: text }, at) => {
    const properties = decodeProperties(text.toString('utf8'))
    return {
      ...record,
      body,
      flag,
      properties,
      tag: properties[PROPERTY.tags],
      keys: properties[PROPERTY.keys]?.split(' ').filter((key) => key !== '') ?? [],
      sysFlag: record.sysFlag & ~SYS_FLAG.needUnwrap,
      queueOffset: record.queueOffset + at,
      messageId: properties[PROPERTY.uniqueKey] ?? record.messageId,
    }
  })
}
