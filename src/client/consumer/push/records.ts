// Hot path: every message received passes here once.
import { codeOf } from '../../../base/errors/index.ts'
import {
  decodeRecord,
  decodeRecords,
  isInnerBatch,
  isRetryTopic,
  PROPERTY,
  RECORD,
  type ReceivedMessage,
  SYS_FLAG,
  unwrapBatch,
} from '../../../message/index.ts'
import type { CachedMessage } from '../process-queue/process-queue.ts'

/**
 * Reads what a pull brought and keeps what is wanted. Apache: `PullAPIWrapper.processPullResult`.
 * @throws RMQ_RECORD_CORRUPT
 */
export function pulledMessages(
  body: Buffer,
  brokerName: string,
  queueTopic: string,
  tags: ReadonlySet<string> | undefined,
): CachedMessage[] {
  const isRetry = isRetryTopic(queueTopic)
  const wanted: CachedMessage[] = []
  for (const cached of decodedRecords(body, brokerName)) {
    const { tag } = cached.message
    if (tags !== undefined && (tag === undefined || !tags.has(tag))) continue
    if (isRetry) cached.message = withOwnTopic(cached.message)
    wanted.push(cached)
  }
  return wanted
}

/** A message that was given back, under the topic that it was first sent to. */
export function withOwnTopic(message: ReceivedMessage): ReceivedMessage {
  const topic = message.properties[PROPERTY.retryTopic]
  return topic === undefined ? message : { ...message, topic }
}

/**
 * Reads records lying back to back; one whose body cannot be decompressed is marked.
 * @throws RMQ_RECORD_CORRUPT
 */
export function decodedRecords(body: Buffer, brokerName: string): CachedMessage[] {
  try {
    const cached: CachedMessage[] = []
    for (const message of decodeRecords(body, brokerName)) {
      cached.push({ message, unreadable: undefined, finished: false })
    }
    return cached
  } catch (failure) {
    if (codeOf(failure) !== 'RMQ_BODY_UNREADABLE') throw failure
    return oneByOne(body, brokerName)
  }
}

/** One body that cannot be decompressed must not stop its queue: it is marked, so that it can be given back. */
function oneByOne(body: Buffer, brokerName: string): CachedMessage[] {
  const cached: CachedMessage[] = []
  for (let at = 0; at < body.length; at += body.readInt32BE(at)) {
    try {
      const message = decodeRecord(body, at, brokerName)
      for (const one of isInnerBatch(message) ? unwrapBatch(message) : [message]) {
        cached.push({ message: one, unreadable: undefined, finished: false })
      }
    } catch (failure) {
      if (codeOf(failure) !== 'RMQ_BODY_UNREADABLE') throw failure
      const record = Buffer.from(body.subarray(at, at + body.readInt32BE(at)))
      record.writeInt32BE(record.readInt32BE(RECORD.sysFlag) & ~SYS_FLAG.compressed, RECORD.sysFlag)
      cached.push({ message: decodeRecord(record, 0, brokerName), unreadable: failure, finished: false })
    }
  }
  return cached
}
