// Hot path: every message received lies here until it is consumed.
import { type MessageQueue, queueKey, type ReceivedMessage } from '../../../message/index.ts'

/** How much of one queue may be held; at the limit nothing more is pulled until the listener has caught up. */
export interface ProcessQueueLimits {
  /** Messages. Default 1000. Apache: `pullThresholdForQueue`. */
  readonly cachedCountMax: number
  /** Bytes of bodies. Default 100 MiB. Apache: `pullThresholdSizeForQueue`. */
  readonly cachedBytesMax: number
  /** Distance from the oldest unfinished message to the newest. Default 2000. Apache: `consumeConcurrentlyMaxSpan`. */
  readonly spanMax: number
}

/** One message held. */
export interface CachedMessage {
  message: ReceivedMessage
  /** Why its body cannot be read; it is given back without asking the listener. */
  readonly unreadable: unknown
  /** Consumed, or given back to the broker. */
  finished: boolean
}

/** What stands behind the messages held before the array that keeps them is cut. */
const CUT_MIN = 1024

/**
 * The part of one queue that was pulled and not yet consumed, in order. Progress never passes an unfinished message, so
 * what is recorded at the broker is at most what was consumed or given back. Apache: `ProcessQueue`.
 */
export class ProcessQueue {
  readonly queue: MessageQueue
  readonly key: string
  /** Where it began. */
  readonly startOffset: number
  /** True while it waits among the queues that have something to consume. */
  ready = false
  /** When something was last pulled for it, and consumed from it; epoch ms, 0 for never. */
  lastPullMs = 0
  lastConsumeMs = 0
  /** Offset last recorded at the broker, -1 for none. */
  persisted = -1
  readonly #limits: ProcessQueueLimits
  readonly #taken = new AbortController()
  #messages: CachedMessage[] = []
  #first = 0
  #next = 0
  #again: CachedMessage[] = []
  #count = 0
  #bytes = 0
  #pulledTo: number
  #onSpace: (() => void) | undefined

  constructor(queue: MessageQueue, startOffset: number, limits: ProcessQueueLimits) {
    this.queue = queue
    this.key = queueKey(queue)
    this.#limits = limits
    this.startOffset = startOffset
    this.#pulledTo = startOffset
  }

  /** Messages held that are not finished. */
  get count(): number {
    return this.#count
  }

  /** Bytes of their bodies. */
  get bytes(): number {
    return this.#bytes
  }

  /** Where the next pull starts. */
  get pulledTo(): number {
    return this.#pulledTo
  }

  /** Offset before which everything is consumed, given back, or was not wanted. */
  get progress(): number {
    return this.#messages[this.#first]?.message.queueOffset ?? this.#pulledTo
  }

  /** Offset of the newest message held, -1 for none. */
  get newestOffset(): number {
    return this.#messages.at(-1)?.message.queueOffset ?? -1
  }

  /** True: another member has the queue now, or it starts anew; nothing counts any more. */
  get dropped(): boolean {
    return this.#taken.signal.aborted
  }

  /** Aborted when it is dropped. */
  get signal(): AbortSignal {
    return this.#taken.signal
  }

  /** The limit that is reached, if one is. */
  get full(): keyof ProcessQueueLimits | undefined {
    if (this.#count > this.#limits.cachedCountMax) return 'cachedCountMax'
    if (this.#bytes > this.#limits.cachedBytesMax) return 'cachedBytesMax'
    return this.#count > 0 && this.newestOffset - this.progress > this.#limits.spanMax ? 'spanMax' : undefined
  }

  /** Whether {@link ProcessQueue.take} would give something. */
  get hasWaiting(): boolean {
    return this.#next < this.#messages.length || this.#again.length > 0
  }

  /** Takes over what a pull brought; `nextOffset` is where the next pull starts. */
  add(messages: readonly CachedMessage[], nextOffset: number): void {
    for (const cached of messages) {
      // A broker that answers with messages before those asked for repeats itself.
      if (cached.message.queueOffset < this.#pulledTo) continue
      this.#pulledTo = cached.message.queueOffset + 1
      this.#messages.push(cached)
      this.#count++
      this.#bytes += cached.message.body.length
    }
    if (nextOffset > this.#pulledTo) this.#pulledTo = nextOffset
  }

  /** The next messages to hand to the listener, at most `max`. */
  take(max: number): CachedMessage[] {
    if (this.#again.length > 0) return this.#again.splice(0, max)
    const from = this.#next
    this.#next = Math.min(from + max, this.#messages.length)
    return this.#messages.slice(from, this.#next)
  }

  /** A message that was taken waits to be taken once more. */
  putBack(cached: CachedMessage): void {
    this.#again.push(cached)
  }

  /** Messages that were taken are taken once more, before all others and in this order. */
  putBackFirst(batch: readonly CachedMessage[]): void {
    this.#again = batch.concat(this.#again)
  }

  /** A message is consumed or given back; false when it was before. */
  finish(cached: CachedMessage): boolean {
    if (cached.finished || this.dropped) return false
    cached.finished = true
    this.#count--
    this.#bytes -= cached.message.body.length
    while (this.#messages[this.#first]?.finished === true) this.#first++
    if (this.#first > CUT_MIN && this.#first * 2 > this.#messages.length) this.#cut()
    else if (this.#first === this.#messages.length) this.#cut()
    if (this.#onSpace !== undefined && this.full === undefined) {
      const onSpace = this.#onSpace
      this.#onSpace = undefined
      onSpace()
    }
    return true
  }

  /** Calls back once when no limit is reached any more. */
  whenSpace(callback: () => void): void {
    this.#onSpace = callback
  }

  /** Ends its life: messages held are forgotten, results that come later do not count. */
  drop(): void {
    this.#taken.abort()
    this.#messages = []
    this.#again = []
    this.#first = 0
    this.#next = 0
    this.#count = 0
    this.#bytes = 0
    this.#onSpace = undefined
  }

  #cut(): void {
    this.#messages = this.#messages.slice(this.#first)
    this.#next -= this.#first
    this.#first = 0
  }
}
