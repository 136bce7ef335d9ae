import type { Clock } from '../../base/time/index.ts'

/** A lock that nobody renewed for so long is free. Apache: `rocketmq.broker.rebalance.lockMaxLiveTime`. */
const LOCK_MS = 60_000

interface Lock {
  readonly clientId: string
  /** Broker's monotonic clock. */
  readonly renewedMs: number
}

/** A queue as locks name it. */
export interface LockableQueue {
  readonly topic: string
  readonly queueId: number
}

/**
 * Which member of a group may read a queue in order, in memory. Nothing checks that the owner is still there: a lock
 * lasts until it is given back or is not renewed. Apache: `RebalanceLockManager` (5.3.3).
 */
export class QueueLocks {
  readonly #groups = new Map<string, Map<string, Lock>>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Locks or renews; returns those of the queues that the client has now. */
  lock<Queue extends LockableQueue>(group: string, clientId: string, queues: readonly Queue[]): readonly Queue[] {
    let locks = this.#groups.get(group)
    if (locks === undefined) {
      locks = new Map()
      this.#groups.set(group, locks)
    }
    const nowMs = this.#clock.monotonicMs()
    const owned: Queue[] = []
    for (const queue of queues) {
      const held = locks.get(keyOf(queue))
      if (held !== undefined && held.clientId !== clientId && nowMs - held.renewedMs <= LOCK_MS) continue
      locks.set(keyOf(queue), { clientId, renewedMs: nowMs })
      owned.push(queue)
    }
    return owned
  }

  /** Frees those of the queues that the client has. */
  unlock(group: string, clientId: string, queues: readonly LockableQueue[]): void {
    const locks = this.#groups.get(group)
    if (locks === undefined) return
    for (const queue of queues) if (locks.get(keyOf(queue))?.clientId === clientId) locks.delete(keyOf(queue))
    if (locks.size === 0) this.#groups.delete(group)
  }

  /** Whether a group reads any queue in order now. Apache: `RebalanceLockManager.isLockAllExpired`. */
  isOrderly(group: string): boolean {
    const nowMs = this.#clock.monotonicMs()
    for (const lock of this.#groups.get(group)?.values() ?? []) if (nowMs - lock.renewedMs <= LOCK_MS) return true
    return false
  }
}

function keyOf({ topic, queueId }: LockableQueue): string {
  return `${topic}@${queueId}`
}
