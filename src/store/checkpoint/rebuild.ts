// Hot path: after a crash every record of a log file passes here.

import { readInt64 } from '../../base/bytes/index.ts'
import type { Logger } from '../../base/log/index.ts'
import {
  type CrcCheck,
  hasQueueEntry,
  isRecordMagic,
  locateText,
  RECORD,
  RECORD_BYTES_MIN,
  type RecordText,
  SYS_FLAG,
  SYSTEM_TOPIC,
  storeTimestampOf,
} from '../../message/index.ts'
import { type KnownQueue, KnownQueues } from '../commit-log/known-queues.ts'
import { type RecordVisitor, type ScanEnd, scanRecords } from '../commit-log/scan.ts'
import type { ConsumeQueue, QueueEntry } from '../consume-queue/consume-queue.ts'
import { ENTRY } from '../consume-queue/entry.ts'
import { LIGHT_QUEUE_ID, mayFeedLightQueues, visitLightQueues } from '../consume-queue/light-names.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import { innerMessagesAt, scheduleCodeOf, tagsCodeOf } from '../consume-queue/tags-code.ts'
import type { IndexFiles } from '../index-file/index-files.ts'
import { hashProperties, isIndexed } from '../index-file/key-hash.ts'
import type { BitMapOf } from '../message-store.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import type { DroppedTopics } from './dropped-topics.ts'

/** Bytes of restored entries that wait to be written, over all queues … */
const WAITING_BYTES_MAX = 64 * 1024 * 1024
/** … and of one queue, however few or many there are. */
const ENTRIES_BYTES_MAX = 64 * 1024
const ENTRIES_BYTES_MIN = 4096

/**
 * The list of hashes is emptied when it has so many, since a list that becomes empty gives its memory back each time.
 */
const HASHES_MAX = 1000

/** Bytes of the smallest message inside a batch. */
const INNER_BYTES_MIN = 22

/** What a {@link Rebuild} works with. */
export interface RebuildParts {
  readonly files: SegmentFiles
  readonly queues: QueueTable
  readonly index: IndexFiles | undefined
  readonly dropped: Pick<DroppedTopics, 'has'>
  readonly checkCrc: CrcCheck
  readonly delaysMs: readonly number[]
  readonly bitMapOf: BitMapOf | undefined
  readonly logger: Logger
  /** Told now and then how far the scan is; default: nobody. */
  readonly progress?: ((position: number) => void) | undefined
  /**
   * Whether the log goes on with the file at `next` though the one before it is missing; `latest` is the latest store
   * time of all records so far. Default: always.
   */
  readonly mayPass?: ((next: number, latest: number) => boolean) | undefined
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
  /** Store time of the record before the last one, epoch ms; 0 for none. */
  #timestampBefore = 0
  /** The latest store time of all records, epoch ms; clocks step back. */
  #latest = 0
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

  /**
   * Takes all queues back to `start` and puts the records from there on; stops early when entries are {@link lacking}.
   */
  async from(start: number): Promise<ScanEnd> {
    const { files, queues, checkCrc, logger, progress, mayPass } = this.#parts
    this.#isWhole = start === files.start
    for (const queue of queues) {
      this.rewind(queue, start)
      // From a log that begins at 0 no message was ever removed.
      if (start === 0 && queue.forgetEmptyFiles()) this.touched.add(queue)
    }
    const put: RecordVisitor = (bytes, at, size, position) => this.#put(bytes, at, size, position)
    const scan = await scanRecords(
      files,
      start,
      checkCrc,
      put,
      progress,
      (next) => mayPass?.(next, this.#latest) !== false,
    )
    if (this.#ignored > 0)
      logger.warn('records with an impossible place in a queue got no entry', { records: this.#ignored })
    return scan
  }

  /** Removes the entries of records at or behind `position`. */
  rewind(queue: ConsumeQueue, position: number): void {
    if (queue.rewindTo(position)) this.touched.add(queue)
  }

  /** Gives one record its entry; false: the queue lacks some before it, or the record belongs to another place. */
  #put(bytes: Buffer, at: number, size: number, position: number): boolean {
    // Apache's broker believes such a record, which overwrites or hides others of its queue.
    if (readInt64(bytes, at + RECORD.physicalOffset) !== position) return false
    this.#timestampBefore = this.newestTimestamp
    this.lastRecord = position
    this.newestTimestamp = storeTimestampOf(bytes, at)
    if (this.newestTimestamp > this.#latest) this.#latest = this.newestTimestamp
    const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
    const { queues, delaysMs, bitMapOf } = this.#parts
    const text = this.#text
    locateText(bytes, at, text)
    const queueId = bytes.readInt32BE(at + RECORD.queueId)
    const known = this.#known.at(bytes, text.topicAt, text.topicEnd, queueId)
    const { topic } = known
    if (isIndexed(sysFlag)) this.#index(bytes, at + size, position, known)
    if (!hasQueueEntry(sysFlag)) return true
    const isInner = (sysFlag & SYS_FLAG.innerBatch) !== 0
    if (isInner && queues.becomesBatch(topic)) {
      this.lacking = topic
      return false
    }
    const end = at + size
    const tagsCode =
      topic === SYSTEM_TOPIC.schedule
        ? scheduleCodeOf(bytes, text.propertiesAt, end, this.newestTimestamp, delaysMs)
        : tagsCodeOf(bytes, text.propertiesAt, end)
    const entry = {
      physicalOffset: position,
      size,
      tagsCode,
      storeTimestamp: this.newestTimestamp,
      queueOffset: readInt64(bytes, at + RECORD.queueOffset),
      messages: isInner ? innerMessagesAt(bytes, text.propertiesAt, end) : 1,
      bitMap: bitMapOf?.(topic, bytes, at, size),
    }
    known.item ??= queues.get(topic, queueId)
    let isWhole = this.#putEntry(topic, queueId, known.item, entry)
    if (queues.keepsLightQueues && mayFeedLightQueues(topic) && queues.kindOf(topic) === 'simple') {
      visitLightQueues(topic, bytes, text.propertiesAt, end, (name, queueOffset) => {
        isWhole &&= this.#putEntry(name, LIGHT_QUEUE_ID, queues.get(name, LIGHT_QUEUE_ID), { ...entry, queueOffset })
      })
    }
    return isWhole
  }

  /**
   * Puts one entry at its queue offset; false: the queue, which is not there yet without `known`, lacks some before it.
   */
  #putEntry(topic: string, queueId: number, known: ConsumeQueue | undefined, entry: QueueEntry): boolean {
    const { queues, dropped } = this.#parts
    const { physicalOffset: position, queueOffset } = entry
    if (dropped.has(topic, position)) return true
    const kind = known?.kind ?? queues.kindOf(topic)
    // As many messages of at least that size lie before this one, so a greater offset was never given.
    const isPossible =
      queueOffset >= 0 && queueOffset * (kind === 'simple' ? RECORD_BYTES_MIN : INNER_BYTES_MIN) <= position
    const queue = isPossible ? (known ?? queues.getOrAdd(topic, queueId)) : undefined
    if (queue === undefined) {
      this.#ignored++
      return true
    }
    if (queueOffset !== queue.max) {
      // Files that begin behind the record, and hold nothing else, say nothing of what was before it, either.
      if ((queueOffset > queue.max || queue.entries.hasOnlyEmptyFiles) && !this.#isWhole) {
        this.lacking = topic
        return false
      }
      if (queueOffset < queue.max && this.#isStale(queue, queueOffset)) {
        this.#ignored++
        return true
      }
      queue.continueAt(queueOffset)
      this.touched.add(queue)
    }
    queue.put(entry)
    const { unwrittenBytes } = queue
    // Those with more that is not written are known: nearly every record spares the set a look.
    if (unwrittenBytes <= queue.entries.entryBytes) this.touched.add(queue)
    else if (unwrittenBytes >= ENTRIES_BYTES_MIN && unwrittenBytes >= this.#waitingBytesMax()) queue.writeOut()
    return true
  }

  /**
   * Bytes of entries that one queue may keep waiting: with many queues little, so that memory does not grow with them.
   */
  #waitingBytesMax(): number {
    return Math.min(ENTRIES_BYTES_MAX, WAITING_BYTES_MAX / this.touched.size)
  }

  /**
   * Whether a record that claims a place in its queue which is taken comes from an earlier life of the log: Apache's
   * broker leaves the bytes behind the end where it cuts, and they follow a new record of the same length. What begins
   * with 0 and is newer than the record before it is a topic that was deleted and made again.
   */
  #isStale(queue: ConsumeQueue, queueOffset: number): boolean {
    if (queue.entries.hasOnlyEmptyFiles) return false
    if (queueOffset === 0) return this.newestTimestamp < this.#timestampBefore
    const entry = queue.entries.entrySync(queue.placeOf(queueOffset))
    const physicalOffset = readInt64(entry, 0)
    const size = entry.readInt32BE(ENTRY.size)
    const head = Buffer.alloc(RECORD.sysFlag)
    if (this.#parts.files.readSync(head, physicalOffset) < head.length) return false
    return (
      head.readInt32BE(0) === size &&
      isRecordMagic(head.readInt32BE(RECORD.magic)) &&
      head.readInt32BE(RECORD.queueId) === queue.queueId &&
      readInt64(head, RECORD.queueOffset) === queueOffset &&
      readInt64(head, RECORD.physicalOffset) === physicalOffset
    )
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
