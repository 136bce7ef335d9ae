// Hot path: with light queues recovery looks at the properties of every record here.

import { isLightName, isRetryTopic, PROPERTY, SYSTEM_TOPIC } from '../../message/index.ts'
import { findValue, valueEnd } from './tags-code.ts'

/** Topics that Apache's broker keeps for itself. */
const SYSTEM_PREFIX = 'rmq_sys_'

/** The one queue of a light queue's name. Apache: `MixAll.LMQ_QUEUE_ID`. */
export const LIGHT_QUEUE_ID = 0

/** Divides the names of light queues in a message's property, and the offsets in the other one. */
export const NAMES_SEPARATOR = ','

const NAMES = Buffer.from(`${PROPERTY.innerMultiDispatch}\u0001`)
const OFFSETS = Buffer.from(`${PROPERTY.innerMultiQueueOffset}\u0001`)

/** Whether messages of a topic may have entries in light queues. Apache: `MixAll.topicAllowsLMQ`. */
export function mayFeedLightQueues(topic: string): boolean {
  return !isRetryTopic(topic) && !topic.startsWith(SYSTEM_PREFIX) && topic !== SYSTEM_TOPIC.schedule
}

/**
 * Calls `visit` for each light queue that has an entry for a record of `topic`, its own queue apart: its name and the
 * offset there. The record's properties lie at `at` … `end`. Apache: `ConsumeQueue.multiDispatchLmqQueue` (5.3.3).
 */
export function visitLightQueues(
  topic: string,
  bytes: Buffer,
  at: number,
  end: number,
  visit: (name: string, queueOffset: number) => void,
): void {
  const namesAt = findValue(bytes, at, end, NAMES)
  if (namesAt < 0) return
  const offsetsAt = findValue(bytes, at, end, OFFSETS)
  if (offsetsAt < 0) return
  const names = bytes.toString('utf8', namesAt, valueEnd(bytes, namesAt, end)).split(NAMES_SEPARATOR)
  const offsets = bytes.toString('latin1', offsetsAt, valueEnd(bytes, offsetsAt, end)).split(NAMES_SEPARATOR)
  if (names.length !== offsets.length) return
  const visited = new Set<string>([topic])
  for (const [index, name] of names.entries()) {
    const text = offsets[index] ?? ''
    if (!isLightName(name) || !/^\d{1,15}$/.test(text) || visited.has(name)) continue
    visited.add(name)
    visit(name, Number(text))
  }
}
