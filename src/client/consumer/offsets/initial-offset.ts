import { isRetryTopic, type MessageQueue } from '../../../message/index.ts'
import type { GroupProgress } from './group-progress.ts'

/**
 * Where a group starts in a queue that it was never in: behind the last message, at the first one, or at the first one
 * stored at or after a time.
 *
 * A broker treats a queue whose very first message is still at hand as one the group was in at 0, whatever is asked for
 * here. So a new group on a young topic gets all of it.
 */
export type ConsumeFrom = 'last' | 'first' | { readonly time: Date | number }

/** Where to start, and whether the broker knows that already. */
export interface InitialOffset {
  readonly offset: number
  readonly recorded: boolean
}

/** What the broker of a queue is asked. */
export type OffsetQueries = Pick<GroupProgress, 'recorded' | 'end' | 'at'>

/** Apache: `RebalancePushImpl.computePullFromWhereWithException`. */
export async function initialOffset(
  queue: MessageQueue,
  from: ConsumeFrom,
  offsets: OffsetQueries,
): Promise<InitialOffset> {
  const recorded = await offsets.recorded(queue)
  if (recorded !== undefined && recorded >= 0) return { offset: recorded, recorded: true }
  // Messages that were given back are wanted in any case, except by a group that asks for a time.
  if (isRetryTopic(queue.topic)) {
    return { offset: typeof from === 'object' ? await offsets.end(queue) : 0, recorded: false }
  }
  if (from === 'first') return { offset: 0, recorded: false }
  if (typeof from === 'object') return { offset: await offsets.at(queue, Number(from.time)), recorded: false }
  const end = await offsets.end(queue)
  // The first message of an empty queue may have come between the two questions. Asked again, the broker then says 0,
  // and the message is not skipped.
  const recordedByNow = end === 0 ? undefined : await offsets.recorded(queue)
  return { offset: recordedByNow ?? end, recorded: recordedByNow !== undefined }
}
