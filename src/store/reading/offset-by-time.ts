import { readInt64 } from '../../base/bytes/index.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { BLANK_ENTRY_SIZE, ENTRY } from '../consume-queue/entry.ts'
import type { EntryReader } from './entry-reader.ts'
import type { LogReader } from './log-reader.ts'

/** When the message at `offset` was stored, epoch ms; `undefined` when its record is not in the log. */
export async function storeTimeAt(
  queue: ConsumeQueue,
  offset: number,
  entries: EntryReader,
  reader: LogReader,
): Promise<number | undefined> {
  if (offset < queue.min || offset >= queue.max) return undefined
  const { bytes, at, count } = entries.now(queue, offset) ?? (await entries.load(queue, offset))
  if (count === 0) return undefined
  const size = bytes.readInt32BE(at + ENTRY.size)
  return size === BLANK_ENTRY_SIZE ? undefined : reader.storeTimeAt(readInt64(bytes, at), size)
}

/**
 * `lower`: offset of the first message stored at `timeMs` or later, the end of the queue if there is none; `upper`: of the last
 * one stored at `timeMs` or earlier, the beginning if there is none.
 *
 * Apache's broker first chooses a queue file and then searches in it, which gives the same wherever times never
 * decrease. It differs in two places: it gives up with offset 0 where it meets an entry without a record, which counts
 * as old here; and when the clock was set back, so that no answer is right, it may give another one.
 * Apache: `ConsumeQueue.getOffsetInQueueByTime`, `MappedFileQueue.getConsumeQueueMappedFileByTime` (5.3.3).
 */
export async function offsetByTime(
  queue: ConsumeQueue,
  timeMs: number,
  boundary: 'lower' | 'upper',
  entries: EntryReader,
  reader: LogReader,
): Promise<number> {
  let low = queue.min
  let high = queue.max
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const stored = await storeTimeAt(queue, middle, entries, reader)
    // What is no longer in the log is older than everything that is.
    const isBehind = stored !== undefined && (boundary === 'lower' ? stored >= timeMs : stored > timeMs)
    if (isBehind) high = middle
    else low = middle + 1
  }
  return boundary === 'lower' ? low : Math.max(low - 1, queue.min)
}
