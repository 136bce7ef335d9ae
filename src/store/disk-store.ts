import { totalmem } from 'node:os'
import { join } from 'node:path'
import { KeyedMutex, nextTurn, Slots } from '../base/async/index.ts'
import { readInt64 } from '../base/bytes/index.ts'
import { codeOf, textOf } from '../base/errors/index.ts'
import type { Files } from '../base/files/index.ts'
import type { Scope } from '../base/lifecycle/index.ts'
import type { Logger } from '../base/log/index.ts'
import type { Clock } from '../base/time/index.ts'
import { isRecordMagic, RECORD, RECORD_BYTES_MIN, storeTimestampOf } from '../message/index.ts'
import { type AppendGroup, answerAll } from './append/append-group.ts'
import { Appender } from './append/appender.ts'
import { Dispatcher } from './append/dispatcher.ts'
import { LightQueues } from './append/light-queues.ts'
import type { Checkpoint } from './checkpoint/checkpoint.ts'
import { writeCleanStop } from './checkpoint/clean-stop.ts'
import type { DroppedTopics } from './checkpoint/dropped-topics.ts'
import type { CommitLog } from './commit-log/commit-log.ts'
import type { LogPlaces } from './commit-log/log-places.ts'
import type { StoreConfig } from './config.ts'
import type { QueueTable } from './consume-queue/queue-table.ts'
import { QueueWriter } from './consume-queue/queue-writer.ts'
import { storeErrors } from './errors.ts'
import { GroupCommit } from './flush/group-commit.ts'
import { LogFlush } from './flush/log-flush.ts'
import { QueueFlush } from './flush/queue-flush.ts'
import type { IndexFiles } from './index-file/index-files.ts'
import { indexHash } from './index-file/key-hash.ts'
import type {
  AppendBatch,
  AppendMessage,
  AppendReceiver,
  ArrivalListener,
  BitMapOf,
  KeyLookup,
  KeyMatches,
  MessageStore,
  ReadLimits,
  ReadResult,
} from './message-store.ts'
import { ColdMemory } from './reading/cold-memory.ts'
import { EntryReader } from './reading/entry-reader.ts'
import { LogReader } from './reading/log-reader.ts'
import { offsetByTime, storeTimeAt } from './reading/offset-by-time.ts'
import { QueueReader } from './reading/queue-reader.ts'
import { UnitReader } from './reading/unit-reader.ts'
import { type DiskUse, DiskWatch } from './retention/disk-watch.ts'
import { type LogFollower, Retention } from './retention/retention.ts'
import { WriteGate } from './retention/write-gate.ts'
import type { NewNames } from './segments/new-names.ts'

/** Queue files that a clean stop brings to the disk at the same time; while the store works it is one by one. */
const SYNCS_AT_ONCE = 16

/** Searches by key at the same time; each holds what it has found until it is complete. */
const LOOKUPS_AT_ONCE = 8

const NO_MATCHES: KeyMatches = { records: [], lastOffset: 0, lastTimestamp: 0 }

/** What a {@link DiskStore} is made of; all of it is open and recovered. */
export interface DiskStoreParts {
  readonly config: StoreConfig
  readonly clock: Clock
  readonly files: Files
  readonly logger: Logger
  readonly directory: string
  readonly places: LogPlaces
  readonly log: CommitLog
  readonly queues: QueueTable
  readonly checkpoint: Checkpoint
  readonly names: NewNames
  /** Absent when keys are not indexed. */
  readonly index: IndexFiles | undefined
  readonly dropped: DroppedTopics
  readonly delaysMs: readonly number[]
  /** Absent when queues get no units. */
  readonly bitMapOf: BitMapOf | undefined
  /** Whether messages can name light queues. */
  readonly keepsLightQueues: boolean
  readonly storeHost: Buffer
  /** Closes files and releases the lock. */
  readonly opened: Scope
}

/** The store on files. Apache: `DefaultMessageStore` (5.3.3). */
export class DiskStore implements MessageStore {
  readonly #parts: DiskStoreParts
  readonly #dispatcher: Dispatcher
  readonly #appender: Appender
  readonly #logFlush: LogFlush
  readonly #groupCommit: GroupCommit | undefined
  readonly #queueFlush: QueueFlush
  readonly #entries: EntryReader
  readonly #logReader: LogReader
  readonly #reader: QueueReader
  readonly #watch: DiskWatch
  readonly #retention: Retention
  readonly #dropping = new KeyedMutex()
  readonly #lookups = new Slots(LOOKUPS_AT_ONCE)
  #closing: Promise<void> | undefined

  constructor(parts: DiskStoreParts) {
    this.#parts = parts
    const { config, clock, logger, log, queues, checkpoint, index, names } = parts
    const gate = new WriteGate()
    const writer = new QueueWriter(logger)
    this.#dispatcher = new Dispatcher(writer, index, log.end, logger)
    this.#appender = new Appender({
      log,
      queues,
      clock,
      logger,
      storeHost: parts.storeHost,
      maxMessageBytes: config.maxMessageSize,
      unflushedBytesMax: config.flushDiskType === 'SYNC_FLUSH' ? config.unflushedLogBytesMax : Number.POSITIVE_INFINITY,
      delaysMs: parts.delaysMs,
      hasIndex: index !== undefined,
      checkpoint,
      appendsCrc: config.enabledAppendPropCRC || config.forceVerifyPropCRC,
      gate,
      light: parts.keepsLightQueues ? new LightQueues(queues, config.maxLmqConsumeQueueNum) : undefined,
      bitMapOf: parts.bitMapOf,
      written: (group) => this.#written(group),
    })
    this.#logFlush = new LogFlush(log, checkpoint, clock, logger, config)
    const dispatch = (group: AppendGroup): void => this.#dispatcher.dispatch(group)
    if (config.flushDiskType === 'SYNC_FLUSH') {
      const flush = this.#logFlush
      const timeoutMs = config.syncFlushTimeout
      this.#groupCommit = new GroupCommit({ log, flush, clock, logger, timeoutMs, dispatch })
    } else {
      this.#logFlush.start()
    }
    const dispatcher = this.#dispatcher
    this.#queueFlush = new QueueFlush({
      log,
      queues,
      index,
      writer,
      dispatcher,
      checkpoint,
      names,
      gate,
      clock,
      logger,
      config,
    })
    this.#queueFlush.start()
    this.#watch = new DiskWatch(parts)
    const followers = (): Iterable<LogFollower> => (index === undefined ? queues : [...queues, index])
    const flushQueues = (): Promise<number> => this.#queueFlush.flushNow()
    const watch = this.#watch
    this.#retention = new Retention({ config, log, followers, flushQueues, watch, gate, clock, logger })
    this.#retention.start()
    const memory = new ColdMemory(config)
    this.#entries = new EntryReader(config.coldQueueBytesMax, memory)
    this.#logReader = new LogReader(log, config.coldLogBytesMax, memory)
    const recentBytes = (totalmem() * config.accessMessageInMemoryMaxRatio) / 100
    const units = new UnitReader(config.coldQueueBytesMax, memory)
    this.#reader = new QueueReader({ log, config, recentBytes, entries: this.#entries, units, reader: this.#logReader })
  }

  get minPhysicalOffset(): number {
    return this.#parts.log.minimum
  }

  get maxPhysicalOffset(): number {
    return this.#parts.log.end
  }

  get flushedOffset(): number {
    return this.#parts.log.flushed
  }

  append(message: AppendMessage, receiver: AppendReceiver): void {
    this.#appender.append(message, receiver)
  }

  appendBatch(batch: AppendBatch, receiver: AppendReceiver): void {
    this.#appender.appendBatch(batch, receiver)
  }

  read(topic: string, queueId: number, fromOffset: number, limits: ReadLimits): ReadResult | Promise<ReadResult> {
    return this.#reader.read(this.#parts.queues.get(topic, queueId), fromOffset, limits)
  }

  minOffset(topic: string, queueId: number): number {
    return this.#parts.queues.get(topic, queueId)?.min ?? 0
  }

  maxOffset(topic: string, queueId: number): number {
    return this.#parts.queues.get(topic, queueId)?.max ?? 0
  }

  async offsetByTime(topic: string, queueId: number, timeMs: number, boundary: 'lower' | 'upper'): Promise<number> {
    const queue = this.#parts.queues.get(topic, queueId)
    return queue === undefined ? 0 : offsetByTime(queue, timeMs, boundary, this.#entries, this.#logReader)
  }

  async storeTimeAt(topic: string, queueId: number, queueOffset: number): Promise<number | undefined> {
    const queue = this.#parts.queues.get(topic, queueId)
    return queue === undefined ? undefined : storeTimeAt(queue, queueOffset, this.#entries, this.#logReader)
  }

  async recordAt(physicalOffset: number): Promise<Buffer | undefined> {
    const head = await this.#logReader.bytesAt(physicalOffset, RECORD_BYTES_MIN)
    // The place may be anyone's guess, and what lies there no record but a size of gigabytes.
    if (head === undefined || !isRecordMagic(head.readInt32BE(RECORD.magic))) return undefined
    const size = head.readInt32BE(RECORD.totalSize)
    return size < RECORD_BYTES_MIN ? undefined : this.#logReader.bytesAt(physicalOffset, size)
  }

  async recordsByKey(topic: string, key: string, lookup: KeyLookup): Promise<KeyMatches> {
    await this.#lookups.take()
    try {
      return await this.#recordsByKey(topic, key, lookup)
    } finally {
      this.#lookups.release()
    }
  }

  async #recordsByKey(
    topic: string,
    key: string,
    { maxMessages, maxBytes, begin, end }: KeyLookup,
  ): Promise<KeyMatches> {
    const { index } = this.#parts
    if (index === undefined) return NO_MATCHES
    const { end: lastOffset, endTimestamp } = index
    // The index knows whole seconds only, so it may name messages that do not belong here.
    const offsets = await index.find({ hash: indexHash(topic, key), max: maxMessages * 2, begin, end })
    const records: Buffer[] = []
    let bytes = 0
    for (const offset of offsets.toReversed()) {
      const record = records.length < maxMessages ? await this.recordAt(offset) : undefined
      if (record === undefined) continue
      const stored = storeTimestampOf(record, 0)
      if (stored < begin || stored > end) continue
      bytes += record.length
      if (bytes > maxBytes && records.length > 0) break
      records.push(record)
    }
    return { records: records.reverse(), lastOffset: Math.max(0, lastOffset), lastTimestamp: endTimestamp }
  }

  isHot(topic: string, queueId: number, queueOffset: number): boolean {
    const queue = this.#parts.queues.get(topic, queueId)
    if (queue === undefined || queueOffset < queue.hotStart) return false
    if (queueOffset >= queue.max) return true
    const { bytes, at } = queue.hotEntries(queueOffset)
    return readInt64(bytes, at) >= this.#parts.log.hotStart
  }

  onArrival(listener: ArrivalListener): void {
    this.#dispatcher.onArrival(listener)
  }

  queues(): ReadonlyMap<string, readonly number[]> {
    return this.#parts.queues.names()
  }

  dropTopic(topic: string): Promise<void> {
    const { dropped, log, queues } = this.#parts
    return this.#dropping.run('', async () => {
      // Noted first, so that a crash in between leaves it undone or lets recovery finish it; and again when messages
      // came meanwhile.
      let end = log.end
      await dropped.add(topic, end)
      const isNoted = end === log.end
      end = log.end
      queues.drop(topic)
      if (!isNoted) await dropped.add(topic, end)
      await queues.syncNames()
    })
  }

  diskUse(): DiskUse {
    return this.#watch.use()
  }

  deleteExpired(): Promise<void> {
    return this.#retention.deleteExpired()
  }

  deleteExpiredQueues(isKept: (topic: string) => boolean): number {
    const { queues, log } = this.#parts
    let removed = 0
    for (const queue of queues) if (!isKept(queue.topic) && queue.removeWhenEmpty(log.minimum)) removed++
    return removed
  }

  async flush(): Promise<void> {
    await nextTurn(this.#parts.clock)
    await this.#logFlush.flush()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** The group is in the files; now it becomes readable, at once or when it is on the disk. */
  #written(group: AppendGroup): void {
    if (this.#groupCommit !== undefined && group.records.length > 0) {
      this.#groupCommit.add(group)
      this.#parts.log.shrink(this.#parts.log.flushed)
      return
    }
    this.#dispatcher.dispatch(group)
    this.#parts.log.shrink(this.#parts.log.written)
    answerAll(group.answers, (failure) => {
      this.#parts.logger.error('a receiver of an append threw', { reason: String(failure) })
    })
  }

  /** The order matters: `abort` goes last, when everything is on the disk and every record has its entries. */
  async #close(): Promise<void> {
    const { log, queues, index, files, directory, opened, logger, names } = this.#parts
    let step = 'flushing the commit log'
    try {
      this.#appender.close()
      this.#appender.commit()
      await this.#retention.stop()
      await this.#groupCommit?.drain()
      this.#logFlush.stop()
      await this.#queueFlush.stop()
      await this.#logFlush.flush()
      step = 'flushing the consume queues'
      await this.#queueFlush.flushAll(SYNCS_AT_ONCE)
      step = 'finishing the index'
      await index?.finish()
      step = 'ending the commit log'
      await log.finish()
      step = 'noting the clean stop'
      const { minimum: logStart, written: logEnd } = log
      await writeCleanStop(directory, files, { logStart, logEnd, indexEnd: index?.end, queues: queues.toLeave() })
      names.changed(directory)
      await names.sync()
      files.remove(join(directory, 'abort'))
    } catch (failure) {
      if (codeOf(failure)?.startsWith('RMQ_') === true) throw failure
      throw storeErrors.RMQ_STORE_CLOSE_FAILED({ dir: directory, step, reason: textOf(failure) }, failure)
    } finally {
      await opened[Symbol.asyncDispose]()
    }
    logger.info('the store is closed', { to: log.written })
  }
}
