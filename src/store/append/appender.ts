// Hot path: all stored messages pass here.

import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { encodeRecord, HOST_BYTES, type RecordContent, recordBytes, SYSTEM_TOPIC } from '../../message/index.ts'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { Chunk } from '../commit-log/hot-tail.ts'
import { hasQueueEntry } from '../commit-log/record-reader.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import { scheduleCodeOf, tagsCodeOf } from '../consume-queue/tags-code.ts'
import { hashProperties, isIndexed } from '../index-file/key-hash.ts'
import type { AppendBatch, AppendMessage, AppendReceiver, AppendStatus } from '../message-store.ts'
import { type AppendGroup, answerAll, NO_OFFSETS, newGroup, refuse } from './append-group.ts'

/** Bytes that topic, properties and fixed fields may add to the largest body. Apache: `MessageExtEncoder`. */
const RECORD_OVERHEAD_MAX = 64 * 1024

/** Longest properties: the length field is a signed 16-bit integer. */
const PROPERTIES_BYTES_MAX = 32_767

const ENTRY_END = 2

/** What an {@link Appender} works with. */
export interface AppenderParts {
  readonly log: CommitLog
  readonly queues: QueueTable
  readonly clock: Clock
  readonly logger: Logger
  /** Address and port of the broker. */
  readonly storeHost: Buffer
  readonly maxMessageBytes: number
  /** Bytes that may wait for the disk before messages are refused. */
  readonly unflushedBytesMax: number
  readonly delaysMs: readonly number[]
  /** Whether keys are indexed. */
  readonly hasIndex: boolean
  readonly checkpoint: Checkpoint
  /** Gets each group once it is in the files. */
  readonly written: (group: AppendGroup) => void
}

/**
 * Encodes messages into the log's memory as they come, and writes those of one turn of the event loop together.
 * Apache: `CommitLog.asyncPutMessage` (5.3.3).
 */
export class Appender {
  readonly #parts: AppenderParts
  readonly #place = { queueOffset: 0, physicalOffset: 0, storeTimestamp: 0, storeHost: Buffer.alloc(0) as Buffer }
  #group = newGroup()
  #isScheduled = false
  #closed = false

  constructor(parts: AppenderParts) {
    this.#parts = parts
    this.#place.storeHost = parts.storeHost
  }

  append(message: AppendMessage, receiver: AppendReceiver): void {
    const now = this.#parts.clock.now()
    const queue = this.#parts.queues.getOrAdd(message.topic, message.queueId)
    const size = queue === undefined ? 0 : this.#measure(message, queue)
    const fault = this.#fault(message, queue, message.body.length, message.properties, size)
    if (queue === undefined || fault !== undefined) {
      this.#answerLater(receiver, fault ?? 'message-illegal', now)
      return
    }
    const chunk = this.#parts.log.reserve(size)
    const physicalOffset = chunk.end
    const queueOffset = this.#encode(chunk, queue, size, message, now)
    this.#add(receiver, message.waitStoreOk, physicalOffset, queueOffset, now, NO_OFFSETS)
  }

  appendBatch(batch: AppendBatch, receiver: AppendReceiver): void {
    const now = this.#parts.clock.now()
    const queue = this.#parts.queues.getOrAdd(batch.topic, batch.queueId)
    const more = typeof batch.properties === 'string' ? Buffer.from(batch.properties) : batch.properties
    const contents: RecordContent[] = []
    const sizes: number[] = []
    let total = 0
    let fault: AppendStatus | undefined = batch.parts.length === 0 ? 'message-illegal' : undefined
    for (const part of batch.parts) {
      const content = contentOfPart(batch, part.flag, part.body, joinProperties(part.properties, more))
      const size = queue === undefined ? 0 : this.#measure(content, queue)
      fault ??= this.#fault(batch, queue, content.body.length, content.properties, size)
      contents.push(content)
      sizes.push(size)
      total += size
    }
    if (total > this.#parts.log.recordBytesMax) fault ??= 'message-illegal'
    if (queue === undefined || fault !== undefined) {
      this.#answerLater(receiver, fault ?? 'message-illegal', now)
      return
    }
    const chunk = this.#parts.log.reserve(total)
    const physicalOffsets: number[] = []
    const queueOffset = queue.next
    for (const [index, content] of contents.entries()) {
      physicalOffsets.push(chunk.end)
      this.#encode(chunk, queue, sizes[index] ?? 0, content, now)
    }
    this.#add(receiver, batch.waitStoreOk, physicalOffsets[0] ?? 0, queueOffset, now, physicalOffsets)
  }

  /** Writes and hands on what was appended so far, at once. */
  commit(): void {
    this.#isScheduled = false
    const group = this.#group
    if (group.answers.length === 0) return
    this.#group = newGroup()
    group.end = this.#parts.log.end
    if (group.records.length === 0) {
      this.#parts.written(group)
      return
    }
    try {
      const { checkpoint, log } = this.#parts
      group.clockSteps = checkpoint.appending(group.storeTimestamp)
      log.write(group.storeTimestamp, group.clockSteps)
    } catch (failure) {
      this.#giveUp(group)
      this.#parts.logger.error('writing the commit log failed; its messages are refused', {
        messages: group.answers.length,
        reason: textOf(failure),
      })
      answerAll(group.answers, this.#receiverFailed)
      return
    }
    this.#parts.written(group)
  }

  /** From now on everything is refused. */
  close(): void {
    this.#closed = true
  }

  /** Encodes one record at the end of the chunk; returns its queue offset. */
  #encode(chunk: Chunk, queue: ConsumeQueue, size: number, content: RecordContent, now: number): number {
    const place = this.#place
    const physicalOffset = chunk.end
    const at = physicalOffset - chunk.start
    const isQueued = hasQueueEntry(content.sysFlag)
    place.queueOffset = isQueued ? queue.next : 0
    place.physicalOffset = physicalOffset
    place.storeTimestamp = now
    const propertiesAt = encodeRecord(chunk.bytes, at, size, content, queue.topicBytes, place)
    const { keyHashes } = this.#group
    const keysBefore = keyHashes.length
    let tagsCode =
      this.#parts.hasIndex && isIndexed(content.sysFlag)
        ? hashProperties(chunk.bytes, propertiesAt, at + size, queue.topicHash, keyHashes)
        : tagsCodeOf(chunk.bytes, propertiesAt, at + size)
    if (queue.topic === SYSTEM_TOPIC.schedule)
      tagsCode = scheduleCodeOf(chunk.bytes, propertiesAt, at + size, now, this.#parts.delaysMs)
    this.#parts.log.advance(chunk, size)
    const queueOffset = place.queueOffset
    if (isQueued) queue.next++
    this.#group.records.push({
      queue,
      queueOffset,
      physicalOffset,
      size,
      tagsCode,
      storeTimestamp: now,
      hasQueueEntry: isQueued,
      keys: keyHashes.length - keysBefore,
    })
    return queueOffset
  }

  #measure(content: RecordContent, queue: ConsumeQueue): number {
    const { properties } = content
    const propertiesBytes = typeof properties === 'string' ? Buffer.byteLength(properties) : properties.length
    return recordBytes(
      content.body.length,
      queue.topicBytes.length,
      propertiesBytes,
      content.bornHost.length,
      this.#parts.storeHost.length,
    )
  }

  #fault(
    message: AppendMessage | AppendBatch,
    queue: ConsumeQueue | undefined,
    bodyBytes: number,
    properties: string | Buffer,
    size: number,
  ): AppendStatus | undefined {
    if (this.#closed) return 'service-not-available'
    if (queue === undefined) return 'message-illegal'
    const propertiesBytesMost = typeof properties === 'string' ? properties.length * 3 : properties.length
    if (propertiesBytesMost > PROPERTIES_BYTES_MAX) {
      const exact = typeof properties === 'string' ? Buffer.byteLength(properties) : properties.length
      if (exact > PROPERTIES_BYTES_MAX) return 'properties-too-long'
    }
    const { maxMessageBytes, unflushedBytesMax, log } = this.#parts
    if (log.end - log.flushed > unflushedBytesMax) return 'service-not-available'
    const hostBytes = message.bornHost.length
    if (hostBytes !== HOST_BYTES.v4 && hostBytes !== HOST_BYTES.v6) return 'message-illegal'
    if (bodyBytes > maxMessageBytes || size > maxMessageBytes + RECORD_OVERHEAD_MAX) return 'message-illegal'
    return size > log.recordBytesMax ? 'message-illegal' : undefined
  }

  #add(
    receiver: AppendReceiver,
    waits: boolean,
    physicalOffset: number,
    queueOffset: number,
    storeTimestamp: number,
    physicalOffsets: readonly number[],
  ): void {
    this.#group.storeTimestamp = storeTimestamp
    const result = { status: 'ok' as const, physicalOffset, queueOffset, storeTimestamp, physicalOffsets }
    this.#group.answers.push({ receiver, result, waits })
    this.#schedule()
  }

  #answerLater(receiver: AppendReceiver, status: AppendStatus, storeTimestamp: number): void {
    const result = { status, physicalOffset: 0, queueOffset: 0, storeTimestamp, physicalOffsets: NO_OFFSETS }
    this.#group.answers.push({ receiver, result, waits: false })
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#parts.clock.setImmediate(this.#commitLater)
  }

  readonly #commitLater = (): void => this.commit()

  /** The log has rewound itself; queues follow. */
  #giveUp(group: AppendGroup): void {
    for (let index = group.records.length - 1; index >= 0; index--) {
      const record = group.records[index]
      if (record?.hasQueueEntry) record.queue.next = record.queueOffset
    }
    refuse(group.answers, 'service-not-available')
  }

  readonly #receiverFailed = (failure: unknown): void => {
    this.#parts.logger.error('a receiver of an append threw', { reason: textOf(failure) })
  }
}

function contentOfPart(batch: AppendBatch, flag: number, body: Buffer, properties: Buffer): RecordContent {
  return {
    queueId: batch.queueId,
    flag,
    sysFlag: batch.sysFlag,
    bornTimestamp: batch.bornTimestamp,
    bornHost: batch.bornHost,
    reconsumeTimes: batch.reconsumeTimes,
    preparedTransactionOffset: 0,
    body,
    properties,
  }
}

/** A message's properties, then the batch's; of a repeated name the last counts. */
function joinProperties(own: Buffer, more: Buffer): Buffer {
  if (more.length === 0) return own
  if (own.length === 0) return more
  const separator = own[own.length - 1] === ENTRY_END ? 0 : 1
  const joined = Buffer.allocUnsafe(own.length + separator + more.length)
  joined.set(own)
  if (separator === 1) joined[own.length] = ENTRY_END
  joined.set(more, own.length + separator)
  return joined
}
