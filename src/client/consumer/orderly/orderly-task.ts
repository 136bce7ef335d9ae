// Hot path: one object per call of the listener.
import type { Deferred } from '../../../base/async/index.ts'
import type { Timer } from '../../../base/time/index.ts'
import type { MessageQueue } from '../../../message/index.ts'
import type { CachedMessage, ProcessQueue } from '../process-queue/process-queue.ts'
import type { RunningCall } from '../running-calls.ts'
import type { OrderlyContext } from './listener.ts'

/** How a queue was left. */
export interface LeftQueue {
  /** Where the group goes on: behind everything that is done. */
  readonly progress: number
  /** False: a call of the listener still runs, so nobody else should begin with the queue yet. */
  readonly settled: boolean
}

/** A queue in its turn. */
export interface Turn {
  readonly processQueue: ProcessQueue
  /** Handed out and not committed, oldest first; only while the listener does not commit by itself. */
  uncommitted: CachedMessage[]
  task: OrderlyTask | undefined
  /** Runs while the queue is suspended. */
  pause: Timer | undefined
  /** Set when the queue is left during a call. */
  leaving: { readonly done: Deferred<LeftQueue>; readonly progress: number } | undefined
}

/** One call of the listener, of the queue whose turn it is. */
export class OrderlyTask implements OrderlyContext, RunningCall {
  autoCommit: boolean
  suspendMs: number
  expired = false
  /** Behind what it committed; `undefined`: nothing. */
  committedTo: number | undefined = undefined
  readonly turn: Turn
  readonly batch: readonly CachedMessage[]
  readonly startedMs: number
  #aborting: AbortController | undefined
  #aborted = false

  constructor(
    turn: Turn,
    batch: readonly CachedMessage[],
    startedMs: number,
    byDefault: { readonly autoCommit: boolean; readonly suspendMs: number },
  ) {
    this.turn = turn
    this.batch = batch
    this.startedMs = startedMs
    this.autoCommit = byDefault.autoCommit
    this.suspendMs = byDefault.suspendMs
  }

  get queue(): MessageQueue {
    return this.turn.processQueue.queue
  }

  get signal(): AbortSignal {
    if (this.#aborting === undefined) {
      this.#aborting = new AbortController()
      if (this.#aborted) this.#aborting.abort()
    }
    return this.#aborting.signal
  }

  /** The offset behind its last message. */
  get behind(): number {
    return (this.batch.at(-1)?.message.queueOffset ?? -1) + 1
  }

  /** Queue and messages, for the log. */
  get names(): { readonly queue: string; readonly messages: readonly string[] } {
    return { queue: this.turn.processQueue.key, messages: this.batch.map((cached) => cached.message.messageId) }
  }

  /** Tells the listener to come to an end. */
  abort(): void {
    this.#aborted = true
    this.#aborting?.abort()
  }
}

/** The next messages, at most `max`: up to the first that cannot be read, or that one alone. */
export function readableBatch(processQueue: ProcessQueue, max: number): readonly CachedMessage[] {
  const batch = processQueue.take(max)
  const at = batch.findIndex((cached) => cached.unreadable !== undefined)
  if (at === -1) return batch
  const count = Math.max(1, at)
  processQueue.putBackFirst(batch.slice(count))
  return batch.slice(0, count)
}
