import { type MessageQueue, queueKey } from '../../../message/index.ts'
import type { TopicRoutes } from '../../route/topic-routes.ts'

interface Watcher {
  readonly topic: string
  readonly callback: (queues: readonly MessageQueue[]) => void
  queues: string
}

/** Tells who wants to know when a topic has other queues. Apache: `TopicMessageQueueChangeListener`. */
export class QueueChanges {
  readonly #routes: TopicRoutes
  readonly #watchers = new Set<Watcher>()

  constructor(routes: TopicRoutes) {
    this.#routes = routes
  }

  /** Calls back at each change from now on; the result ends that. */
  watch(topic: string, callback: Watcher['callback']): () => void {
    const watcher = { topic, callback, queues: keysOf(this.#queuesOf(topic)) }
    this.#watchers.add(watcher)
    this.#routes.watch(topic)
    this.#routes.askSoon(topic)
    return () => {
      if (this.#watchers.delete(watcher)) this.#routes.unwatch(topic)
    }
  }

  /** A topic's route is new or has changed. */
  routeChanged(topic: string): void {
    const queues = this.#queuesOf(topic)
    const keys = keysOf(queues)
    for (const watcher of this.#watchers) {
      if (watcher.topic !== topic || watcher.queues === keys) continue
      watcher.queues = keys
      watcher.callback(queues)
    }
  }

  /** Tells nobody any more. */
  close(): void {
    for (const { topic } of this.#watchers) this.#routes.unwatch(topic)
    this.#watchers.clear()
  }

  #queuesOf(topic: string): readonly MessageQueue[] {
    const route = this.#routes.get(topic)
    return route === undefined || route.provisional ? [] : route.subscribeQueues
  }
}

function keysOf(queues: readonly MessageQueue[]): string {
  return queues.map(queueKey).join()
}
