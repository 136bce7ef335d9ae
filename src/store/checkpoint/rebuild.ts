// Hot path: after a crash every record of a log file passes here.

import { readInt64 } from '../../base/bytes/index.ts'
import type { Logger } from '../../base/log/index.ts'
import { RECORD, RECORD_BYTES_MIN, SYSTEM_TOPIC } from '../../message/index.ts'
import { type KnownQueue, KnownQueues } from '../commit-log/known-queues.ts'
import { hasQueueEntry, locateText, type RecordText, storeTimestampOf } from '../commit-log/record-reader.ts'
import { type ScanEnd, scanRecords } from '../commit-log/scan.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { isLightQueue, type QueueTable } from '../consume-queue/queue-table.ts'
import { scheduleCodeOf, tagsCodeOf } from '../consume-queue/tags-code.ts'
import type { IndexFiles } from '../index-file/index-files.ts'
import { hashProperties, isIndexed } from '../index-file/key-hash.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import type { DroppedTopics } from './dropped-topics.ts'

/** Bytes of restored entries that wait to be written, over all queues … */
const WAITING_BYTES_MAX = 64 * 1024 * 1024
/** … and of one queue, however few or many there are. */
const ENTRIES_BYTES_MAX = 64 * 1024
const ENTRIES_BYTES_MIN = 4096

/** The list of hashes is emptied when it has so many, since a list that becomes empty gives its memory back each time. */
const HASHES_MAX = 1000

/** What a {@link Rebuild} works with. */
export interface RebuildParts {
  readonly files: SegmentFiles
  readonly queues: QueueTable
  readonly index: IndexFiles | undefined
  readonly dropped: DroppedTopics
  readonly checkCrc: boolean
  readonly delaysMs: readonly number[]
  readonly logger: Logger
}

/** Gives records of the log their queue entries again, each at the queue offset that it carries. */
export class Rebuild {
  readonly #parts: RebuildParts
  readonly #text: RecordText = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }
  readonly #hashes: number[] = []
  readonly #known = new KnownQueues<ConsumeQueue>()
  /** The scan began with the first file, so that what is missing before cannot be found anywhere. */
  #isWhole = false
  #ignored = 0
  /** Queues whose entries changed. */
  readonly touched = new Set<ConsumeQueue>()
  /** Topic of a queue that lacks entries of records before the start. */
  lacking: string | undefined
  /** Position of the last record, -1 for none. */
  lastRecord = -1
  /** Its store time, epoch ms; 0 for none. */
  newestTimestamp = 0

  constructor(parts: RebuildParts) {
    this.#parts = parts
  }

  /** Takes all queues back to `start` and puts the records from there on; stops early when entries are {@link lacking}. */
  async from(start: number): Promise<ScanEnd> {
    const { files, queues, checkCrc, logger } = this.#parts
    this.#isWhole = start === files.start
    for (const queue of queues) if (!isLightQueue(queue.topic)) this.rewind(queue, start)
    const scan = await scanRecords(files, start, checkCrc, (bytes, at, size, position) =>
      this.#put(bytes, at, size, position),
    )
    if (this.#ignored > 0)
      logger.warn('records with an impossible queue got no queue entry', { records: this.#ignored })
    return scan
  }

  /** Removes the entries of records at or behind `position`. */
  rewind(queue: ConsumeQueue, position: number): void {
    if (queue.rewindTo(position)) this.touched.add(queue)
  }

  /** Gives one record its entry; false: the queue lacks some before it. */
  #put(bytes: Buffer, at: number, size: number, position: number): boolean {
    this.lastRecord = position
    this.newestTimestamp = storeTimestampOf(bytes, at)
    const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
    const { queues, dropped, delaysMs } = this.#parts
    const text = this.#text
    locateText(bytes, at, text)
    const queueId = bytes.readInt32BE(at + RECORD.queueId)
    const known = this.#known.at(bytes, text.topicAt, text.topicEnd, queueId)
    const { topic } = known
    if (isIndexed(sysFlag)) this.#index(bytes, at + size, position, known)
    if (!hasQueueEntry(sysFlag)) return true
    const queueOffset = readInt64(bytes, at + RECORD.queueOffset)
    // As many records of at least that size lie before this one, so a greater offset was never given.
    const isPossible = queueOffset >= 0 && queueOffset * RECORD_BYTES_MIN <= position
    if (isPossible) known.item ??= queues.getOrAdd(topic, queueId)
    const queue = isPossible ? known.item : undefined
    if (queue === undefined) {
      this.#ignored++
      return true
    }
    if (dropped.has(topic, position)) return true
    if (queueOffset !== queue.max) {
      if (queueOffset > queue.max && !this.#isWhole) {
        this.lacking = topic
        return false
      }
      queue.continueAt(queueOffset)
    }
    const end = at + size
    const tagsCode =
      topic === SYSTEM_TOPIC.schedule
        ? scheduleCodeOf(bytes, text.propertiesAt, end, this.newestTimestamp, delaysMs)
        : tagsCodeOf(bytes, text.propertiesAt, end)
    queue.put(position, size, tagsCode)
    this.touched.add(queue)
    if (queue.unwrittenBytes >= ENTRIES_BYTES_MIN && queue.unwrittenBytes >= this.#waitingBytesMax()) queue.writeOut()
    return true
  }

  /** Bytes of entries that one queue may keep waiting: with many queues little, so that memory does not grow with their number. */
  #waitingBytesMax(): number {
    return Math.min(ENTRIES_BYTES_MAX, WAITING_BYTES_MAX / this.touched.size)
  }

  /** Indexes the keys of the record whose text was located last, unless the index has them. */
  #index(bytes: Buffer, end: number, position: number, topic: KnownQueue<ConsumeQueue>): void {
    const { index } = this.#parts
    if (index === undefined || position <= index.end) return
    const hashes = this.#hashes
    if (hashes.length > HASHES_MAX) hashes.length = 0
    const first = hashes.length
    hashProperties(bytes, this.#text.propertiesAt, end, topic.keyHash, hashes)
    for (let at = first; at < hashes.length; at++) index.put(hashes[at] as number, position, this.newestTimestamp)
  }
}
