// Hot path: every record of the log is judged here.

import { readInt64 } from '../../base/bytes/index.ts'
import { RECORD, SYSTEM_TOPIC } from '../../message/index.ts'
import { hasQueueEntry, locateText, type RecordText, storeTimestampOf } from '../commit-log/record-reader.ts'
import { scheduleCodeOf, tagsCodeOf } from '../consume-queue/tags-code.ts'
import type { IndexCheck } from '../index-file/check-index.ts'
import { hashProperties, isIndexed, topicHash } from '../index-file/key-hash.ts'
import type { Findings } from './findings.ts'
import type { QueuesCheck } from './queues-check.ts'

/** What a {@link RecordCheck} works with. */
export interface RecordCheckParts {
  readonly queues: QueuesCheck
  readonly index: IndexCheck | undefined
  readonly delays: readonly number[]
  readonly problems: Findings
}

/** Compares each record of the log with what queues and index say about it. */
export class RecordCheck {
  readonly #parts: RecordCheckParts
  readonly #text: RecordText = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }
  readonly #hashes: number[] = []
  readonly #topicHashes = new Map<string, number>()
  /** Records so far. */
  count = 0
  /** Store time of the last one, epoch ms. */
  newestTimestamp = 0

  constructor(parts: RecordCheckParts) {
    this.#parts = parts
  }

  record(bytes: Buffer, at: number, size: number, position: number): void {
    this.count++
    this.newestTimestamp = storeTimestampOf(bytes, at)
    const { queues, index, delays, problems } = this.#parts
    const stored = readInt64(bytes, at + RECORD.physicalOffset)
    if (stored !== position) problems.add(`log position ${position}: the record says that it lies at ${stored}`)
    const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
    const text = this.#text
    locateText(bytes, at, text)
    const topic = bytes.toString('utf8', text.topicAt, text.topicEnd)
    let tagsCode: number
    if (index !== undefined && isIndexed(sysFlag)) {
      this.#hashes.length = 0
      tagsCode = hashProperties(bytes, text.propertiesAt, at + size, this.#hashOf(topic), this.#hashes)
      index.record(position, this.#hashes)
    } else tagsCode = tagsCodeOf(bytes, text.propertiesAt, at + size)
    if (!hasQueueEntry(sysFlag)) return
    if (topic === SYSTEM_TOPIC.schedule) {
      tagsCode = scheduleCodeOf(bytes, text.propertiesAt, at + size, this.newestTimestamp, delays)
    }
    const queueId = bytes.readInt32BE(at + RECORD.queueId)
    queues.record(topic, queueId, readInt64(bytes, at + RECORD.queueOffset), position, size, tagsCode)
  }

  #hashOf(topic: string): number {
    let hash = this.#topicHashes.get(topic)
    if (hash === undefined) {
      hash = topicHash(topic)
      this.#topicHashes.set(topic, hash)
    }
    return hash
  }
}
