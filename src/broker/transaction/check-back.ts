import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import { PERM, PROPERTY, SYSTEM_TOPIC } from '../../message/index.ts'
import type { MessageStore } from '../../store/index.ts'
import { appendOne, isStored } from '../append-one.ts'
import { readStoredMessages, type StoredMessage } from '../stored-message.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { topicConfig } from '../topics/topic-table.ts'
import type { EndedHalves } from './ended-halves.ts'
import { HALF_QUEUE, HALF_TOPIC, type HalfFacts, halfFacts, movedHalf } from './half-message.ts'
import type { MovedHalves } from './moved-halves.ts'

/** How long one look through the half messages may take. Apache: `MAX_PROCESS_TIME_LIMIT`. */
const ROUND_MAX_MS = 60_000
/** Half messages read at once. */
const READ_MAX = 32
const HOUR_MS = 3_600_000

/** Asks the producers of a half message what became of it; false: none is connected. */
export type AskProducer = (half: StoredMessage, facts: HalfFacts) => boolean

/** What looking for open transactions stands on. */
export interface CheckBackParts {
  readonly store: MessageStore
  readonly topics: TopicTable
  readonly ended: EndedHalves
  readonly moved: MovedHalves
  readonly ask: AskProducer
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: {
    readonly transactionTimeOut: number
    readonly transactionCheckMax: number
    readonly transactionCheckInterval: number
    /** Hours; a half message older than this is put aside, since its record may be deleted. */
    readonly fileReservedTime: number
  }
}

/** What becomes of a half message without an end: `wait` ends the look, since those behind it are younger. */
type Fate = 'wait' | 'ask' | 'spare' | 'put-aside'

/**
 * Looks from time to time for half messages without an end, and asks their producers about them. One that was asked
 * about is stored again at the end of the queue, with the number of questions so far, so that the progress can move on.
 * One that was asked about too often is put aside in a topic for people to look at. Apache:
 * `TransactionalMessageCheckService`, `TransactionalMessageServiceImpl.check` (5.3.3).
 */
export class CheckBack implements AsyncDisposable {
  readonly #parts: CheckBackParts
  #timer: Timer | undefined
  #round: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: CheckBackParts) {
    this.#parts = parts
    this.#wait()
  }

  /** Stops; a half message that is being moved is moved. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#round
  }

  #wait(): void {
    if (this.#closed) return
    const { clock, settings, logger, ended } = this.#parts
    const begin = (): void => {
      this.#round = this.#look()
        .catch((failure) => logger.error('open transactions could not be checked', { reason: textOf(failure) }))
        .then(() => {
          ended.note()
          this.#wait()
        })
    }
    this.#timer = clock.setTimeout(begin, settings.transactionCheckInterval, { background: true })
  }

  async #look(): Promise<void> {
    const { clock, ended } = this.#parts
    const startMs = clock.now()
    while (!this.#closed && clock.now() - startMs <= ROUND_MAX_MS) {
      ended.passEnded()
      const halves = await this.#read(ended.next)
      if (halves === undefined) return
      for (const half of halves) {
        ended.passEnded()
        // While the records were read, the progress may have moved.
        if (half.queueOffset < ended.next) continue
        ended.skipTo(half.queueOffset)
        if (this.#closed || !(await this.#decide(half, startMs))) return
      }
    }
  }

  /** The next half messages; `undefined` when there are none. What is no longer in the log is passed over. */
  async #read(offset: number): Promise<readonly StoredMessage[] | undefined> {
    const { store, ended, logger } = this.#parts
    const read = await store.read(HALF_TOPIC, HALF_QUEUE, offset, { maxMessages: READ_MAX })
    if (read.status === 'FOUND') return readStoredMessages(read.slices)
    if (read.status === 'OFFSET_OVERFLOW_ONE' || read.status === 'NO_MESSAGE_IN_QUEUE') return undefined
    logger.warn('half messages are no longer stored', { from: offset, to: read.nextOffset })
    if (read.nextOffset <= offset) return undefined
    ended.skipTo(read.nextOffset)
    return []
  }

  /** Deals with the half message at the progress; true: it was passed. */
  async #decide(half: StoredMessage, startMs: number): Promise<boolean> {
    const facts = halfFacts(half, this.#parts.settings.transactionTimeOut)
    switch (this.#fateOf(half, facts, startMs)) {
      case 'ask':
        return this.#askAbout(half, facts)
      case 'spare': {
        const first = facts.properties[PROPERTY.transactionPreparedQueueOffset] ?? String(half.queueOffset)
        return (await this.#move(half, { [PROPERTY.transactionPreparedQueueOffset]: first })) !== undefined
      }
      case 'put-aside':
        return this.#putAside(half, facts)
      default:
        return false
    }
  }

  #fateOf(half: StoredMessage, { checkTimes, immunityMs }: HalfFacts, startMs: number): Fate {
    const { clock, settings } = this.#parts
    const ageMs = clock.now() - half.bornTimestamp
    if (checkTimes >= settings.transactionCheckMax || ageMs > settings.fileReservedTime * HOUR_MS) return 'put-aside'
    if (half.storeTimestamp >= startMs) return 'wait'
    if (immunityMs !== undefined) return ageMs < immunityMs ? 'spare' : 'ask'
    // A producer whose clock is ahead of ours is asked at once rather than never.
    return ageMs >= 0 && ageMs < settings.transactionTimeOut ? 'wait' : 'ask'
  }

  async #askAbout(half: StoredMessage, facts: HalfFacts): Promise<boolean> {
    const { ask, logger } = this.#parts
    const times = String(facts.checkTimes + 1)
    const again = await this.#move(half, { [PROPERTY.transactionCheckTimes]: times })
    if (again === undefined) return false
    if (again === 'ended') return true
    const { group, uniqueKey: transaction } = facts
    if (!ask(again, halfFacts(again, this.#parts.settings.transactionTimeOut)))
      logger.warn('nobody can be asked about a transaction: no producer of its group is connected', {
        group,
        transaction,
      })
    return true
  }

  /** Stores the half message again behind the others; `undefined`: that failed, and the look ends. */
  async #move(
    half: StoredMessage,
    changes: Readonly<Record<string, string>>,
  ): Promise<StoredMessage | 'ended' | undefined> {
    const { store, ended, moved, logger } = this.#parts
    const message = movedHalf(half, HALF_TOPIC, changes)
    const result = await appendOne(store, message)
    const { queueOffset, physicalOffset, status } = result
    if (!isStored(result)) {
      logger.error('a half message could not be stored again', { offset: half.queueOffset, status })
      return undefined
    }
    // Its producer may have ended it while it was being stored.
    const isEnded = ended.has(half.queueOffset) || ended.next > half.queueOffset
    moved.moved(half.queueOffset, queueOffset)
    if (ended.next === half.queueOffset) ended.pass()
    if (!isEnded) return { ...half, queueOffset, physicalOffset, properties: String(message.properties) }
    moved.ended(queueOffset)
    ended.end(queueOffset)
    return 'ended'
  }

  /** Apache: `DefaultTransactionalMessageCheckListener.resolveDiscardMsg` (5.3.3). */
  async #putAside(half: StoredMessage, { group, uniqueKey, checkTimes }: HalfFacts): Promise<boolean> {
    const { store, topics, ended, logger } = this.#parts
    const topic = SYSTEM_TOPIC.transactionCheckMax
    if (topics.get(topic) === undefined) topics.put(topicConfig(topic, 1, { perm: PERM.readWrite }))
    const result = await appendOne(store, movedHalf(half, topic, {}))
    if (!isStored(result)) {
      logger.error('a half message could not be put aside', { offset: half.queueOffset, status: result.status })
      return false
    }
    if (ended.next === half.queueOffset) ended.pass()
    logger.warn('a transaction without an end is put aside', { group, transaction: uniqueKey, checkTimes, topic })
    return true
  }
}
