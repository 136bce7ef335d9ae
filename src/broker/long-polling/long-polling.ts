// Hot path: every stored message passes `arrived`, every idle consumer waits here.
/**
 * Holds a pull that found nothing until a message arrives or the hold time ends.
 * Apache: `PullRequestHoldService`, `NotifyMessageArrivingListener` (5.3.3).
 * Invariant: a held pull leaves exactly once: by arrival, by time, because its connection is over, or by close.
 */
import type { Clock, Timer } from '../../base/time/index.ts'
import type { Peer } from '../../remoting/index.ts'

/** A pull that can be held. */
export interface Holdable {
  readonly peer: Peer
  readonly topic: string
  readonly queueId: number
  /** For whom it is held; `undefined`: for nobody whose subscription could change. */
  readonly group?: string | undefined
  /** First offset it wants; a message there or behind it ends the hold. */
  readonly offset: number
  /** Whether a message with this tags code is wanted; `undefined`: all. */
  readonly accepts: ((tagsCode: number) => boolean) | undefined
  /** Whether the message that arrived at an offset is wanted, asked after `accepts`; without it all are. */
  acceptsAt?(queueOffset: number): boolean
  /** Called when the hold ends by arrival or by time; reads again, and answers whatever it finds. */
  wake(): void
}

interface Hold {
  readonly task: Holdable
  /** Which set of {@link LongPolling} expires it. */
  readonly slot: number
}

/** Holds end at most this much after their time, so that thousands of them need few timers. */
const SLOT_MS = 20

export class LongPolling implements AsyncDisposable {
  readonly #clock: Clock
  readonly #heldMax: number
  /** Topic → queue id → holds. */
  readonly #queues = new Map<string, (Set<Hold> | undefined)[]>()
  readonly #slots = new Map<number, Set<Hold>>()
  readonly #timers = new Map<number, Timer>()
  readonly #peers = new Map<Peer, Set<Hold>>()
  readonly #wakeAll: () => void
  #woken: Hold[] = []
  #count = 0
  #closed = false

  /** At most `heldMax` pulls are held. */
  constructor(clock: Clock, heldMax: number) {
    this.#clock = clock
    this.#heldMax = heldMax
    this.#wakeAll = () => this.#runWoken()
  }

  /** Pulls held now. */
  get count(): number {
    return this.#count
  }

  /** Holds a pull for `holdMs`; false when there is no room, or the broker closes. */
  hold(task: Holdable, holdMs: number): boolean {
    if (this.#closed || this.#count >= this.#heldMax) return false
    // A connection that is over needs no answer.
    if (task.peer.closed) return true
    const hold: Hold = { task, slot: Math.ceil((this.#clock.now() + holdMs) / SLOT_MS) }
    this.#queueOf(task.topic, task.queueId).add(hold)
    this.#slotOf(hold.slot).add(hold)
    this.#peerOf(task.peer).add(hold)
    this.#count++
    return true
  }

  /**
   * A message became readable. Holds that want it are woken when the messages stored in the same moment are readable,
   * too, so that one answer carries them all.
   */
  arrived(topic: string, queueId: number, queueOffset: number, tagsCode: number): void {
    if (this.#count === 0) return
    const holds = this.#queues.get(topic)?.[queueId]
    if (holds === undefined) return
    for (const hold of holds) {
      const { offset, accepts } = hold.task
      if (queueOffset < offset || (accepts !== undefined && !accepts(tagsCode))) continue
      if (hold.task.acceptsAt?.(queueOffset) === false) continue
      this.#wakeSoon(hold)
    }
  }

  /** A group wants other messages of a topic than before: its holds are woken, to be judged anew. */
  wakeGroup(topic: string, group: string): void {
    for (const holds of this.#queues.get(topic) ?? []) {
      for (const hold of holds ?? []) if (hold.task.group === group) this.#wakeSoon(hold)
    }
  }

  /** Ends all holds of a topic: what their readers are to get has changed. */
  wakeTopic(topic: string): void {
    for (const holds of this.#queues.get(topic) ?? []) {
      for (const hold of holds ?? []) {
        this.#remove(hold)
        hold.task.wake()
      }
    }
  }

  /** Drops all holds unanswered: their connections are closed with the broker. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    this.#slots.clear()
    this.#queues.clear()
    this.#peers.clear()
    this.#woken = []
    this.#count = 0
  }

  #wakeSoon(hold: Hold): void {
    this.#remove(hold)
    this.#woken.push(hold)
    if (this.#woken.length === 1) queueMicrotask(this.#wakeAll)
  }

  #runWoken(): void {
    const woken = this.#woken
    this.#woken = []
    for (const hold of woken) hold.task.wake()
  }

  #queueOf(topic: string, queueId: number): Set<Hold> {
    let queues = this.#queues.get(topic)
    if (queues === undefined) {
      queues = []
      this.#queues.set(topic, queues)
    }
    let holds = queues[queueId]
    if (holds === undefined) {
      holds = new Set()
      queues[queueId] = holds
    }
    return holds
  }

  #slotOf(slot: number): Set<Hold> {
    let holds = this.#slots.get(slot)
    if (holds === undefined) {
      holds = new Set()
      this.#slots.set(slot, holds)
      const inMs = slot * SLOT_MS - this.#clock.now()
      this.#timers.set(
        slot,
        this.#clock.setTimeout(() => this.#expire(slot), inMs, { background: true }),
      )
    }
    return holds
  }

  #peerOf(peer: Peer): Set<Hold> {
    let holds = this.#peers.get(peer)
    if (holds === undefined) {
      holds = new Set()
      this.#peers.set(peer, holds)
      peer.onClose(() => {
        for (const hold of this.#peers.get(peer) ?? []) this.#remove(hold)
        this.#peers.delete(peer)
      })
    }
    return holds
  }

  #expire(slot: number): void {
    const holds = this.#slots.get(slot)
    this.#slots.delete(slot)
    this.#timers.delete(slot)
    for (const hold of holds ?? []) {
      this.#remove(hold)
      hold.task.wake()
    }
  }

  #remove(hold: Hold): void {
    const { topic, queueId, peer } = hold.task
    if (this.#queues.get(topic)?.[queueId]?.delete(hold) !== true) return
    this.#slots.get(hold.slot)?.delete(hold)
    this.#peers.get(peer)?.delete(hold)
    this.#count--
  }
}
