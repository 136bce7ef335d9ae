// Hot path: all stored messages pass here.

import { textOf } from '../../base/errors/index.ts'
import { type Logger, Trouble } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import {
  encodeRecord,
  HOST_BYTES,
  hasQueueEntry,
  propertyCrcBytes,
  type RecordContent,
  recordBytes,
  SYS_FLAG,
  SYSTEM_TOPIC,
  withoutPropertyCrc,
  writePropertyCrc,
} from '../../message/index.ts'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import type { Chunk } from '../commit-log/hot-tail.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import { scheduleCodeOf, tagsCodeOf } from '../consume-queue/tags-code.ts'
import { hashProperties, isIndexed } from '../index-file/key-hash.ts'
import type { AppendBatch, AppendMessage, AppendReceiver, AppendStatus, BitMapOf } from '../message-store.ts'
import type { WriteGate } from '../retention/write-gate.ts'
import { type AppendGroup, answerAll, NO_LIGHTS, NO_OFFSETS, newGroup, refuse } from './append-group.ts'
import { contentOfPart, joinProperties } from './contents.ts'
import { innerBatchContent, innerMessages, namesInnerBatch } from './inner-batch.ts'
import { type LightEntry, type LightQueues, namesOffsets } from './light-queues.ts'
import { hasLegalNumbers, isLegalTopic, looksTorn, PROPERTIES_BYTES_MAX, RECORD_OVERHEAD_MAX } from './limits.ts'

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
  /** Whether each record ends with its own checksum. */
  readonly appendsCrc: boolean
  /** Shut: messages are refused. */
  readonly gate: WriteGate
  /** Absent when messages cannot name light queues. */
  readonly light: LightQueues | undefined
  /** Absent when queues get no units. */
  readonly bitMapOf: BitMapOf | undefined
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
  readonly #writing: Trouble
  #group = newGroup()
  #isScheduled = false
  #closed = false

  constructor(parts: AppenderParts) {
    this.#parts = parts
    this.#writing = new Trouble(parts.logger, 'writing the commit log', 'its messages are refused')
    this.#place.storeHost = parts.storeHost
  }

  append(message: AppendMessage, receiver: AppendReceiver): void {
    const now = this.#parts.clock.now()
    const queue = this.#parts.queues.getOrAdd(message.topic, message.queueId)
    if (queue !== undefined && (queue.kind === 'batch' || (message.sysFlag & SYS_FLAG.innerBatch) !== 0)) {
      this.#appendToBatchQueue(message, queue, receiver, now)
      return
    }
    const plan = this.#parts.light?.plan(message)
    if (plan === undefined) this.#appendOne(message, message, queue, 1, NO_LIGHTS, receiver, now)
    else if (typeof plan === 'string') this.#answerLater(receiver, plan, now)
    else this.#appendOne(plan.content, message, queue, 1, plan.entries, receiver, now)
  }

  /** Apache: `SendMessageProcessor.sendBatchMessage`, `HookUtils.checkInnerBatch` (5.3.3). */
  #appendToBatchQueue(message: AppendMessage, queue: ConsumeQueue, receiver: AppendReceiver, now: number): void {
    if (queue.kind === 'batch' && (message.sysFlag & SYS_FLAG.innerBatch) === 0 && !namesInnerBatch(message)) {
      this.#appendOne(message, message, queue, 1, NO_LIGHTS, receiver, now)
      return
    }
    const messages = queue.kind === 'batch' ? innerMessages(message) : 0
    if (messages === 0) {
      this.#answerLater(receiver, 'message-illegal', now)
      return
    }
    const content = innerBatchContent(message, messages, queue.next)
    this.#appendOne(content, message, queue, messages, NO_LIGHTS, receiver, now)
  }

  /** `given` is the message as its record is to hold it. */
  #appendOne(
    given: RecordContent,
    message: AppendMessage,
    queue: ConsumeQueue | undefined,
    messages: number,
    lights: readonly LightEntry[],
    receiver: AppendReceiver,
    now: number,
  ): void {
    const content = this.#parts.appendsCrc ? withoutCrcOfAnother(given) : given
    const propertiesBytes = this.#propertiesBytes(content.properties)
    const size = queue === undefined ? 0 : this.#measure(content, propertiesBytes, queue)
    const fault = this.#fault(content, queue, propertiesBytes, size)
    if (queue === undefined || fault !== undefined) {
      this.#answerLater(receiver, fault ?? 'message-illegal', now)
      return
    }
    const chunk = this.#parts.log.reserve(size)
    const physicalOffset = chunk.end
    const queueOffset = this.#encode(chunk, queue, size, content, messages, lights, now)
    this.#add(receiver, message.waitStoreOk, physicalOffset, queueOffset, now, NO_OFFSETS)
  }

  appendBatch(batch: AppendBatch, receiver: AppendReceiver): void {
    const now = this.#parts.clock.now()
    const queue = this.#parts.queues.getOrAdd(batch.topic, batch.queueId)
    const more = typeof batch.properties === 'string' ? Buffer.from(batch.properties) : batch.properties
    const contents: RecordContent[] = []
    const sizes: number[] = []
    let total = 0
    const isInner = (batch.sysFlag & SYS_FLAG.innerBatch) !== 0
    let fault: AppendStatus | undefined = batch.parts.length === 0 || isInner ? 'message-illegal' : undefined
    for (const part of batch.parts) {
      const content = contentOfPart(batch, part.flag, part.body, joinProperties(part.properties, more))
      const propertiesBytes = this.#propertiesBytes(content.properties)
      const size = queue === undefined ? 0 : this.#measure(content, propertiesBytes, queue)
      fault ??= this.#fault(content, queue, propertiesBytes, size)
      if (this.#parts.light !== undefined && namesOffsets(content.properties)) fault ??= 'message-illegal'
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
      this.#encode(chunk, queue, sizes[index] ?? 0, content, 1, NO_LIGHTS, now)
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
      this.#writing.failed(failure)
      answerAll(group.answers, this.#receiverFailed)
      return
    }
    this.#writing.worked()
    this.#parts.written(group)
  }

  /** From now on everything is refused. */
  close(): void {
    this.#closed = true
  }

  /** Encodes one record at the end of the chunk; returns its queue offset. */
  #encode(
    chunk: Chunk,
    queue: ConsumeQueue,
    size: number,
    content: RecordContent,
    messages: number,
    lights: readonly LightEntry[],
    now: number,
  ): number {
    const place = this.#place
    const physicalOffset = chunk.end
    const at = physicalOffset - chunk.start
    const isQueued = hasQueueEntry(content.sysFlag)
    place.queueOffset = isQueued ? queue.next : 0
    place.physicalOffset = physicalOffset
    place.storeTimestamp = now
    const propertiesAt = encodeRecord(chunk, at, size, content, queue.topicBytes, place)
    if (this.#parts.appendsCrc) writePropertyCrc(chunk.bytes, at, size, propertyCrcBytes(content.properties))
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
    if (isQueued) queue.next += messages
    for (const light of lights) light.queue.next++
    const bitMap = isQueued ? this.#parts.bitMapOf?.(queue.topic, chunk.bytes, at, size) : undefined
    this.#group.records.push({
      queue,
      queueOffset,
      physicalOffset,
      size,
      tagsCode,
      storeTimestamp: now,
      messages,
      bitMap,
      hasQueueEntry: isQueued,
      keys: keyHashes.length - keysBefore,
      lights,
    })
    return queueOffset
  }

  #propertiesBytes(properties: string | Buffer): number {
    const bytes = typeof properties === 'string' ? Buffer.byteLength(properties) : properties.length
    return this.#parts.appendsCrc ? bytes + propertyCrcBytes(properties) : bytes
  }

  #measure(content: RecordContent, propertiesBytes: number, queue: ConsumeQueue): number {
    return recordBytes(
      content.body.length,
      queue.topicBytes.length,
      propertiesBytes,
      content.bornHost.length,
      this.#parts.storeHost.length,
    )
  }

  #fault(
    content: RecordContent,
    queue: ConsumeQueue | undefined,
    propertiesBytes: number,
    size: number,
  ): AppendStatus | undefined {
    if (this.#closed || this.#parts.gate.isShut) return 'service-not-available'
    if (queue === undefined || !isLegalTopic(queue) || !hasLegalNumbers(content)) return 'message-illegal'
    if (looksTorn(content.properties)) return 'message-illegal'
    if (propertiesBytes > PROPERTIES_BYTES_MAX) return 'properties-too-long'
    const { maxMessageBytes, unflushedBytesMax, log } = this.#parts
    if (log.end - log.flushed > unflushedBytesMax) return 'service-not-available'
    const bodyBytes = content.body.length
    const hostBytes = content.bornHost.length
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
      for (const { queue, queueOffset } of record?.lights ?? NO_LIGHTS) queue.next = queueOffset
    }
    refuse(group.answers, 'service-not-available')
  }

  readonly #receiverFailed = (failure: unknown): void => {
    this.#parts.logger.error('a receiver of an append threw', { reason: textOf(failure) })
  }
}

/** A message read from the log and stored again may bring the checksum of its former record along. */
function withoutCrcOfAnother(message: RecordContent): RecordContent {
  const properties = withoutPropertyCrc(message.properties)
  return properties === message.properties ? message : { ...message, properties }
}
