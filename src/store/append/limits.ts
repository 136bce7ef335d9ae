// Hot path: every message is measured by these.

import { isRetryTopic, type RecordContent, TOPIC_LENGTH_MAX } from '../../message/index.ts'

/** Bytes that topic, properties and fixed fields may add to the largest body. Apache: `MessageExtEncoder`. */
export const RECORD_OVERHEAD_MAX = 64 * 1024

/** Longest properties: the length field is a signed 16-bit integer. */
export const PROPERTIES_BYTES_MAX = 32_767

/**
 * Whether messages of that topic may be stored: retry topics may be longer. Apache: `HookUtils.checkBeforePutMessage`
 * (5.3.3).
 */
export function isLegalTopic({ topic, topicBytes }: { readonly topic: string; readonly topicBytes: Buffer }): boolean {
  return topicBytes.length <= TOPIC_LENGTH_MAX || isRetryTopic(topic)
}

/** Zeros that a disk leaves where a sector was never written; see `isTorn` of the record check. */
const ZEROS = '\0'.repeat(512)
const ZERO_BYTES = Buffer.alloc(512)

/**
 * Whether recovery would take a record with such properties for one that a loss of power tore: they are not told apart.
 */
export function looksTorn(properties: string | Buffer): boolean {
  if (typeof properties === 'string') {
    if (properties.length === 0) return false
    return properties.charCodeAt(properties.length - 1) === 0 || (properties.length > 512 && properties.includes(ZEROS))
  }
  return properties[properties.length - 1] === 0 || (properties.length > 512 && properties.includes(ZERO_BYTES))
}

/** Whether a message's numbers fit into the fields of a record. */
export function hasLegalNumbers(content: RecordContent): boolean {
  const { flag, sysFlag, reconsumeTimes, bornTimestamp, preparedTransactionOffset } = content
  if ((flag | 0) !== flag || (sysFlag | 0) !== sysFlag || (reconsumeTimes | 0) !== reconsumeTimes) return false
  return Number.isSafeInteger(bornTimestamp) && Number.isSafeInteger(preparedTransactionOffset)
}
