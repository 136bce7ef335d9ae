import { join, resolve } from 'node:path'
import { readInt64 } from '../base/bytes/index.ts'
import { textOf } from '../base/errors/index.ts'
import { type Files, nodeFiles } from '../base/files/index.ts'
import { RECORD } from '../message/index.ts'
import { DroppedTopics } from './checkpoint/dropped-topics.ts'
import { KnownQueues } from './commit-log/known-queues.ts'
import { hasQueueEntry, locateText, type RecordText } from './commit-log/record-reader.ts'
import { scanRecords } from './commit-log/scan.ts'
import { type StoreConfig, storeConfig } from './config.ts'
import type { ConsumeQueue } from './consume-queue/consume-queue.ts'
import { BLANK_ENTRY_SIZE, ENTRY, ENTRY_BYTES } from './consume-queue/entry.ts'
import { isLightQueue, QueueTable } from './consume-queue/queue-table.ts'
import { IndexCheck } from './index-file/check-index.ts'
import { hashProperties, isIndexed } from './index-file/key-hash.ts'
import { COMMIT_LOG_DIRECTORY, INDEX_DIRECTORY } from './open-store.ts'
import { OpenFiles } from './segments/open-files.ts'
import { SegmentFiles } from './segments/segment-files.ts'

/** Problems described one by one; more are counted only. */
const PROBLEMS_MAX = 100

/** The list of hashes is emptied when it has so many, since a list that becomes empty gives its memory back each time. */
const HASHES_MAX = 1000

/** Entries of a queue read at once. */
const WINDOW_ENTRIES = 256

/** What {@link verifyStore} found. */
export interface VerifiedStore {
  /** Sound records in the log. */
  readonly records: number
  readonly queues: number
  /** One sentence each; empty for a store that is in order. */
  readonly problems: readonly string[]
}

/** A queue, the entries of it that the log confirmed, and some of its entries read ahead. */
interface CheckedQueue {
  readonly queue: ConsumeQueue
  readonly window: Buffer
  windowStart: number
  windowEnd: number
  confirmed: number
}

/**
 * Checks the files of a store that nobody has open: every record is sound, has the right checksum and lies where it says; every
 * queue entry points to the record with that topic, queue and queue offset, and every record that should has its entry; the index
 * leads to every key from its first record on, and to nothing else.
 * Changes nothing. File sizes are taken from `config`; default: the store's defaults.
 */
export async function verifyStore(
  directory: string,
  config: Partial<StoreConfig> = {},
  files: Files = nodeFiles,
): Promise<VerifiedStore> {
  const check = new StoreCheck(resolve(directory), storeConfig.with(config), files)
  try {
    return await check.run()
  } finally {
    check.close()
  }
}

class StoreCheck {
  readonly #directory: string
  readonly #config: StoreConfig
  readonly #open: OpenFiles
  readonly #problems: string[] = []
  readonly #checked = new Map<ConsumeQueue, CheckedQueue>()
  readonly #text: RecordText = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }
  readonly #hashes: number[] = []
  readonly #known = new KnownQueues<CheckedQueue>()
  #index: IndexCheck | undefined
  #unreported = 0
  #records = 0

  constructor(directory: string, config: StoreConfig, files: Files) {
    this.#directory = directory
    this.#config = config
    this.#open = new OpenFiles(files, config.openFilesMax)
  }

  close(): void {
    this.#index?.close()
    this.#open.closeAll()
  }

  async run(): Promise<VerifiedStore> {
    const { mappedFileSizeCommitLog: fileBytes, mappedFileSizeConsumeQueue: queueFileBytes } = this.#config
    const directory = join(this.#directory, COMMIT_LOG_DIRECTORY)
    try {
      const log = SegmentFiles.load({ directory, fileBytes, setting: 'mappedFileSizeCommitLog' }, this.#open)
      const nothingHot = { hotStart: Number.POSITIVE_INFINITY }
      const queues = QueueTable.empty(this.#directory, queueFileBytes, this.#open, nothingHot)
      queues.load()
      const dropped = DroppedTopics.open(this.#directory, this.#open.files, log.start)
      const isComplete = this.#open.files.facts(join(this.#directory, 'abort')) === undefined
      const { maxHashSlotNum: slots, maxIndexNum: entries } = this.#config
      const layout = { directory: join(this.#directory, INDEX_DIRECTORY), slots, entries }
      if (this.#config.messageIndexEnable) {
        this.#index = new IndexCheck(layout, this.#open, isComplete, (problem) => this.#report(problem))
        this.#index.begin(log.start)
      }
      await this.#checkLog(log, queues, dropped)
      this.#index?.end()
      for (const queue of queues) this.#checkQueue(queue, log.start)
      const problems = [...this.#problems]
      if (this.#unreported > 0) problems.push(`… and ${this.#unreported} more`)
      return { records: this.#records, queues: [...queues].filter((queue) => queue.max > 0).length, problems }
    } catch (failure) {
      return { records: this.#records, queues: 0, problems: [...this.#problems, textOf(failure)] }
    }
  }

  async #checkLog(log: SegmentFiles, queues: QueueTable, dropped: DroppedTopics): Promise<void> {
    const { end, reason } = await scanRecords(log, log.start, true, (bytes, at, size, position) => {
      this.#checkRecord(bytes, at, size, position, queues, dropped)
      return true
    })
    if (reason === 'unreadable') this.#report(`log position ${end}: neither a sound record nor the end of the log`)
    const behind = log.starts.find((start) => start >= end && start > log.start)
    if (behind !== undefined) this.#report(`the log ends at ${end}, but there is a file from ${behind} on`)
  }

  #checkRecord(
    bytes: Buffer,
    at: number,
    size: number,
    position: number,
    queues: QueueTable,
    dropped: DroppedTopics,
  ): void {
    this.#records++
    const stored = readInt64(bytes, at + RECORD.physicalOffset)
    if (stored !== position) this.#report(`log position ${position}: the record says that it lies at ${stored}`)
    const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
    locateText(bytes, at, this.#text)
    const queueId = bytes.readInt32BE(at + RECORD.queueId)
    const known = this.#known.at(bytes, this.#text.topicAt, this.#text.topicEnd, queueId)
    const { topic, keyHash } = known
    if (this.#index !== undefined && isIndexed(sysFlag)) {
      if (this.#hashes.length > HASHES_MAX) this.#hashes.length = 0
      const first = this.#hashes.length
      hashProperties(bytes, this.#text.propertiesAt, at + size, keyHash, this.#hashes)
      this.#index.record(position, this.#hashes, first)
    }
    if (!hasQueueEntry(sysFlag)) return
    if (dropped.has(topic, position)) return
    const offset = readInt64(bytes, at + RECORD.queueOffset)
    if (known.item === undefined) {
      const queue = queues.get(topic, queueId)
      if (queue === undefined) {
        if (!queues.isBatch(topic)) this.#report(`log position ${position}: there is no queue ${topic}/${queueId}`)
        return
      }
      known.item = this.#checkedOf(queue)
    }
    const checked = known.item
    const entryAt = this.#entryAt(checked, offset)
    if (entryAt < 0) {
      this.#report(`log position ${position}: ${topic}/${queueId} has no entry ${offset}`)
      return
    }
    const target = readInt64(checked.window, entryAt)
    const targetSize = checked.window.readInt32BE(entryAt + ENTRY.size)
    if (target === position && targetSize === size) checked.confirmed++
    else
      this.#report(
        `${topic}/${queueId} entry ${offset} points to ${target} (${targetSize} bytes), not ${position} (${size})`,
      )
  }

  /** Entries below the log's beginning may point to records that were deleted; all others must have been confirmed. */
  #checkQueue(queue: ConsumeQueue, logStart: number): void {
    if (isLightQueue(queue.topic)) return
    queue.correctMin(logStart)
    const confirmed = this.#checked.get(queue)?.confirmed ?? 0
    const expected = queue.max - queue.min
    if (confirmed === expected) return
    const name = `${queue.topic}/${queue.queueId}`
    this.#report(`${name} has ${expected} entries, of which ${confirmed} point to a record of this queue and offset`)
  }

  /** Where the entry lies in the queue's window, -1 when there is none. */
  #entryAt(checked: CheckedQueue, offset: number): number {
    if (offset < 0 || offset >= checked.queue.max) return -1
    if (offset < checked.windowStart || offset >= checked.windowEnd) {
      checked.windowStart = offset
      checked.windowEnd = offset + Math.floor(checked.queue.readFileSync(checked.window, offset) / ENTRY_BYTES)
      if (offset >= checked.windowEnd) return -1
    }
    const at = (offset - checked.windowStart) * ENTRY_BYTES
    return checked.window.readInt32BE(at + ENTRY.size) === BLANK_ENTRY_SIZE ? -1 : at
  }

  #checkedOf(queue: ConsumeQueue): CheckedQueue {
    let checked = this.#checked.get(queue)
    if (checked === undefined) {
      const window = Buffer.alloc(Math.min(WINDOW_ENTRIES, queue.fileEntries) * ENTRY_BYTES)
      checked = { queue, window, windowStart: 0, windowEnd: 0, confirmed: 0 }
      this.#checked.set(queue, checked)
    }
    return checked
  }

  #report(problem: string): void {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem)
    else this.#unreported++
  }
}
