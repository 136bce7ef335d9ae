import { readInt64 } from '../../base/bytes/index.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { BATCH_ENTRY, BLANK_ENTRY_SIZE, batchEnd, batchStart, ENTRY } from '../consume-queue/entry.ts'
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
 * `lower`: offset of the first message stored at `timeMs` or later, the end of the queue if there is none; `upper`: of
 * the last one stored at `timeMs` or earlier, the beginning if there is none. In a batch queue see {@link batchByTime}.
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
  if (queue.kind === 'batch') return batchByTime(queue, timeMs, boundary, entries)
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

/** What an entry of a batch queue says without its record. */
interface BatchEntry {
  readonly start: number
  readonly end: number
  readonly storeTimestamp: number
}

/**
 * The first message of a batch: with `lower` of the first one stored at `timeMs` or later, with `upper` of the last one
 * stored exactly then or else of the first one later; of the last batch when none is later. Apache:
 * `BatchConsumeQueue.getOffsetInQueueByTime` (5.3.3), where `upper` means this, unlike in simple queues.
 */
async function batchByTime(
  queue: ConsumeQueue,
  timeMs: number,
  boundary: 'lower' | 'upper',
  entries: EntryReader,
): Promise<number> {
  if (queue.min >= queue.max) return queue.min
  const last = await batchEntryAt(queue, queue.max - 1, entries)
  if (last === undefined || timeMs >= last.storeTimestamp) return last?.start ?? queue.min
  let low = queue.min
  let found = last
  for (let high = queue.max; low < high; ) {
    const middle = Math.floor((low + high) / 2)
    const entry = (await batchEntryAt(queue, middle, entries)) ?? last
    const isBehind = boundary === 'lower' ? entry.storeTimestamp >= timeMs : entry.storeTimestamp > timeMs
    if (isBehind) {
      found = entry
      high = Math.min(entry.start, middle)
    } else {
      low = entry.end
    }
  }
  const before = boundary === 'upper' ? await batchEntryAt(queue, found.start - 1, entries) : undefined
  return before?.storeTimestamp === timeMs ? before.start : found.start
}

async function batchEntryAt(
  queue: ConsumeQueue,
  offset: number,
  entries: EntryReader,
): Promise<BatchEntry | undefined> {
  if (offset < queue.min) return undefined
  const { bytes, at, count } = entries.now(queue, offset) ?? (await entries.load(queue, offset))
  if (count === 0) return undefined
  const storeTimestamp = readInt64(bytes, at + BATCH_ENTRY.storeTimestamp)
  return { start: batchStart(bytes, at), end: batchEnd(bytes, at), storeTimestamp }
}
