import type { ConsumerOffsets } from './consumer-offsets.ts'

/** Where a group was moved to in a queue. */
interface Reset {
  readonly offset: number
  /** How many pulls were told. */
  tellings: number
}

/** Who pulls elsewhere all the same has a reason of its own. */
const TELLINGS_MAX = 4

/**
 * Resets that consumers have not heard of yet: a pull of the group in the queue is told where to go on, and until one
 * comes from there the group's own offsets for the queue do not count. In memory only: after a restart the recorded
 * offset is where it was reset to. Apache: `ConsumerOffsetManager.resetOffsetTable` (5.3.3), which forgets a reset with
 * the first pull that it told; when that is one that nobody waits for any more, of a member that had the queue before,
 * the reset is lost.
 */
export class OffsetResets {
  readonly #offsets: ConsumerOffsets
  /** Group → topic → queue id → reset. */
  readonly #pending = new Map<string, Map<string, Map<number, Reset>>>()

  constructor(offsets: ConsumerOffsets) {
    this.#offsets = offsets
  }

  /** Moves a group in a queue. */
  assign(group: string, topic: string, queueId: number, offset: number): void {
    const topics = this.#pending.get(group) ?? new Map<string, Map<number, Reset>>()
    const queues = topics.get(topic) ?? new Map<number, Reset>()
    this.#pending.set(group, topics.set(topic, queues.set(queueId, { offset, tellings: 0 })))
    this.#offsets.set(group, topic, queueId, offset)
  }

  /** Where a group was moved to and does not know it yet. */
  pending(group: string, topic: string, queueId: number): number | undefined {
    // Hardly ever is any group being moved, and pulls ask this.
    return this.#pending.size === 0 ? undefined : this.#find(group, topic, queueId)?.offset
  }

  /** What a pull from `offset` is told: where to go on instead. */
  tell(group: string, topic: string, queueId: number, offset: number): number | undefined {
    if (this.#pending.size === 0) return undefined
    const reset = this.#find(group, topic, queueId)
    if (reset === undefined) return undefined
    if (reset.offset !== offset && reset.tellings++ < TELLINGS_MAX) return reset.offset
    this.#forget(group, topic, queueId)
    return undefined
  }

  #find(group: string, topic: string, queueId: number): Reset | undefined {
    return this.#pending.get(group)?.get(topic)?.get(queueId)
  }

  #forget(group: string, topic: string, queueId: number): void {
    const topics = this.#pending.get(group)
    const queues = topics?.get(topic)
    queues?.delete(queueId)
    if (queues?.size === 0) topics?.delete(topic)
    if (topics?.size === 0) this.#pending.delete(group)
  }
}
