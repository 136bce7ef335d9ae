import { encodeProperties, isRetryTopic, type Message } from '../../message/index.ts'

/** Bytes a batch adds to each message: lengths, unique id, and the property that says whether to wait for the store. */
const OVERHEAD_BYTES = 22 + 43 + 10

/** Batches above a MiB gain nothing any more. */
const BATCH_BYTES_DEFAULT = 1024 * 1024

/**
 * Cuts messages into batches of at most `maxBytes` (default 1 MiB), in order: what is in one batch has the same topic
 * and the same `waitStoreOk`. A message that is larger alone, delayed, or for a retry topic, is alone in its batch;
 * delayed ones must then be sent by `send`, as `Producer.sendAll` does.
 *
 * ```ts
 * for (const batch of splitBatch(messages)) await producer.sendBatch(batch)
 * ```
 */
export function splitBatch(
  messages: readonly Message[],
  maxBytes = BATCH_BYTES_DEFAULT,
): readonly (readonly Message[])[] {
  const batches: Message[][] = []
  const open = new Map<string, { readonly batch: Message[]; readonly bytes: number }>()
  for (const message of messages) {
    const bytes = batchedBytes(message)
    if (!isBatchable(message)) {
      batches.push([message])
      continue
    }
    const key = `${message.waitStoreOk ?? true} ${message.topic}`
    const current = open.get(key)
    if (current !== undefined && current.bytes + bytes <= maxBytes) {
      current.batch.push(message)
      open.set(key, { batch: current.batch, bytes: current.bytes + bytes })
      continue
    }
    const batch = [message]
    batches.push(batch)
    open.set(key, { batch, bytes })
  }
  return batches
}

/** Whether brokers take it in a batch at all. */
function isBatchable({ topic, delayLevel }: Message): boolean {
  return (delayLevel === undefined || delayLevel === 0) && !isRetryTopic(topic)
}

function batchedBytes(message: Message): number {
  const properties = Buffer.byteLength(encodeProperties(message.properties ?? {}))
  const keys = message.keys === undefined ? 0 : Buffer.byteLength(message.keys.join(' ')) + 6
  const tag = message.tag === undefined ? 0 : Buffer.byteLength(message.tag) + 6
  const shard = message.shardingKey === undefined ? 0 : Buffer.byteLength(message.shardingKey) + 15
  return OVERHEAD_BYTES + (message.body?.length ?? 0) + properties + keys + tag + shard
}
