import { type MessageQueue, queueKey } from '../../../message/index.ts'
import type { TopicRoute } from '../../route/topic-route.ts'
import type { TopicRoutes } from '../../route/topic-routes.ts'
import type { MessageModel } from '../push/config.ts'
import type { ConsumeFrom } from './initial-offset.ts'

/**
 * Where to begin in each queue that is new. For a group whose progress its brokers keep that is the same for all: they
 * see to it that nothing of a young queue is missed. A broadcast consumer sees to it itself: a queue that came after
 * the consumer is read from its beginning, since all of it was sent meanwhile. Apache begins behind what was sent
 * before the queue was found.
 */
export class StartingPoints {
  readonly #from: ConsumeFrom
  readonly #broadcasts: boolean
  readonly #routes: TopicRoutes
  /** Topics that did not exist when they were subscribed to. */
  readonly #late = new Set<string>()
  /** Topic → keys of the queues it had at first. */
  readonly #first = new Map<string, ReadonlySet<string>>()

  constructor(from: ConsumeFrom, model: MessageModel, routes: TopicRoutes) {
    this.#from = from
    this.#broadcasts = model === 'broadcasting'
    this.#routes = routes
  }

  /** Asks for the route of a topic that is now subscribed to. */
  async ask(topic: string): Promise<TopicRoute | undefined> {
    const route = await this.#routes.ask(topic)
    if (route === undefined) this.#late.add(topic)
    return route
  }

  /** Where to begin in a queue. */
  of(queue: MessageQueue): ConsumeFrom {
    if (!this.#broadcasts || this.#from !== 'last') return this.#from
    const { topic } = queue
    if (this.#late.has(topic)) return 'first'
    const first = this.#first.get(topic) ?? new Set(this.#routes.get(topic)?.subscribeQueues.map(queueKey))
    this.#first.set(topic, first)
    return first.has(queueKey(queue)) ? 'last' : 'first'
  }
}
