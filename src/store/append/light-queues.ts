import {
  appendProperties,
  decodeProperties,
  encodeProperties,
  findProperty,
  isLightName,
  PROPERTY,
  propertyEntry,
  type RecordContent,
  SYSTEM_TOPIC,
} from '../../message/index.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { LIGHT_QUEUE_ID, mayFeedLightQueues, NAMES_SEPARATOR } from '../consume-queue/light-names.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import type { AppendMessage } from '../message-store.ts'
import { withProperties } from './contents.ts'

/** A light queue that gets an entry for a record, and the offset there. */
export interface LightEntry {
  readonly queue: ConsumeQueue
  readonly queueOffset: number
}

/** Where a message goes beside its own queue. */
export interface LightPlan {
  readonly entries: readonly LightEntry[]
  /** The message as its record is to hold it: with the offsets in the light queues. */
  readonly content: RecordContent
}

const NAMED = Buffer.from(`${PROPERTY.innerMultiDispatch}\u0001`)

/**
 * Light queues: a message can name any number of them, and each gets an entry that points to the message's one record.
 * Apache: `LmqDispatch` (5.3.3).
 */
export class LightQueues {
  readonly #queues: QueueTable
  readonly #queuesMax: number

  constructor(queues: QueueTable, queuesMax: number) {
    this.#queues = queues
    this.#queuesMax = queuesMax
  }

  /**
   * Where this message goes; `undefined`: to its own queue only. A status refuses it: a name that is none of a light
   * queue would stop the dispatch of Apache's broker for ever when it reads the record.
   */
  plan(message: AppendMessage): LightPlan | 'message-illegal' | 'too-many-light-queues' | undefined {
    const { topic, properties } = message
    if (!mayFeedLightQueues(topic)) return undefined
    if (typeof properties !== 'string' && !properties.includes(NAMED)) return undefined
    const text = properties.toString()
    const names = findProperty(text, PROPERTY.innerMultiDispatch)
    if (names === undefined || names.trim() === '') return undefined
    // Half messages are not to be seen before they are committed; then they come here again.
    if (topic === SYSTEM_TOPIC.transactionHalf) return { entries: [], content: withoutOffsets(message, text) }
    const named = names.split(NAMES_SEPARATOR)
    if (!named.every(isLightName)) return 'message-illegal'
    const added = new Set(named.filter((name) => this.#queues.get(name, LIGHT_QUEUE_ID) === undefined))
    if (added.size > 0 && this.#queues.lightQueues + added.size > this.#queuesMax) return 'too-many-light-queues'
    const entries: LightEntry[] = []
    const offsets: number[] = []
    for (const name of named) {
      // A name that can be no folder gets no entry, as at Apache's broker.
      const queue = this.#queues.getOrAdd(name, LIGHT_QUEUE_ID)
      offsets.push(queue?.next ?? 0)
      if (queue !== undefined && name !== topic && !entries.some((entry) => entry.queue === queue)) {
        entries.push({ queue, queueOffset: queue.next })
      }
    }
    const entry = propertyEntry(PROPERTY.innerMultiQueueOffset, offsets.join(NAMES_SEPARATOR))
    return { entries, content: withProperties(message, appendProperties(text, entry)) }
  }
}

/** Whether a part of a plain batch claims to be in light queues already. */
export function namesOffsets(properties: Buffer | string): boolean {
  return properties.includes(PROPERTY.innerMultiQueueOffset)
}

function withoutOffsets(message: AppendMessage, text: string): RecordContent {
  const { [PROPERTY.innerMultiQueueOffset]: _offsets, ...properties } = decodeProperties(text)
  return withProperties(message, encodeProperties(properties))
}
