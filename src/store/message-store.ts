import type { RecordContent } from '../message/index.ts'
import type { DiskUse } from './retention/disk-watch.ts'

/** A message on its way into the store: what its record says, and where it goes. */
export interface AppendMessage extends RecordContent {
  /**
   * With `innerBatch` the body is a batch as a client encodes it, which a batch queue stores as one record: it takes an
   * offset for each message inside. The store counts them and adds the properties that say so.
   */
  readonly sysFlag: number
  /** At most 127 bytes of UTF-8; topics that begin with `%RETRY%` up to 255. */
  readonly topic: string
  /** With SYNC_FLUSH: whether the answer waits for the disk. */
  readonly waitStoreOk: boolean
}

/** One message of an {@link AppendBatch}. */
export interface AppendBatchPart {
  readonly flag: number
  readonly body: Buffer
  readonly properties: Buffer
}

/** Messages of one queue that are stored one behind the other, all or none. */
export interface AppendBatch extends Omit<AppendMessage, 'flag' | 'body' | 'preparedTransactionOffset'> {
  /** The batch's own properties; they are added to those of each message. */
  readonly properties: string | Buffer
  readonly parts: readonly AppendBatchPart[]
}

/** How an append ended. Apache: `PutMessageStatus`. */
export type AppendStatus =
  | 'ok'
  /** Stored, but not known to be on the disk within `syncFlushTimeout`. */
  | 'flush-disk-timeout'
  /** Body, topic, queue or record outside the limits; nothing was stored. */
  | 'message-illegal'
  /** It names a light queue that would be one more than `maxLmqConsumeQueueNum`; nothing was stored. */
  | 'too-many-light-queues'
  /** More than 32,767 bytes of properties; nothing was stored. */
  | 'properties-too-long'
  /** The store is closing, the disk is nearly full or failed, or too much waits for it; nothing was stored. */
  | 'service-not-available'

/** The outcome of one append. */
export interface AppendResult {
  readonly status: AppendStatus
  /** Position of the (first) record in the log; 0 when nothing was stored. */
  readonly physicalOffset: number
  /** Position of the (first) message in its queue; 0 when nothing was stored. */
  readonly queueOffset: number
  /** Broker's clock, epoch ms. */
  readonly storeTimestamp: number
  /** Positions of all records of a batch; empty for a single message. */
  readonly physicalOffsets: readonly number[]
}

/** Gets the outcome of one append, exactly once, in a later turn of the event loop. */
export interface AppendReceiver {
  appended(result: AppendResult): void
}

/** What one read may return. */
export interface ReadLimits {
  readonly maxMessages: number
  /** Bytes of records; the first record is returned whatever its size. Default and upper limit 128 MiB. */
  readonly maxBytes?: number | undefined
  /** Whether a message with this tags code is wanted; default: all. */
  readonly accepts?: ((tagsCode: number) => boolean) | undefined
  /**
   * Whether a message is wanted by the bit map that was made of it when it was stored, asked after `accepts`; messages
   * without one are. Default: all.
   */
  readonly acceptsUnit?: ((storeTimestamp: number, bitMap: Buffer) => boolean) | undefined
  /** Whether the record of `size` bytes at `at` is wanted; asked after `accepts`. Default: all. */
  readonly acceptsRecord?: ((bytes: Buffer, at: number, size: number) => boolean) | undefined
}

/** How a read ended. Apache: `GetMessageStatus`. */
export type ReadStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MESSAGE_IN_QUEUE'

/** What a read found. */
export interface ReadResult {
  readonly status: ReadStatus
  /** Where to read next. */
  readonly nextOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  readonly messageCount: number
  /** Bytes of all slices. */
  readonly bytes: number
  /** Whole records back to back, views to be sent as they are; a record may lie across two of them. */
  readonly slices: readonly Buffer[]
  /** Log position of the last message returned, 0 for none. */
  readonly lastPhysicalOffset: number
}

/** Which messages {@link MessageStore.recordsByKey} gives back. */
export interface KeyLookup {
  /** The newest of those that match. */
  readonly maxMessages: number
  /** Bytes of records; the newest record is returned whatever its size. */
  readonly maxBytes: number
  /** Store time, epoch ms, both included. */
  readonly begin: number
  readonly end: number
}

/** What a search by key found. */
export interface KeyMatches {
  /** Whole records in the order of the log. Two keys may have one hash, so one may have another key. */
  readonly records: readonly Buffer[]
  /** Log position and store time of the last message that the index knows; 0 for none. */
  readonly lastOffset: number
  readonly lastTimestamp: number
}

/**
 * Which consumers' filters want a message, as a bit map for its queue entry; `undefined`: nothing is known. The record
 * of `size` bytes lies at `at`.
 */
export type BitMapOf = (topic: string, bytes: Buffer, at: number, size: number) => Buffer | undefined

/** Called for each message that has become readable. */
export type ArrivalListener = (
  topic: string,
  queueId: number,
  queueOffset: number,
  tagsCode: number,
  storeTimestamp: number,
  /** Bytes of its record. */
  size: number,
  /**
   * Messages in its record: more than one for an inner batch, whose first one has the queue offset; 0 in a light queue,
   * for a message that was told of already.
   */
  messages: number,
) => void

/** The message store of a broker. Apache: `MessageStore`, `DefaultMessageStore` (5.3.3). */
export interface MessageStore extends AsyncDisposable {
  /**
   * Copies the message into the log's write buffer, so views into frames may be passed, and assigns its offsets.
   * `receiver` is called when it was written (with SYNC_FLUSH and `waitStoreOk`: is on the disk). Never throws, never
   * calls back before it returns.
   */
  append(message: AppendMessage, receiver: AppendReceiver): void
  /** {@link append} for several messages of one queue: consecutive records, one outcome. */
  appendBatch(batch: AppendBatch, receiver: AppendReceiver): void
  /**
   * Messages of a queue from `fromOffset` on. Recent ones are returned at once; a promise means that files are read.
   * @throws RMQ_STORE_READ_FAILED  (rejects) the disk cannot be read
   */
  read(topic: string, queueId: number, fromOffset: number, limits: ReadLimits): ReadResult | Promise<ReadResult>
  /** First readable offset of a queue; 0 when there is no such queue. */
  minOffset(topic: string, queueId: number): number
  /** Offset behind the last readable message of a queue; 0 when there is no such queue. */
  maxOffset(topic: string, queueId: number): number
  /**
   * The offset `lower`: of the first message stored at `timeMs` or later, `upper`: of the last one stored until then.
   */
  offsetByTime(topic: string, queueId: number, timeMs: number, boundary: 'lower' | 'upper'): Promise<number>
  /** When the message at an offset was stored, epoch ms; `undefined` when it is not there. */
  storeTimeAt(topic: string, queueId: number, queueOffset: number): Promise<number | undefined>
  /** The whole record at a log position; `undefined` when none can begin there. */
  recordAt(physicalOffset: number): Promise<Buffer | undefined>
  /**
   * Messages of a topic with that key or unique id; none when keys are not indexed. A message is found from when its
   * append was answered.
   * @throws RMQ_STORE_READ_FAILED  (rejects) the disk cannot be read
   */
  recordsByKey(topic: string, key: string, lookup: KeyLookup): Promise<KeyMatches>
  /** Whether {@link read} would answer at once for this offset. */
  isHot(topic: string, queueId: number, queueOffset: number): boolean
  /** Sets the one listener for messages that have become readable. */
  onArrival(listener: ArrivalListener): void
  /** Every queue there is: topic → queue ids. */
  queues(): ReadonlyMap<string, readonly number[]>
  /** Removes a topic's queues; its records stay in the log. */
  dropTopic(topic: string): Promise<void>
  /** Where the log begins. */
  readonly minPhysicalOffset: number
  /** Where the log ends, messages included that are not readable yet. */
  readonly maxPhysicalOffset: number
  /** Up to where the log is on the disk. */
  readonly flushedOffset: number
  /** How full the store's disks are, a second ago at most. Apache: `DefaultMessageStore.getRuntimeInfo` (5.3.3). */
  diskUse(): DiskUse
  /**
   * Deletes log files older than `fileReservedTime` whatever the hour, now and at the next looks, and what points to
   * them; resolves after the first look. Apache: `DefaultMessageStore.executeDeleteFilesManually` (5.3.3).
   */
  deleteExpired(): Promise<void>
  /**
   * Removes the files of queues whose messages have all left the log, except of topics that are kept; returns of how
   * many. Their offsets go on where they were. Throws what the file system throws. Apache:
   * `ConsumeQueueStore.cleanExpired` (5.3.3), after which offsets begin at 0 again.
   */
  deleteExpiredQueues(isKept: (topic: string) => boolean): number
  /** Resolves when everything appended before is on the disk. */
  flush(): Promise<void>
  /**
   * Stops cleanly: answers what was appended, flushes all, leaves no `abort` file, releases the lock.
   * @throws RMQ_STORE_CLOSE_FAILED, RMQ_STORE_WRITE_FAILED  (rejects) the disk refuses: the lock is released, `abort`
   *   stays
   */
  [Symbol.asyncDispose](): Promise<void>
}
