import type { ProcessQueue } from '../process-queue/process-queue.ts'
import type { Handout, Inbox } from './inbox.ts'

/**
 * What the program has in hand, and how much of it counts as processed.
 *
 * With `autoCommit`, what was handed out stays unfinished in its process queue until the program asks for more: the
 * queue's own progress is what is recorded. Without, it is finished at once, so that it does not use up the limits, and
 * what is recorded is what was committed last.
 */
export class HandedOut {
  readonly #inbox: Inbox
  readonly #autoCommit: boolean
  /** Without `autoCommit`: committed offsets. */
  readonly #committed = new WeakMap<ProcessQueue, number>()
  #inHand: readonly Handout[] = []

  constructor(inbox: Inbox, autoCommit: boolean) {
    this.#inbox = inbox
    this.#autoCommit = autoCommit
  }

  /** Messages go to the program. */
  add(handout: Handout): void {
    if (this.#autoCommit) this.#inHand = [...this.#inHand, handout]
    else finish(handout)
  }

  /** The program asks for more: what it has in hand is processed. */
  settle(): void {
    const settled = this.#inHand
    this.#inHand = []
    for (const handout of settled) finish(handout)
  }

  /** The program leaves without having processed what it has in hand. */
  putBack(): void {
    const back = this.#inHand
    this.#inHand = []
    for (const handout of back) this.#inbox.putBack(handout)
  }

  /** Everything handed out is processed; `queues` are those to be recorded. */
  commit(queues: readonly ProcessQueue[]): void {
    this.settle()
    for (const processQueue of queues) this.commitAt(processQueue, processQueue.progress)
  }

  /** The group stands at an offset. */
  commitAt(processQueue: ProcessQueue, offset: number): void {
    if (!this.#autoCommit) this.#committed.set(processQueue, offset)
  }

  /** What is to be recorded of a queue. */
  recordable(processQueue: ProcessQueue): number {
    if (this.#autoCommit) return processQueue.progress
    return this.#committed.get(processQueue) ?? processQueue.startOffset
  }
}

/** Messages are processed. */
export function finish({ processQueue, batch }: Handout): void {
  for (const cached of batch) processQueue.finish(cached)
}
