import {
  appendProperties,
  countBatch,
  findProperty,
  PROPERTY,
  propertyEntry,
  type RecordContent,
  SYS_FLAG,
} from '../../message/index.ts'
import { BATCH_MESSAGES_MAX } from '../consume-queue/entry.ts'
import type { AppendMessage } from '../message-store.ts'

/** Whether a message claims by its properties to be an inner batch. */
export function namesInnerBatch({ properties }: AppendMessage): boolean {
  return findProperty(properties.toString(), PROPERTY.innerMessages) !== undefined
}

/** How many messages an inner batch holds; 0 when it is none that can be stored. */
export function innerMessages({ sysFlag, body }: AppendMessage): number {
  if ((sysFlag & SYS_FLAG.innerBatch) === 0) return 0
  const messages = countBatch(body) ?? 0
  return messages > BATCH_MESSAGES_MAX ? 0 : messages
}

/**
 * An inner batch as its record holds it: clients see by the flag that it must be unwrapped; the properties tell how many
 * messages it has and the offset of the first. Apache: `BatchConsumeQueue.assignQueueOffset` (5.3.3).
 */
export function innerBatchContent(message: AppendMessage, messages: number, queueOffset: number): RecordContent {
  const { queueId, flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, preparedTransactionOffset, body } = message
  const entries =
    propertyEntry(PROPERTY.innerMessages, String(messages)) + propertyEntry(PROPERTY.innerBase, String(queueOffset))
  return {
    queueId,
    flag,
    sysFlag: sysFlag | SYS_FLAG.needUnwrap,
    bornTimestamp,
    bornHost,
    reconsumeTimes,
    preparedTransactionOffset,
    body,
    properties: appendProperties(message.properties.toString(), entries),
  }
}
