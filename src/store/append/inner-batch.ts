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
import { withProperties } from './contents.ts'

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
 * An inner batch as its record holds it: clients see by the flag that it must be unwrapped; the properties tell how
 * many messages it has and the offset of the first. Apache: `BatchConsumeQueue.assignQueueOffset` (5.3.3).
 */
export function innerBatchContent(message: AppendMessage, messages: number, queueOffset: number): RecordContent {
  const count = propertyEntry(PROPERTY.innerMessages, String(messages))
  const base = propertyEntry(PROPERTY.innerBase, String(queueOffset))
  return withProperties(message, appendProperties(message.properties.toString(), count + base), SYS_FLAG.needUnwrap)
}
