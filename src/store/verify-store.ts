import { join, resolve } from 'node:path'
import { readInt64 } from '../base/bytes/index.ts'
import { textOf } from '../base/errors/index.ts'
import { type Files, nodeFiles } from '../base/files/index.ts'
import {
  hasQueueEntry,
  locateText,
  RECORD,
  type RecordText,
  SYS_FLAG,
  SYSTEM_TOPIC,
  storeTimestampOf,
} from '../message/index.ts'
import { DroppedTopics } from './checkpoint/dropped-topics.ts'
import { KnownQueues } from './commit-log/known-queues.ts'
import { LogPlaces, logLayout } from './commit-log/log-places.ts'
import { scanRecords } from './commit-log/scan.ts'
import { crcCheckOf, type StoreConfig, storeConfig } from './config.ts'
import { QueueCheck } from './consume-queue/check-queues.ts'
import { mayFeedLightQueues, visitLightQueues } from './consume-queue/light-names.ts'
import { QueueTable } from './consume-queue/queue-table.ts'
import { innerMessagesAt, tagsCodeOf } from './consume-queue/tags-code.ts'
import { IndexCheck } from './index-file/check-index.ts'
import { hashProperties, isIndexed } from './index-file/key-hash.ts'
import { INDEX_DIRECTORY } from './open-store.ts'
import { OpenFiles } from './segments/open-files.ts'
import { SegmentFiles } from './segments/segment-files.ts'

/** Problems described one by one; more are counted only. */
const PROBLEMS_MAX = 100

/**
 * The list of hashes is emptied when it has so many, since a list that becomes empty gives its memory back each time.
 */
const HASHES_MAX = 1000

/** What {@link verifyStore} found. */
export interface VerifiedStore {
  /** Sound records in the log. */
  readonly records: number
  readonly queues: number
  /** Where the log begins; what lay before it was deleted. */
  readonly logStart: number
  /** One sentence each; empty for a store that is in order. */
  readonly problems: readonly string[]
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
  readonly #text: RecordText = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }
  readonly #hashes: number[] = []
  readonly #known = new KnownQueues<undefined>()
  #index: IndexCheck | undefined
  #unreported = 0
  #records = 0
  #logStart = 0

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
    try {
      const places = new LogPlaces({ ...this.#config, storePathRootDir: this.#directory })
      const log = SegmentFiles.load(logLayout(this.#config, places), this.#open)
      this.#logStart = log.start
      const nothingHot = { hotStart: Number.POSITIVE_INFINITY, start: 0 }
      const queues = QueueTable.empty({
        root: this.#directory,
        config: this.#config,
        open: this.#open,
        log: nothingHot,
        keepsLightQueues: this.#config.enableLmq && this.#config.enableMultiDispatch,
      })
      queues.load()
      const dropped = DroppedTopics.open(this.#directory, this.#open.files, log.start)
      const isComplete = this.#open.files.facts(join(this.#directory, 'abort')) === undefined
      const { maxHashSlotNum: slots, maxIndexNum: entries } = this.#config
      const layout = { directory: join(this.#directory, INDEX_DIRECTORY), slots, entries }
      if (this.#config.messageIndexEnable) {
        this.#index = new IndexCheck(layout, this.#open, isComplete, (problem) => this.#report(problem))
        this.#index.begin(log.start)
      }
      const check = new QueueCheck(queues, log.start, (problem) => this.#report(problem))
      await this.#checkLog(log, check, dropped)
      this.#index?.end()
      check.end()
      const problems = [...this.#problems]
      if (this.#unreported > 0) problems.push(`… and ${this.#unreported} more`)
      const used = [...queues].filter((queue) => queue.max > 0).length
      return { records: this.#records, queues: used, logStart: this.#logStart, problems }
    } catch (failure) {
      const problems = [...this.#problems, textOf(failure)]
      return { records: this.#records, queues: 0, logStart: this.#logStart, problems }
    }
  }

  async #checkLog(log: SegmentFiles, check: QueueCheck, dropped: DroppedTopics): Promise<void> {
    const { end, reason } = await scanRecords(log, log.start, crcCheckOf(this.#config), (bytes, at, size, position) => {
      this.#checkRecord(bytes, at, size, position, check, dropped)
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
    check: QueueCheck,
    dropped: DroppedTopics,
  ): void {
    this.#records++
    const stored = readInt64(bytes, at + RECORD.physicalOffset)
    if (stored !== position) this.#report(`log position ${position}: the record says that it lies at ${stored}`)
    const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
    locateText(bytes, at, this.#text)
    const queueId = bytes.readInt32BE(at + RECORD.queueId)
    const { topic, keyHash } = this.#known.at(bytes, this.#text.topicAt, this.#text.topicEnd, queueId)
    if (this.#index !== undefined && isIndexed(sysFlag)) {
      if (this.#hashes.length > HASHES_MAX) this.#hashes.length = 0
      const first = this.#hashes.length
      hashProperties(bytes, this.#text.propertiesAt, at + size, keyHash, this.#hashes)
      this.#index.record(position, this.#hashes, first)
    }
    if (!hasQueueEntry(sysFlag)) return
    const isInner = (sysFlag & SYS_FLAG.innerBatch) !== 0
    const end = at + size
    const expected = {
      physicalOffset: position,
      size,
      // The delays of the schedule topic may have been others when the message was stored.
      tagsCode: topic === SYSTEM_TOPIC.schedule ? undefined : tagsCodeOf(bytes, this.#text.propertiesAt, end),
      storeTimestamp: storeTimestampOf(bytes, at),
      queueOffset: readInt64(bytes, at + RECORD.queueOffset),
      messages: isInner ? innerMessagesAt(bytes, this.#text.propertiesAt, end) : 1,
    }
    if (!dropped.has(topic, position)) check.record(topic, queueId, expected)
    if (!mayFeedLightQueues(topic) || check.isBatch(topic)) return
    visitLightQueues(topic, bytes, this.#text.propertiesAt, end, (name, queueOffset) => {
      if (!dropped.has(name, position)) check.lightRecord(name, { ...expected, queueOffset })
    })
  }

  #report(problem: string): void {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem)
    else this.#unreported++
  }
}
