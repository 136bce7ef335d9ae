import { deferred } from '../base/async/index.ts'
import { systemClock } from '../base/time/index.ts'
import {
  decodeRecords,
  hostBytes,
  type Message,
  messageProperties,
  type ReceivedMessage,
  uniqueIds,
} from '../message/index.ts'
import { storeErrors } from './errors.ts'
import type { AppendResult, KeyLookup, MessageStore, ReadLimits, ReadResult } from './message-store.ts'

const HERE = hostBytes('127.0.0.1', 0)

const nextId = uniqueIds()

const LOOKUP: KeyLookup = { maxMessages: 64, maxBytes: 16 * 1024 * 1024, begin: 0, end: Number.MAX_SAFE_INTEGER }

/**
 * Appends one message, as a broker does for a producer; for programs that use a store without one.
 *
 * @param message  `topic` and `body` at least; `delayLevel` and `shardingKey` are stored, and mean nothing without a
 *   broker
 * @param queueId  queue of the topic, default 0
 * @returns resolves when the message is stored: in the page cache, with SYNC_FLUSH on the disk
 * @throws RMQ_MESSAGE_ILLEGAL  a tag, key or property cannot be stored
 * @throws RMQ_STORE_REFUSED  (rejects) it was not stored, or is not known to be on the disk
 */
export function putMessage(store: MessageStore, message: Message, queueId = 0): Promise<AppendResult> {
  const { topic, body, flag = 0, waitStoreOk = true } = message
  const properties = messageProperties(message, nextId())
  const done = deferred<AppendResult>()
  const appended = (result: AppendResult): void => {
    if (result.status === 'ok') done.resolve(result)
    else done.reject(storeErrors.RMQ_STORE_REFUSED({ topic, queueId, status: result.status }))
  }
  store.append(
    {
      topic,
      queueId,
      flag,
      sysFlag: 0,
      bornTimestamp: systemClock.now(),
      bornHost: HERE,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      properties,
      waitStoreOk,
    },
    { appended },
  )
  return done.promise
}

/** What {@link readMessages} found. */
export interface FoundMessages extends Omit<ReadResult, 'slices' | 'bytes'> {
  readonly messages: readonly ReceivedMessage[]
}

/**
 * Reads messages of a queue from an offset on; `nextOffset` of the result is where to go on.
 *
 * @param limits  default: 32 messages
 * @throws RMQ_STORE_READ_FAILED  (rejects) the disk cannot be read
 * @throws RMQ_RECORD_CORRUPT, RMQ_BODY_UNREADABLE  (rejects) a message was damaged after it was stored
 */
export async function readMessages(
  store: MessageStore,
  topic: string,
  queueId: number,
  fromOffset: number,
  limits: Partial<ReadLimits> = {},
): Promise<FoundMessages> {
  const { slices, bytes: _, ...found } = await store.read(topic, queueId, fromOffset, { maxMessages: 32, ...limits })
  return { ...found, messages: decodeRecords(Buffer.concat(slices), '') }
}

/**
 * Messages of a topic with that key, in the order in which they were stored.
 *
 * @param lookup  default: the newest 64 of all times, up to 16 MiB
 * @throws RMQ_STORE_READ_FAILED  (rejects) the disk cannot be read
 * @throws RMQ_RECORD_CORRUPT, RMQ_BODY_UNREADABLE  (rejects) a message was damaged after it was stored
 */
export async function messagesByKey(
  store: MessageStore,
  topic: string,
  key: string,
  lookup: Partial<KeyLookup> = {},
): Promise<readonly ReceivedMessage[]> {
  const { records } = await store.recordsByKey(topic, key, { ...LOOKUP, ...lookup })
  // The index knows keys by their hashes, which others may share.
  return decodeRecords(Buffer.concat(records), '').filter(
    ({ keys, messageId }) => keys.includes(key) || messageId === key,
  )
}
