import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import { findProperty, PROPERTY, SYSTEM_TOPIC } from '../../message/index.ts'
import type { AppendResult, MessageStore } from '../../store/index.ts'
import { appendOne, isStored } from '../append-one.ts'
import { readStoredMessages, type StoredMessage } from '../stored-message.ts'
import { DELAY_TOPIC, type DelayLevels, delayQueueOf } from './delay-levels.ts'
import type { DelayProgress } from './delay-progress.ts'

/** How long a level rests after a failure. Apache: `DELAY_FOR_A_PERIOD`. */
const REST_AFTER_FAILURE_MS = 10_000
/** Messages delivered before the progress of a level is noted. */
const BATCH_MAX = 32
/** The longest single wait that timers of Node can do. */
const WAIT_MAX_MS = 2_147_483_647

/** What the delivery of delayed messages stands on. */
export interface DelayServices {
  readonly store: MessageStore
  readonly progress: DelayProgress
  readonly levels: DelayLevels
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Delivers delayed messages to their own topics when they are due, each level in order of storing. A timer per level
 * waits for exactly the next message that is due. A message that was delivered just before a crash may be delivered
 * again after it. Apache: `ScheduleMessageService` (5.3.3).
 */
export class DelayedDelivery implements AsyncDisposable {
  readonly #levels: readonly Level[]

  /** Begins where the last run stopped. */
  constructor(services: DelayServices) {
    this.#levels = Array.from({ length: services.levels.max }, (_, index) => new Level(services, index + 1))
    for (const level of this.#levels) level.wake()
  }

  /** A message of the delay topic became readable. */
  arrived(queueId: number): void {
    this.#levels[queueId]?.wake()
  }

  /** Stops; what is being delivered is finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#levels.map((level) => level.close()))
  }
}

/** One level: asleep until a message arrives, waiting for the next one due, or delivering. */
class Level {
  readonly #services: DelayServices
  readonly #level: number
  readonly #queueId: number
  #timer: Timer | undefined
  #delivering: Promise<void> | undefined
  #closed = false

  constructor(services: DelayServices, level: number) {
    this.#services = services
    this.#level = level
    this.#queueId = delayQueueOf(level)
    const { store, progress } = services
    const minimum = store.minOffset(DELAY_TOPIC, this.#queueId)
    const maximum = store.maxOffset(DELAY_TOPIC, this.#queueId)
    progress.set(level, Math.min(Math.max(progress.get(level), minimum), maximum))
  }

  /** Something may be there to deliver. A level that waits or delivers will see it anyway, since it works in order. */
  wake(): void {
    if (this.#closed || this.#timer !== undefined || this.#delivering !== undefined) return
    if (this.#services.store.maxOffset(DELAY_TOPIC, this.#queueId) <= this.#services.progress.get(this.#level)) return
    this.#delivering = this.#deliver().then((waitMs) => {
      this.#delivering = undefined
      if (waitMs === undefined) this.wake()
      else this.#wait(waitMs)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#delivering
  }

  #wait(ms: number): void {
    if (this.#closed) return
    const { clock } = this.#services
    this.#timer = clock.setTimeout(
      () => {
        this.#timer = undefined
        this.wake()
      },
      Math.min(ms, WAIT_MAX_MS),
      { background: true },
    )
  }

  /** Delivers all that is due; resolves to the time until the next one, `undefined` when none is left. */
  async #deliver(): Promise<number | undefined> {
    const { logger, progress } = this.#services
    try {
      while (!this.#closed) {
        const offset = progress.get(this.#level)
        const messages = await this.#read(offset)
        if (messages === undefined) return undefined
        const waitMs = await this.#deliverDue(messages)
        if (waitMs !== undefined) return waitMs
      }
      return undefined
    } catch (failure) {
      logger.error('delayed messages could not be delivered', { level: this.#level, reason: textOf(failure) })
      return REST_AFTER_FAILURE_MS
    }
  }

  /** The next messages; `undefined` when there are none. What is no longer in the log is passed over. */
  async #read(offset: number): Promise<readonly StoredMessage[] | undefined> {
    const { store, progress, logger } = this.#services
    const read = await store.read(DELAY_TOPIC, this.#queueId, offset, { maxMessages: BATCH_MAX })
    if (read.status === 'FOUND') return readStoredMessages(read.slices)
    if (read.status === 'OFFSET_OVERFLOW_ONE' || read.status === 'NO_MESSAGE_IN_QUEUE') return undefined
    logger.warn('delayed messages are no longer stored', { level: this.#level, from: offset, to: read.nextOffset })
    progress.set(this.#level, read.nextOffset)
    return []
  }

  /** Delivers those that are due; returns the wait for the first that is not, or after a failure. */
  async #deliverDue(messages: readonly StoredMessage[]): Promise<number | undefined> {
    const { progress, clock } = this.#services
    const delayMs = this.#services.levels.delayMs(this.#level)
    const nowMs = clock.now()
    // When the machine's time was set back, nobody shall wait longer than the level says.
    const waitsMs = messages.map((message) => Math.min(message.storeTimestamp + delayMs - nowMs, delayMs))
    const firstWaiting = waitsMs.findIndex((waitMs) => waitMs > 0)
    const due = firstWaiting === -1 ? messages : messages.slice(0, firstWaiting)
    const results = await Promise.all(due.map((message) => this.#deliverOne(message)))
    for (const [index, message] of due.entries()) {
      const result = results[index]
      if (result !== undefined && !isStored(result)) return this.#failed(message, result)
      progress.set(this.#level, message.queueOffset + 1)
    }
    return waitsMs[firstWaiting]
  }

  #failed(message: StoredMessage, { status }: AppendResult): number {
    this.#services.logger.error('a delayed message could not be stored in its topic', {
      level: this.#level,
      offset: message.queueOffset,
      status,
    })
    return REST_AFTER_FAILURE_MS
  }

  /** Stores the message in its own topic; `undefined` when it has none, so that nothing can be done for it. */
  async #deliverOne(message: StoredMessage): Promise<AppendResult | undefined> {
    const { store, logger } = this.#services
    const topic = findProperty(message.properties, PROPERTY.realTopic)
    const queueId = Number(findProperty(message.properties, PROPERTY.realQueueId) ?? 0)
    if (topic === undefined || topic === SYSTEM_TOPIC.transactionHalf) {
      logger.error('a delayed message has no topic and is dropped', { level: this.#level, offset: message.queueOffset })
      return undefined
    }
    return appendOne(store, {
      topic,
      queueId,
      flag: message.flag,
      sysFlag: message.sysFlag,
      bornTimestamp: message.bornTimestamp,
      bornHost: message.bornHost,
      reconsumeTimes: message.reconsumeTimes,
      preparedTransactionOffset: 0,
      body: message.body,
      properties: message.properties,
      waitStoreOk: false,
    })
  }
}
