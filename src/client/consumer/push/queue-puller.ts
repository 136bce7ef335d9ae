// Hot path: asks for messages, one request at a time per queue.
import { textOf } from '../../../base/errors/index.ts'
import {
  type Command,
  LitePullMessage,
  type Peer,
  PULL_FLAG,
  PullMessage,
  RESPONSE_CODE,
  responseCodeName,
} from '../../../remoting/index.ts'
import type { Ports } from '../../config.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import { type Brokers, MASTER_ID } from '../../connection/brokers.ts'
import type { TopicRoutes } from '../../route/topic-routes.ts'
import type { CachedMessage, ProcessQueue } from '../process-queue/process-queue.ts'
import type { Subscriptions } from '../subscriptions.ts'
import type { ConsumerStats } from './consumer-stats.ts'
import { pulledMessages } from './records.ts'

/** What pulling needs; the same for all queues of a consumer. */
export interface PullParts {
  /** `push`: pulls carry the progress along. `lite`: as lite pull consumers, each pull with its expression. */
  readonly kind: 'push' | 'broadcast' | 'lite'
  readonly group: string
  readonly pullBatch: number
  readonly pullBatchBytes: number
  /** Between two pulls that find messages; default none. */
  readonly pullIntervalMs?: number
  /** Longest pause after a failure; default {@link PULL_RETRY_MAX_MS}. */
  readonly pullRetryMaxMs?: number
  readonly subscriptions: Subscriptions
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  readonly routes: TopicRoutes
  readonly stats: ConsumerStats
  readonly ports: Ports
  isPaused(processQueue: ProcessQueue): boolean
  /** Messages came. */
  onMessages(processQueue: ProcessQueue): void
  /** The queue does not reach to where was asked; `offset` is where it can be read. */
  onOffsetIllegal(processQueue: ProcessQueue, offset: number): void
}

/** How long a broker may hold a pull that finds nothing, and how long we wait for its answer. */
const HOLD_MS = 15_000
const PULL_TIMEOUT_MS = 30_000
const LITE_FLAGS = PULL_FLAG.subscription | PULL_FLAG.litePull
/** Longest pause after a failure, unless a consumer says otherwise. Apache: `pullTimeDelayMillsWhenException`. */
export const PULL_RETRY_MAX_MS = 1000
/**
 * Pauses before the next pull: after failures twice the one before, up to the last. Apache:
 * `PULL_TIME_DELAY_MILLS_WHEN_…`.
 */
const PAUSE_MS = { brokerBusy: 20, firstFailure: 100, failure: 1000 } as const

/** Pulls one queue for as long as it is assigned here. Apache: `DefaultMQPushConsumerImpl.pullMessage`. */
export class QueuePuller {
  readonly processQueue: ProcessQueue
  readonly #parts: PullParts
  readonly #intervalMs: number
  readonly #retryFirstMs: number
  readonly #retryMaxMs: number
  readonly #round: () => void
  readonly #settle: (command: Command | undefined, failure: unknown) => void
  #brokerId = MASTER_ID
  #askedMs = 0
  #pauseMs: number
  #idle = true

  constructor(processQueue: ProcessQueue, parts: PullParts) {
    this.processQueue = processQueue
    this.#parts = parts
    this.#intervalMs = parts.pullIntervalMs ?? 0
    this.#retryMaxMs = parts.pullRetryMaxMs ?? PULL_RETRY_MAX_MS
    this.#retryFirstMs = Math.min(PAUSE_MS.firstFailure, this.#retryMaxMs)
    this.#pauseMs = this.#retryFirstMs
    this.#round = () => this.#next()
    this.#settle = (command, failure) => this.#answered(command, failure)
  }

  /** Begins, or goes on after a pause. */
  resume(): void {
    if (this.#idle) this.#next()
  }

  #next(): void {
    const { processQueue } = this
    const { subscriptions, brokers, connections, routes } = this.#parts
    this.#idle = this.#parts.isPaused(processQueue)
    if (processQueue.dropped || this.#idle) return
    const full = processQueue.full
    if (full !== undefined) {
      this.#parts.ports.logger.debug('pulling waits for the listener', { queue: processQueue.key, limit: full })
      processQueue.whenSpace(this.#round)
      return
    }
    const { topic, brokerName } = processQueue.queue
    const subscribed = subscriptions.get(topic)
    const target = brokers.toRead(brokerName, this.#brokerId)
    if (subscribed === undefined || target === undefined) {
      if (target === undefined) routes.askSoon(topic)
      this.#later(PAUSE_MS.failure)
      return
    }
    processQueue.lastPullMs = this.#parts.ports.clock.now()
    const peer = connections.open(target.address)
    if (peer !== undefined) this.#pull(peer, target.id)
    else
      connections.connect(target.address).then(
        (opened) => this.#pull(opened, target.id),
        (failure) => this.#answered(undefined, failure),
      )
  }

  #pull(peer: Peer, brokerId: number): void {
    const { processQueue } = this
    const { kind, group, pullBatch, pullBatchBytes, subscriptions, ports } = this.#parts
    const { topic, brokerName, queueId } = processQueue.queue
    const subscribed = subscriptions.get(topic)
    if (subscribed === undefined || processQueue.dropped) {
      this.#later(PAUSE_MS.failure)
      return
    }
    const { progress } = processQueue
    const isLite = kind === 'lite'
    const commits = kind === 'push' && progress > 0 && brokerId === MASTER_ID
    this.#askedMs = ports.clock.monotonicMs()
    const header = {
      consumerGroup: group,
      topic,
      queueId,
      queueOffset: processQueue.pulledTo,
      maxMsgNums: pullBatch,
      sysFlag: PULL_FLAG.suspend | (isLite ? LITE_FLAGS : commits ? PULL_FLAG.commitOffset : 0),
      commitOffset: commits ? progress : 0,
      suspendTimeoutMillis: HOLD_MS,
      subscription: isLite ? subscribed.data.subString : undefined,
      subVersion: subscribed.data.subVersion,
      expressionType: subscribed.data.expressionType,
      maxMsgBytes: pullBatchBytes,
      bname: brokerName,
    }
    peer.send(isLite ? LitePullMessage : PullMessage, header, { timeoutMs: PULL_TIMEOUT_MS }, this.#settle)
  }

  #answered(command: Command | undefined, failure: unknown): void {
    if (this.processQueue.dropped) return
    if (command === undefined) {
      this.#broken(textOf(failure))
      // The broker may have moved.
      this.#parts.routes.askSoon(this.processQueue.queue.topic)
      return
    }
    try {
      this.#read(command)
    } catch (unreadable) {
      this.#broken(textOf(unreadable))
    }
  }

  #read(command: Command): void {
    switch (command.code) {
      case RESPONSE_CODE.SUCCESS:
      case RESPONSE_CODE.PULL_NOT_FOUND:
      case RESPONSE_CODE.PULL_RETRY_IMMEDIATELY: {
        const header = PullMessage.readResponse(command.fields)
        this.#pauseMs = this.#retryFirstMs
        this.#brokerId = header.suggestWhichBrokerId
        if (command.code === RESPONSE_CODE.SUCCESS) this.#found(command.body, header.nextBeginOffset)
        else {
          this.processQueue.add(NOTHING, header.nextBeginOffset)
          this.#next()
        }
        return
      }
      case RESPONSE_CODE.PULL_OFFSET_MOVED:
        this.#parts.onOffsetIllegal(this.processQueue, PullMessage.readResponse(command.fields).nextBeginOffset)
        return
      case RESPONSE_CODE.FLOW_CONTROL:
        this.#later(PAUSE_MS.brokerBusy)
        return
      default:
        this.#broken(`${responseCodeName(command.code)}: ${command.remark ?? ''}`)
    }
  }

  #found(body: Buffer, nextOffset: number): void {
    const { processQueue } = this
    const { subscriptions, stats, ports } = this.#parts
    const { topic, brokerName } = processQueue.queue
    const messages = pulledMessages(body, brokerName, topic, subscriptions.get(topic)?.tags)
    const totals = stats.of(topic)
    totals.pulls++
    totals.pulledMessages += messages.length
    totals.pullMs += ports.clock.monotonicMs() - this.#askedMs
    processQueue.add(messages, nextOffset)
    // The next request goes out before the listener gets its turn, so that the broker works meanwhile.
    if (this.#intervalMs === 0) this.#next()
    else this.#later(this.#intervalMs)
    if (messages.length > 0) this.#parts.onMessages(processQueue)
  }

  #broken(reason: string): void {
    const { logger } = this.#parts.ports
    const fields = { queue: this.processQueue.key, reason }
    // Once per outage is enough for those who watch.
    if (this.#pauseMs === this.#retryFirstMs) logger.warn('pull failed; tried again and again', fields)
    else logger.debug('pull failed again', fields)
    this.#later(this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#retryMaxMs)
  }

  #later(ms: number): void {
    this.#parts.ports.clock.setTimeout(this.#round, ms, { background: true })
  }
}

const NOTHING: readonly CachedMessage[] = []
