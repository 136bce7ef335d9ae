// Hot path: every record of the log is judged here.

import { readInt32, readInt64 } from '../../base/bytes/index.ts'
import {
  hasQueueEntry,
  locateText,
  RECORD,
  type RecordText,
  SYS_FLAG,
  SYSTEM_TOPIC,
  storeTimestampOf,
} from '../../message/index.ts'
import { KnownQueues } from '../commit-log/known-queues.ts'
import { mayFeedLightQueues, visitLightQueues } from '../consume-queue/light-names.ts'
import { innerMessagesAt, tagsCodeOf } from '../consume-queue/tags-code.ts'
import type { IndexCheck } from '../index-file/check-index.ts'
import { hashProperties, isIndexed } from '../index-file/key-hash.ts'
import { newExpectedEntry } from './expected-entry.ts'
import type { Findings } from './findings.ts'
import type { QueueCheck } from './queue-check.ts'
import type { QueuesCheck } from './queues-check.ts'

/** Hashes kept until the list is emptied. */
const HASHES_MAX = 4096

/** What a {@link RecordCheck} works with. */
export interface RecordCheckParts {
  readonly queues: QueuesCheck
  readonly index: IndexCheck | undefined
  readonly problems: Findings
}

/** Compares each record of the log with what queues and index say about it. */
export class RecordCheck {
  readonly #parts: RecordCheckParts
  readonly #text: RecordText = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }
  readonly #hashes: number[] = []
  readonly #expected = newExpectedEntry()
  readonly #known = new KnownQueues<QueueCheck>()
  /** Records so far. */
  count = 0
  /** Store time of the last one, epoch ms. */
  lastTimestamp = 0
  /** The greatest store time, later than that of the last one where a clock was set back. */
  newestTimestamp = 0

  constructor(parts: RecordCheckParts) {
    this.#parts = parts
  }

  record(bytes: Buffer, at: number, size: number, position: number): void {
    this.count++
    const storeTimestamp = storeTimestampOf(bytes, at)
    this.lastTimestamp = storeTimestamp
    if (storeTimestamp > this.newestTimestamp) this.newestTimestamp = storeTimestamp
    const { queues, index, problems } = this.#parts
    const stored = readInt64(bytes, at + RECORD.physicalOffset)
    if (stored !== position) problems.add(`log position ${position}: the record says that it lies at ${stored}`)
    const sysFlag = readInt32(bytes, at + RECORD.sysFlag)
    const text = this.#text
    locateText(bytes, at, text)
    const queueId = readInt32(bytes, at + RECORD.queueId)
    const known = this.#known.at(bytes, text.topicAt, text.topicEnd, queueId)
    const { topic, keyHash } = known
    const end = at + size
    let tagsCode: number
    if (index !== undefined && isIndexed(sysFlag)) {
      // To empty the list for every record would cost more than the hashes.
      if (this.#hashes.length > HASHES_MAX) this.#hashes.length = 0
      const first = this.#hashes.length
      tagsCode = hashProperties(bytes, text.propertiesAt, end, keyHash, this.#hashes)
      index.record(position, this.#hashes, first)
    } else tagsCode = tagsCodeOf(bytes, text.propertiesAt, end)
    if (!hasQueueEntry(sysFlag)) return
    const expected = this.#expected
    expected.position = position
    expected.size = size
    expected.tagsCode = tagsCode
    // The levels of delay may have been others when the message was stored, so that any time behind that will do.
    expected.mayBeDue = topic === SYSTEM_TOPIC.schedule
    expected.storeTimestamp = storeTimestamp
    expected.queueOffset = readInt64(bytes, at + RECORD.queueOffset)
    const isInner = (sysFlag & SYS_FLAG.innerBatch) !== 0
    expected.messages = isInner ? innerMessagesAt(bytes, text.propertiesAt, end) : 1
    known.item ??= queues.find(topic, queueId)
    queues.record(known.item, topic, queueId, expected)
    if (!queues.hasLightQueues || !mayFeedLightQueues(topic) || queues.isBatch(topic)) return
    visitLightQueues(topic, bytes, text.propertiesAt, end, (name, queueOffset) => {
      expected.queueOffset = queueOffset
      queues.lightRecord(name, expected)
    })
  }
}
