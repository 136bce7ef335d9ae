import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import { encodeProperties, findProperty, PROPERTY } from '../../message/index.ts'
import type { MessageStore } from '../../store/index.ts'
import { appendOne, isStored } from '../append-one.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import { readStoredMessages } from '../stored-message.ts'
import { HALF_QUEUE, HALF_TOPIC, OP_TOPIC } from './half-message.ts'

/** Under this group the broker keeps how far it has looked through both topics. Apache: `TransactionalMessageUtil`. */
const GROUP = 'CID_RMQ_SYS_TRANS'
/** Tag of records that list ended half messages. Apache: `TransactionalMessageUtil.REMOVE_TAG`. */
const ENDED_TAG = 'd'
/** Follows every offset in such a record. */
const SEPARATOR = ','
/** Records read at once when the broker starts. */
const READ_MAX = 32
/** Ended half messages remembered before the progress is moved over them without waiting for the next look. */
const REMEMBERED_MAX = 100_000

/** One record of {@link OP_TOPIC}, stored or still gathered. */
interface EndRecord {
  offsets: string
  /** Half messages in it that the progress has not passed. */
  left: number
  /** Its offset in the op queue; `undefined` while it is not stored. */
  queueOffset: number | undefined
}

/** What {@link EndedHalves} stands on. */
export interface EndedHalvesParts {
  readonly store: MessageStore
  readonly offsets: ConsumerOffsets
  readonly clock: Clock
  readonly logger: Logger
  /** Address and port of the broker, as its own records carry them. */
  readonly ownHost: Buffer
  readonly nextUniqueKey: () => string
  readonly settings: { readonly transactionOpMsgMaxSize: number; readonly transactionOpBatchInterval: number }
}

/**
 * Which half messages are ended: in memory at once, in records of the op topic soon after, several in one. The progress
 * in both topics is kept with the offsets of consumers, where an Apache broker looks for it. Apache:
 * `TransactionalOpBatchService`, `TransactionalMessageServiceImpl.fillOpRemoveMap, calculateOpOffset` (5.3.3).
 * Invariant: a half message before {@link next} is ended, moved or put aside.
 */
export class EndedHalves implements AsyncDisposable {
  readonly #parts: EndedHalvesParts
  readonly #ended = new Map<number, EndRecord>()
  /** Stored records with half messages that the progress has not passed, oldest first. */
  readonly #records: EndRecord[] = []
  #gathered: EndRecord = newRecord()
  #timer: Timer | undefined
  #writing: Promise<void> = Promise.resolve()
  #next = 0
  #nextRecord = 0

  private constructor(parts: EndedHalvesParts) {
    this.#parts = parts
  }

  /** Reads what earlier runs, ours or Apache's, recorded. */
  static async open(parts: EndedHalvesParts): Promise<EndedHalves> {
    const opened = new EndedHalves(parts)
    opened.#next = opened.#kept(HALF_TOPIC)
    opened.#nextRecord = opened.#kept(OP_TOPIC)
    await opened.#load()
    return opened
  }

  /** The first half message whose fate is open, or the end of their queue. */
  get next(): number {
    return this.#next
  }

  has(offset: number): boolean {
    return this.#ended.has(offset)
  }

  /** A half message is ended. */
  end(offset: number): void {
    if (offset < this.#next || this.#ended.has(offset)) return
    const record = this.#gathered
    record.offsets += offset + SEPARATOR
    record.left++
    this.#ended.set(offset, record)
    const { transactionOpMsgMaxSize, transactionOpBatchInterval } = this.#parts.settings
    if (record.offsets.length >= transactionOpMsgMaxSize) this.#write()
    else this.#timer ??= this.#parts.clock.setTimeout(() => this.#write(), transactionOpBatchInterval, WITHOUT_WAITING)
    if (this.#ended.size > REMEMBERED_MAX) this.passEnded()
  }

  /** Moves the progress over the half message it stands at, which is ended, moved or put aside. */
  pass(): void {
    const record = this.#ended.get(this.#next)
    this.#ended.delete(this.#next)
    this.#next++
    if (record !== undefined) record.left--
  }

  /** Moves the progress to `offset`: what lay before is no longer stored. */
  skipTo(offset: number): void {
    if (offset <= this.#next) return
    for (const [passed, record] of this.#ended) {
      if (passed >= offset) continue
      this.#ended.delete(passed)
      record.left--
    }
    this.#next = offset
  }

  /** Moves the progress over everything ended, and notes it. */
  passEnded(): void {
    while (this.#ended.has(this.#next)) this.pass()
    this.note()
  }

  /** Notes the progress in the table of offsets. */
  note(): void {
    while (this.#records[0]?.left === 0) {
      this.#nextRecord = (this.#records[0].queueOffset ?? this.#nextRecord) + 1
      this.#records.shift()
    }
    this.#parts.offsets.set(GROUP, HALF_TOPIC, HALF_QUEUE, this.#next)
    this.#parts.offsets.set(GROUP, OP_TOPIC, HALF_QUEUE, this.#nextRecord)
  }

  /** Records what is gathered, so that nobody is asked about it again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#write()
    await this.#writing
    this.passEnded()
  }

  #kept(topic: string): number {
    const { offsets, store } = this.#parts
    const [minimum, maximum] = [store.minOffset(topic, HALF_QUEUE), store.maxOffset(topic, HALF_QUEUE)]
    return Math.min(Math.max(offsets.get(GROUP, topic, HALF_QUEUE) ?? minimum, minimum), maximum)
  }

  async #load(): Promise<void> {
    const { store } = this.#parts
    for (let from = this.#nextRecord; from < store.maxOffset(OP_TOPIC, HALF_QUEUE); ) {
      const read = await store.read(OP_TOPIC, HALF_QUEUE, from, { maxMessages: READ_MAX })
      for (const { properties, body, queueOffset } of readStoredMessages(read.slices)) {
        if (findProperty(properties, PROPERTY.tags) === ENDED_TAG) this.#loadRecord(body.toString(), queueOffset)
      }
      if (read.nextOffset <= from) break
      from = read.nextOffset
    }
    this.note()
  }

  #loadRecord(text: string, queueOffset: number): void {
    const record: EndRecord = { ...newRecord(), queueOffset }
    for (const part of text.split(SEPARATOR)) {
      const offset = Number(part)
      if (part === '' || !Number.isInteger(offset) || offset < this.#next || this.#ended.has(offset)) continue
      this.#ended.set(offset, record)
      record.left++
    }
    this.#records.push(record)
  }

  #write(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const record = this.#gathered
    if (record.offsets === '') return
    this.#gathered = newRecord()
    this.#writing = Promise.all([this.#writing, this.#store(record)]).then(() => undefined)
  }

  async #store(record: EndRecord): Promise<void> {
    const { store, ownHost, clock, nextUniqueKey, logger } = this.#parts
    const result = await appendOne(store, {
      topic: OP_TOPIC,
      queueId: HALF_QUEUE,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: clock.now(),
      bornHost: ownHost,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.from(record.offsets),
      properties: encodeProperties({
        [PROPERTY.waitStoreOk]: 'true',
        [PROPERTY.uniqueKey]: nextUniqueKey(),
        [PROPERTY.tags]: ENDED_TAG,
      }),
      waitStoreOk: false,
    })
    if (isStored(result)) {
      record.queueOffset = result.queueOffset
      this.#records.push(record)
      return
    }
    // In memory they count as ended all the same; only after a restart their producers would be asked once more.
    logger.error('the ends of transactions could not be recorded', { offsets: record.offsets, status: result.status })
  }
}

const WITHOUT_WAITING = { background: true }

function newRecord(): EndRecord {
  return { offsets: '', left: 0, queueOffset: undefined }
}
