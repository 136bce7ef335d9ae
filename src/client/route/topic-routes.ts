import { codeOf, textOf } from '../../base/errors/index.ts'
import type { RouteData } from '../../remoting/index.ts'
import type { Ports } from '../config.ts'
import { clientErrors } from '../errors.ts'
import type { NameServers } from './name-servers.ts'
import { provisionalRoute, type TopicRoute, topicRoute } from './topic-route.ts'

/** A topic without a route is asked for again after the first of these pauses, doubling up to the second, … */
const MISSING_PAUSE_MIN_MS = 100
const MISSING_PAUSE_MAX_MS = 1000
/** … for so long; then it is asked for as seldom as all others. */
const MISSING_EAGER_MS = 30_000

/** One topic that somebody uses. */
interface Watched {
  /** How many use it; never forgotten while above 0. */
  users: number
  missingSinceMs: number | undefined
  pauseMs: number
  waiting: boolean
}

/**
 * The routes of the topics in use. They are asked for again every `pollNameServerMs`, and a topic that does not exist
 * yet far more often, so that it is used soon after it was created. Apache: `MQClientInstance.topicRouteTable`.
 */
export class TopicRoutes implements AsyncDisposable {
  readonly #nameServers: NameServers
  readonly #ports: Ports
  readonly #routes = new Map<string, TopicRoute>()
  readonly #watched = new Map<string, Watched>()
  readonly #asking = new Map<string, Promise<TopicRoute | undefined>>()
  readonly #onChange: ((route: TopicRoute) => void)[] = []
  readonly #polling: { cancel(): void }
  /** True from a name server's failure to its next answer. */
  #failing = false
  #closed = false

  constructor(nameServers: NameServers, pollMs: number, ports: Ports) {
    this.#nameServers = nameServers
    this.#ports = ports
    this.#polling = ports.clock.setInterval(() => this.#poll(), pollMs, { background: true })
  }

  /** Calls back with every route that is new or differs from the one before. */
  onChange(callback: (route: TopicRoute) => void): void {
    this.#onChange.push(callback)
  }

  /** The route as last heard of. */
  get(topic: string): TopicRoute | undefined {
    return this.#routes.get(topic)
  }

  /** All routes in use. */
  all(): IterableIterator<TopicRoute> {
    return this.#routes.values()
  }

  /** Keeps the topic's route fresh from now on. */
  watch(topic: string): void {
    const watched = this.#watched.get(topic)
    if (watched === undefined) {
      this.#watched.set(topic, { users: 1, missingSinceMs: undefined, pauseMs: 0, waiting: false })
    } else watched.users++
  }

  /** One user of the topic less. */
  unwatch(topic: string): void {
    const watched = this.#watched.get(topic)
    if (watched === undefined || --watched.users > 0) return
    this.#watched.delete(topic)
    this.#routes.delete(topic)
  }

  /**
   * Asks for the route now; those who ask at the same time share one question. Resolves with `undefined` when no broker
   * has the topic.
   * @throws RMQ_NAME_SERVERS_UNREACHABLE
   */
  ask(topic: string): Promise<TopicRoute | undefined> {
    const asking = this.#asking.get(topic) ?? this.#ask(topic).finally(() => this.#asking.delete(topic))
    this.#asking.set(topic, asking)
    return asking
  }

  /** Asks for the route without waiting for it; what goes wrong is logged. */
  askSoon(topic: string): void {
    this.ask(topic).catch((failure) => {
      if (this.#closed || codeOf(failure) === 'RMQ_CLIENT_CLOSED') return
      const fields = { topic, reason: textOf(failure) }
      // Once per outage is enough for those who watch.
      if (this.#failing) this.#ports.logger.debug('route not refreshed', fields)
      else this.#ports.logger.warn('routes cannot be refreshed; those known are used', fields)
      this.#failing = true
    })
  }

  /**
   * A route with queues to send to: the topic's own, else the one it will get when the first message creates it.
   * @throws RMQ_TOPIC_NOT_FOUND  it does not exist and no broker creates topics by itself
   * @throws RMQ_NAME_SERVERS_UNREACHABLE
   */
  async toPublish(topic: string, createTopicKey: string, queuesMax: number): Promise<TopicRoute> {
    const own = await this.ask(topic)
    if (own !== undefined && own.publishQueues.length > 0) return own
    if (own === undefined) {
      const creator = await this.#nameServers.route(createTopicKey)
      const known = this.#routes.get(topic)
      if (known !== undefined && !known.provisional) return known
      if (creator !== undefined) {
        const provisional = provisionalRoute(topic, creator, queuesMax)
        if (provisional.publishQueues.length > 0) {
          this.#put(provisional)
          return provisional
        }
      }
    }
    throw clientErrors.RMQ_TOPIC_NOT_FOUND({ topic, nameServers: this.#nameServers.text })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#polling.cancel()
    await Promise.allSettled(this.#asking.values())
  }

  async #ask(topic: string): Promise<TopicRoute | undefined> {
    let data: RouteData | undefined
    try {
      data = await this.#nameServers.route(topic)
      this.#failing = false
    } finally {
      if (data === undefined) this.#isMissing(topic)
    }
    if (data === undefined) return undefined
    const route = topicRoute(topic, data)
    const watched = this.#watched.get(topic)
    if (watched !== undefined) watched.missingSinceMs = undefined
    this.#put(route)
    return route
  }

  #put(route: TopicRoute): void {
    if (this.#closed || this.#routes.get(route.topic)?.fingerprint === route.fingerprint) return
    this.#routes.set(route.topic, route)
    for (const callback of this.#onChange) callback(route)
  }

  /** What was known is kept: a topic whose brokers are all away for a moment is still the same topic. */
  #isMissing(topic: string): void {
    const watched = this.#watched.get(topic)
    if (watched === undefined || watched.waiting || this.#closed) return
    const nowMs = this.#ports.clock.monotonicMs()
    if (watched.missingSinceMs === undefined) {
      watched.missingSinceMs = nowMs
      watched.pauseMs = MISSING_PAUSE_MIN_MS
    } else watched.pauseMs = Math.min(watched.pauseMs * 2, MISSING_PAUSE_MAX_MS)
    if (nowMs - watched.missingSinceMs > MISSING_EAGER_MS) return
    watched.waiting = true
    const again = (): void => {
      watched.waiting = false
      if (!this.#closed && this.#watched.get(topic) === watched) this.askSoon(topic)
    }
    this.#ports.clock.setTimeout(again, watched.pauseMs, { background: true })
  }

  #poll(): void {
    for (const topic of this.#watched.keys()) this.askSoon(topic)
  }
}
