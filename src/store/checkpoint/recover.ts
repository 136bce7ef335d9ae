import { BLANK_BYTES, RECORD } from '../../message/index.ts'
import { isRecordMagic, STORE_TIMESTAMP_END, storeTimestampOf } from '../commit-log/record-reader.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import type { IndexFiles } from '../index-file/index-files.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CleanStop } from './clean-stop.ts'
import { Rebuild, type RebuildParts } from './rebuild.ts'

/** Queue files that are brought to the disk at the same time. */
const SYNCS_AT_ONCE = 16

/** What recovery works with. */
export interface RecoveryParts extends RebuildParts {
  readonly checkpoint: Checkpoint
  /** Whether the last stop was a crash: `abort` was there. */
  readonly afterCrash: boolean
  /** What our own last stop left behind. */
  readonly cleanStop: CleanStop | undefined
}

/**
 * Finds the end of the log and makes the queues agree with it; returns the end.
 *
 * Records are read from a file on that is old enough, every queue is taken back to that point, and the records get their entries again, each at its own queue offset. A
 * queue that lacks entries even before that point means a second pass from the first file: nothing is ever shifted.
 * Apache: `CommitLog.recoverNormally`, `recoverAbnormally` (5.3.3).
 */
export async function recover(parts: RecoveryParts): Promise<number> {
  const { files, queues, checkpoint, logger } = parts
  const { index } = parts
  if (files.isEmpty) {
    await index?.cutAt(0)
    for (const topic of queues.names().keys()) queues.drop(topic)
    return 0
  }
  let start = parts.afterCrash ? startAfterCrash(files, checkpoint.minTimestamp) : startByQueues(files, queues)
  if (lacksEntries(queues, parts.cleanStop)) start = files.start
  if (index !== undefined) start = await startByIndex(index, start, parts)
  let rebuild = new Rebuild(parts)
  let scan = await rebuild.from(start)
  if (rebuild.lacking !== undefined) {
    logger.warn('consume queues lack entries; they are rebuilt from the whole log', { topic: rebuild.lacking })
    start = files.start
    rebuild = new Rebuild(parts)
    scan = await rebuild.from(start)
  }
  if (scan.reason === 'unreadable') {
    logger.warn('the log ends in an unreadable record; what lies behind it is given up', { end: scan.end })
  }
  files.cutAt(scan.end)
  await index?.cutAt(scan.end)
  for (const queue of queues) {
    rebuild.rewind(queue, scan.end)
    if (rebuild.touched.has(queue)) queue.settle()
    queue.resume(files.start)
  }
  await files.datasync(start, scan.end)
  const touched = [...rebuild.touched]
  for (let from = 0; from < touched.length; from += SYNCS_AT_ONCE) {
    await Promise.all(touched.slice(from, from + SYNCS_AT_ONCE).map((queue) => queue.datasync()))
  }
  await index?.flush()
  checkpoint.logReached(rebuild.newestTimestamp)
  checkpoint.queuesReached(rebuild.newestTimestamp)
  checkpoint.confirmed(rebuild.lastRecord)
  checkpoint.write()
  return scan.end
}

/**
 * Takes the store as our own clean stop left it, without reading more than the place behind the end of the log; false when
 * anything was changed since.
 */
export function takeAsLeft(
  files: SegmentFiles,
  queues: QueueTable,
  index: IndexFiles | undefined,
  { logStart, logEnd, indexEnd, queues: left }: CleanStop,
): boolean {
  if (index !== undefined && indexEnd !== undefined && index.end !== indexEnd) return false
  if (logStart !== files.start || logEnd < files.start || logEnd > files.end) return false
  const next = Buffer.alloc(BLANK_BYTES)
  const isEnd = files.readSync(next, logEnd) === 0 || next.readInt32BE(RECORD.magic) === 0
  return isEnd && queues.takeAsLeft(left)
}

/** Whether queues have fewer entries than our clean stop noted: then some were lost before the place where a scan begins. */
function lacksEntries(queues: QueueTable, left: CleanStop | undefined): boolean {
  return left?.queues.some(([topic, queueId, , max]) => (queues.get(topic, queueId)?.max ?? 0) < max) ?? false
}

/** `start`, or before it where the index begins to lack records. */
async function startByIndex(index: IndexFiles, start: number, parts: RecoveryParts): Promise<number> {
  const { files, cleanStop, afterCrash } = parts
  const isShort = cleanStop?.indexEnd !== undefined && index.end < cleanStop.indexEnd
  if (isShort) index.lacksFrom ??= index.end
  if (afterCrash || index.lacksFrom !== undefined) await index.restore()
  const { lacksFrom } = index
  if (lacksFrom === undefined || lacksFrom >= start) return start
  return files.starts.findLast((begin) => begin <= lacksFrom) ?? files.start
}

/** The last file that begins at or before the end of the furthest queue. */
function startByQueues(files: SegmentFiles, queues: QueueTable): number {
  let furthest = -1
  for (const queue of queues) furthest = Math.max(furthest, queue.physicalEnd)
  return files.starts.findLast((start) => start <= furthest) ?? files.start
}

/** The last file whose first message is old enough that all before it is on the disk, queue entries included. */
function startAfterCrash(files: SegmentFiles, minTimestamp: number): number {
  const head = Buffer.alloc(STORE_TIMESTAMP_END)
  const isOldEnough = (start: number): boolean => {
    if (files.readSync(head, start) < head.length) return false
    if (!isRecordMagic(head.readInt32BE(RECORD.magic))) return false
    const stored = storeTimestampOf(head, 0)
    return stored !== 0 && stored <= minTimestamp
  }
  return files.starts.findLast(isOldEnough) ?? files.start
}
