import { queueKey } from '../../../message/index.ts'
import type { GroupLocks } from './group-locks.ts'

/** What {@link OrderlyQueues} needs of locks. */
export type Locks = Pick<GroupLocks, 'holds' | 'renewedAt' | 'lock' | 'unlock' | 'renew' | 'abandon' | 'close'>

/**
 * A consumer that gets every message shares its queues with nobody. Apache: `ConsumeMessageOrderlyService` when
 * broadcasting.
 */
export const noLocks: Locks = {
  holds: () => true,
  renewedAt: () => undefined,
  lock: async (queues) => new Set(queues.map(queueKey)),
  unlock: async () => undefined,
  renew: async () => undefined,
  abandon: () => undefined,
  close: async () => undefined,
}
