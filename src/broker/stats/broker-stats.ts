// Hot path: counts every stored message and every pull.
import type { Clock, Timer } from '../../base/time/index.ts'
import { Counted, SAMPLE_MS } from './counted.ts'
import { Throughput } from './throughput.ts'

/** What is counted, under the names tools ask for. Apache: `Stats`, `BrokerStatsManager` (5.3.3). */
const STATISTIC = {
  topicPutMessages: 'TOPIC_PUT_NUMS',
  topicPutBytes: 'TOPIC_PUT_SIZE',
  groupGetMessages: 'GROUP_GET_NUMS',
  groupGetBytes: 'GROUP_GET_SIZE',
  sentBack: 'SNDBCK_PUT_NUMS',
  brokerPut: 'BROKER_PUT_NUMS',
  brokerGet: 'BROKER_GET_NUMS',
} as const

/** Divides topic and group in the keys of a group's statistics. */
const SEPARATOR = '@'
const SECOND_MS = 1000

/** Messages and bytes of one topic or of one group in one topic. */
interface Traffic {
  readonly messages: Counted
  readonly bytes: Counted
}

/**
 * Counts what goes in and out, and keeps what the counts were, so that rates can be told. Topics and groups that stood
 * still for a day are forgotten. Apache: `BrokerStatsManager`, `StoreStatsService`, `BrokerStats` (5.3.3).
 */
export class BrokerStats implements Disposable {
  /** Messages stored; those that the broker stores itself, such as due delayed ones, count as well. */
  readonly put = new Throughput()
  readonly putBytes = new Throughput()
  /** Pulls that found messages, and that found none. */
  readonly found = new Throughput()
  readonly missed = new Throughput()
  /** Messages handed out. */
  readonly transferred = new Throughput()
  readonly startedMs: number
  readonly #cluster: string
  readonly #clock: Clock
  readonly #ticking: Timer
  readonly #topics = new Map<string, Traffic>()
  readonly #groups = new Map<string, Traffic>()
  readonly #sentBack = new Map<string, Counted>()
  readonly #broker = { put: new Counted(), get: new Counted() }
  #lastTopic = ''
  #lastTraffic: Traffic | undefined
  #sampledMs: number
  #day: number

  constructor(cluster: string, clock: Clock) {
    this.#cluster = cluster
    this.#clock = clock
    this.startedMs = clock.now()
    this.#sampledMs = this.startedMs
    this.#day = dayOf(this.startedMs)
    this.#ticking = clock.setInterval(() => this.#tick(), SECOND_MS, { background: true })
  }

  /** Messages were stored as one record; `bytes` of it. */
  stored(topic: string, bytes: number, messages: number): void {
    this.put.total += messages
    this.putBytes.total += bytes
    // Messages of one topic come in runs.
    if (topic !== this.#lastTopic || this.#lastTraffic === undefined) {
      this.#lastTopic = topic
      this.#lastTraffic = trafficOf(this.#topics, topic)
    }
    count(this.#lastTraffic.messages, messages)
    count(this.#lastTraffic.bytes, bytes)
    count(this.#broker.put, messages)
  }

  /** A pull was answered with messages. */
  fetched(group: string, topic: string, messages: number, bytes: number): void {
    this.found.total++
    this.transferred.total += messages
    const traffic = trafficOf(this.#groups, topic + SEPARATOR + group)
    count(traffic.messages, messages)
    count(traffic.bytes, bytes)
    count(this.#broker.get, messages)
  }

  /** A pull was answered without messages, or waits for them. */
  foundNothing(): void {
    this.missed.total++
  }

  /** A consumer gave a message back. */
  sentBack(group: string, topic: string): void {
    const key = topic + SEPARATOR + group
    let counted = this.#sentBack.get(key)
    if (counted === undefined) {
      counted = new Counted()
      this.#sentBack.set(key, counted)
    }
    count(counted, 1)
  }

  /** One statistic by the names tools use; `undefined` when nothing of the kind was counted. */
  find(name: string, key: string): Counted | undefined {
    switch (name) {
      case STATISTIC.topicPutMessages:
        return this.#topics.get(key)?.messages
      case STATISTIC.topicPutBytes:
        return this.#topics.get(key)?.bytes
      case STATISTIC.groupGetMessages:
        return this.#groups.get(key)?.messages
      case STATISTIC.groupGetBytes:
        return this.#groups.get(key)?.bytes
      case STATISTIC.sentBack:
        return this.#sentBack.get(key)
      case STATISTIC.brokerPut:
        return key === this.#cluster ? this.#broker.put : undefined
      case STATISTIC.brokerGet:
        return key === this.#cluster ? this.#broker.get : undefined
      default:
        return undefined
    }
  }

  /** Messages of a topic stored per second over the last minute. */
  putTps(topic: string): number {
    return this.#topics.get(topic)?.messages.spans().statsMinute.tps ?? 0
  }

  /** Messages of a topic handed out to a group per second over the last minute. */
  getTps(group: string, topic: string): number {
    return this.#groups.get(topic + SEPARATOR + group)?.messages.spans().statsMinute.tps ?? 0
  }

  [Symbol.dispose](): void {
    this.#ticking.cancel()
  }

  #tick(): void {
    const nowMs = this.#clock.now()
    const all = [this.put, this.putBytes, this.found, this.missed, this.transferred]
    for (const one of all) one.sample(nowMs)
    if (dayOf(nowMs) !== this.#day) {
      this.#day = dayOf(nowMs)
      for (const one of all) one.newDay()
    }
    if (nowMs - this.#sampledMs < SAMPLE_MS) return
    this.#sampledMs = nowMs
    this.#broker.put.sample(nowMs)
    this.#broker.get.sample(nowMs)
    sampleAll(this.#topics, nowMs)
    sampleAll(this.#groups, nowMs)
    for (const [key, counted] of this.#sentBack) {
      counted.sample(nowMs)
      if (counted.isIdle) this.#sentBack.delete(key)
    }
    this.#lastTraffic = undefined
  }
}

function sampleAll(table: Map<string, Traffic>, nowMs: number): void {
  for (const [key, { messages, bytes }] of table) {
    messages.sample(nowMs)
    bytes.sample(nowMs)
    if (messages.isIdle) table.delete(key)
  }
}

function trafficOf(table: Map<string, Traffic>, key: string): Traffic {
  let traffic = table.get(key)
  if (traffic === undefined) {
    traffic = { messages: new Counted(), bytes: new Counted() }
    table.set(key, traffic)
  }
  return traffic
}

function count(counted: Counted, by: number): void {
  counted.sum += by
  counted.times++
}

function dayOf(ms: number): number {
  return new Date(ms).getDate()
}
