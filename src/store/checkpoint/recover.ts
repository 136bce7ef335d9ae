import { join } from 'node:path'
import { BLANK_BYTES, RECORD } from '../../message/index.ts'
import { isRecordMagic, STORE_TIMESTAMP_END, storeTimestampOf } from '../commit-log/record-reader.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import type { IndexFiles } from '../index-file/index-files.ts'
import type { NewNames } from '../segments/new-names.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CleanStop } from './clean-stop.ts'
import type { DroppedTopics } from './dropped-topics.ts'
import { COMMIT_LOG_DIRECTORY, INDEX_DIRECTORY } from './folders.ts'
import { Rebuild, type RebuildParts } from './rebuild.ts'

/** What recovery works with. */
export interface RecoveryParts extends RebuildParts {
  readonly checkpoint: Checkpoint
  readonly names: NewNames
  /** The store's directory. */
  readonly directory: string
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
  const { files, queues, checkpoint, dropped, names, logger } = parts
  const { index } = parts
  queues.removeLeftOvers()
  if (files.isEmpty) {
    await index?.restore()
    await index?.cutAt(0)
    for (const topic of queues.names().keys()) queues.drop(topic)
    await dropped.cutAt(0)
    return 0
  }
  for (const queue of queues) queue.complete()
  dropEarlierLives(queues, dropped)
  let start = parts.afterCrash ? startAfterCrash(files, checkpoint.minTimestamp) : startByQueues(files, queues)
  if (lacksEntries(queues, parts.cleanStop)) start = files.start
  if (index !== undefined) start = await startByIndex(index, start, parts)
  files.complete(start)
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
  files.cutAt(scan.end, true)
  await index?.cutAt(scan.end)
  for (const queue of queues) {
    rebuild.rewind(queue, scan.end)
    // From a log that begins at 0 no message was ever removed.
    if (files.start === 0) queue.forgetEmptyFiles()
    if (rebuild.touched.has(queue)) queue.settle()
    queue.resume(files.start)
  }
  await files.datasync(start, scan.end + 1)
  for (const queue of rebuild.touched) {
    await queue.datasync()
    queue.noteNames(parts.directory)
  }
  await index?.flush()
  await dropped.cutAt(scan.end)
  // The process that crashed may have made files whose names are not on the disk.
  for (const folder of [COMMIT_LOG_DIRECTORY, INDEX_DIRECTORY])
    names.changedUpTo(parts.directory, join(parts.directory, folder))
  await names.sync()
  checkpoint.logReached(rebuild.newestTimestamp)
  checkpoint.queuesReached(rebuild.newestTimestamp)
  checkpoint.confirmed(rebuild.lastRecord)
  checkpoint.write()
  // It may say less than before: the clock may have stepped back.
  await checkpoint.datasync()
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

/** Drops the queues of topics that were dropped but whose folder a loss of power brought back. */
function dropEarlierLives(queues: QueueTable, dropped: DroppedTopics): void {
  const topics = new Set<string>()
  for (const queue of queues) {
    const first = queue.firstRecord()
    if (first !== undefined && dropped.has(queue.topic, first)) topics.add(queue.topic)
  }
  for (const topic of topics) queues.drop(topic)
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
