// Hot path: what all sends of one group share.
import { type Deferred, deferred } from '../../base/async/index.ts'
import type { Clock } from '../../base/time/index.ts'
import type { MessageQueue } from '../../message/index.ts'
import { type RequestOf, SendMessageV2 } from '../../remoting/index.ts'
import type { Ports } from '../config.ts'
import type { BrokerConnections } from '../connection/broker-connections.ts'
import type { Brokers } from '../connection/brokers.ts'
import { clientErrors } from '../errors.ts'
import type { TopicRoute } from '../route/topic-route.ts'
import type { TopicRoutes } from '../route/topic-routes.ts'
import { QueueTurn } from './choose-queue.ts'
import type { ProducerSettings } from './config.ts'
import { checkSendableTopic, type Outgoing } from './outgoing.ts'
import { SendCall } from './send-call.ts'
import type { SendHook } from './send-hook.ts'
import type { SendResult } from './send-result.ts'
import { SlowBrokers } from './slow-brokers.ts'

/** What a sender needs of its client. */
export interface SenderParts {
  readonly routes: TopicRoutes
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  readonly ports: Ports
  readonly hook?: SendHook | undefined
}

/** The state of one topic that was sent to. */
interface SentTopic {
  readonly turn: QueueTurn
  finding: Promise<TopicRoute> | undefined
}

/**
 * Sends what is ready for the wire: at most `inFlightMax` at a time, the others in their order after them.
 * Apache: `DefaultMQProducerImpl`.
 */
export class Sender {
  readonly settings: ProducerSettings
  readonly clock: Clock
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  /** Set when slow brokers are to be avoided. */
  readonly slowBrokers: SlowBrokers | undefined
  /** Told of each message that was stored; absent when nobody wants to know. */
  readonly hook: SendHook | undefined
  readonly #routes: TopicRoutes
  readonly #ports: Ports
  readonly #topics = new Map<string, SentTopic>()
  readonly #idle = deferred()
  #waiting: SendCall[] = []
  #waitingFrom = 0
  #inFlight = 0
  #inFlightBytes = 0
  #room: Deferred<void> | undefined
  #closing = false

  constructor(settings: ProducerSettings, parts: SenderParts) {
    this.settings = settings
    this.slowBrokers = settings.avoidSlowBrokers ? new SlowBrokers() : undefined
    this.clock = parts.ports.clock
    this.brokers = parts.brokers
    this.connections = parts.connections
    this.hook = parts.hook
    this.#routes = parts.routes
    this.#ports = parts.ports
  }

  get closing(): boolean {
    return this.#closing
  }

  /**
   * Checks a topic once and keeps its route fresh from then on.
   * @throws RMQ_TOPIC_ILLEGAL, RMQ_TOPIC_NOT_SENDABLE
   */
  prepareTopic(topic: string): void {
    if (this.#topics.has(topic)) return
    checkSendableTopic(topic)
    this.#routes.watch(topic)
    this.#topics.set(topic, { turn: new QueueTurn(this.#ports.random), finding: undefined })
  }

  /** Sends; see `Producer.send`. The topic was prepared. */
  send(
    sent: Outgoing,
    timeoutMs: number,
    fixed: MessageQueue | ((queues: readonly MessageQueue[]) => MessageQueue) | undefined,
  ): Promise<SendResult> {
    const { inFlightMax, waitingMax } = this.settings
    const fits = this.#waiting.length === this.#waitingFrom && this.#fits(sent)
    if (!fits && this.#waiting.length - this.#waitingFrom >= waitingMax) {
      return Promise.reject(clientErrors.RMQ_SEND_BACKLOG({ waitingMax, inFlightMax }))
    }
    const call = new SendCall(this, sent, timeoutMs, fixed)
    if (fits) this.#start(call)
    else this.#waiting.push(call)
    return call.promise
  }

  /** Resolves when one more send would not have to wait. */
  ready(): Promise<void> {
    if (this.#hasRoom) return Promise.resolve()
    this.#room ??= deferred()
    return this.#room.promise
  }

  /** For {@link SendCall}: it is over. */
  finished(sent: Outgoing): void {
    this.#inFlight--
    this.#inFlightBytes -= sent.body.length
    for (let next = this.#waiting[this.#waitingFrom]; next !== undefined; next = this.#waiting[this.#waitingFrom]) {
      if (!this.#fits(next.sent)) return
      this.#waitingFrom++
      if (this.#waitingFrom === this.#waiting.length) {
        this.#waiting = []
        this.#waitingFrom = 0
      }
      this.#start(next)
    }
    if (this.#room !== undefined && this.#hasRoom) {
      this.#room.resolve()
      this.#room = undefined
    }
    if (this.#closing && this.#inFlight === 0) this.#idle.resolve()
  }

  get #hasRoom(): boolean {
    const { inFlightMax, inFlightBytesMax } = this.settings
    return this.#inFlight < inFlightMax && this.#inFlightBytes < inFlightBytesMax
  }

  /** A single message always fits, whatever its size. */
  #fits(sent: Outgoing): boolean {
    const { inFlightMax, inFlightBytesMax } = this.settings
    if (this.#inFlight === 0) return true
    return this.#inFlight < inFlightMax && this.#inFlightBytes + sent.body.length <= inFlightBytesMax
  }

  #start(call: SendCall): void {
    this.#inFlight++
    this.#inFlightBytes += call.sent.body.length
    call.start()
  }

  /** The route of a prepared topic, if it is known and has queues to send to. */
  publishRoute(topic: string): TopicRoute | undefined {
    const route = this.#routes.get(topic)
    return route === undefined || route.publishQueues.length === 0 ? undefined : route
  }

  /** Asks for such a route; those who ask at the same time share the question. */
  findPublishRoute(topic: string): Promise<TopicRoute> {
    const { createTopicKey, defaultTopicQueues } = this.settings
    const sentTopic = this.#topics.get(topic)
    const finding =
      sentTopic?.finding ??
      this.#routes.toPublish(topic, createTopicKey, defaultTopicQueues).finally(() => {
        if (sentTopic !== undefined) sentTopic.finding = undefined
      })
    if (sentTopic !== undefined) sentTopic.finding = finding
    return finding
  }

  /** The queue whose turn it is. */
  nextQueue(route: TopicRoute, notBroker: string | undefined): MessageQueue {
    const turn = this.#topics.get(route.topic)?.turn ?? new QueueTurn(this.#ports.random)
    const { slowBrokers } = this
    return slowBrokers === undefined
      ? turn.next(route.publishQueues, notBroker)
      : turn.next(route.publishQueues, notBroker, slowBrokers, this.clock.monotonicMs())
  }

  /** A queue of another broker than that of `failed`, if there is any. */
  otherQueue(failed: MessageQueue): MessageQueue {
    const route = this.publishRoute(failed.topic)
    return route === undefined ? failed : this.nextQueue(route, failed.brokerName)
  }

  /** What is known of a topic is no longer sure: a broker did not answer, or the topic was created just now. */
  routeIsDoubtful(topic: string): void {
    if (!this.#closing) this.#routes.askSoon(topic)
  }

  /** The request's header. */
  header(sent: Outgoing, queue: MessageQueue): RequestOf<typeof SendMessageV2> {
    const { settings } = this
    return {
      producerGroup: settings.group,
      topic: sent.topic,
      defaultTopic: settings.createTopicKey,
      defaultTopicQueueNums: settings.defaultTopicQueues,
      queueId: queue.queueId,
      sysFlag: sent.sysFlag,
      bornTimestamp: sent.bornTimestamp,
      flag: sent.flag,
      properties: sent.properties,
      reconsumeTimes: sent.reconsumeTimes,
      unitMode: false,
      maxReconsumeTimes: sent.maxReconsumeTimes,
      batch: sent.batch,
      brokerName: queue.brokerName,
    }
  }

  /** Waits for the sends under way and stops caring for topics. */
  async close(): Promise<void> {
    this.#closing = true
    if (this.#inFlight === 0) this.#idle.resolve()
    await this.#idle.promise
    await this.hook?.close()
    for (const topic of this.#topics.keys()) this.#routes.unwatch(topic)
    this.#topics.clear()
  }
}
