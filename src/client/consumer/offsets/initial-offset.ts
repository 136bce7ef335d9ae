import { isRetryTopic, type MessageQueue } from '../../../message/index.ts'
import type { GroupOffsets } from './group-offsets.ts'

/**
 * Where a group starts in a queue that it was never in: behind the last message, at the first one, or at the first one
 * stored at or after a time.
 *
 * A broker treats a queue whose very first message is still at hand as one the group was in at 0, whatever is asked for here.
 * So a new group on a young topic gets all of it.
 */
export type ConsumeFrom = 'last' | 'first' | { readonly time: Date | number }

/** Where to start, and whether the broker knows that already. */
export interface InitialOffset {
  readonly offset: number
  readonly recorded: boolean
}

/** Apache: `RebalancePushImpl.computePullFromWhereWithException`. */
export async function initialOffset(
  queue: MessageQueue,
  from: ConsumeFrom,
  offsets: GroupOffsets,
): Promise<InitialOffset> {
  const recorded = await offsets.recorded(queue)
  if (recorded !== undefined && recorded >= 0) return { offset: recorded, recorded: true }
  return { offset: await startOf(queue, from, offsets), recorded: false }
}

async function startOf(queue: MessageQueue, from: ConsumeFrom, offsets: GroupOffsets): Promise<number> {
  // Messages that were given back are wanted in any case, except by a group that asks for a time.
  if (isRetryTopic(queue.topic)) return typeof from === 'object' ? offsets.end(queue) : 0
  if (from === 'first') return 0
  if (from === 'last') return offsets.end(queue)
  return offsets.at(queue, Number(from.time))
}
