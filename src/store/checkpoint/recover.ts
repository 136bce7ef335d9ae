import type { Files } from '../../base/files/index.ts'
import type { Clock } from '../../base/time/index.ts'
import {
  BLANK_BYTES,
  isRecordMagic,
  RECORD,
  recordPropertiesAt,
  STORE_TIMESTAMP_END,
  storeTimestampOf,
} from '../../message/index.ts'
import { type ScanEnd, scanRecords } from '../commit-log/scan.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import { isDamage, saveBehind } from '../damaged/save-part.ts'
import type { IndexFiles } from '../index-file/index-files.ts'
import { hashProperties } from '../index-file/key-hash.ts'
import type { NewNames } from '../segments/new-names.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CleanStop } from './clean-stop.ts'
import { entriesOf, firstUncovered, knownTopics } from './coverage.ts'
import type { DroppedTopics } from './dropped-topics.ts'
import { Rebuild, type RebuildParts } from './rebuild.ts'

/** Queue files that are brought to the disk at the same time. */
const SYNCS_AT_ONCE = 16

/** Queue entries that are looked at after a crash, at most: more would delay every start that follows a kill. */
const ENTRIES_AFTER_CRASH_MAX = 4_000_000

/** Between two lines that say how far recovery is. */
const PROGRESS_INTERVAL_MS = 3000

/** What recovery works with. */
export interface RecoveryParts extends RebuildParts {
  /** The store's directory. */
  readonly directory: string
  readonly ports: Files
  readonly names: NewNames
  readonly clock: Clock
  readonly dropped: DroppedTopics
  readonly checkpoint: Checkpoint
  /** Whether the last stop was a crash: `abort` was there. */
  readonly afterCrash: boolean
  /** What our own last stop left behind. */
  readonly cleanStop: CleanStop | undefined
}

/**
 * Finds the end of the log and makes the queues agree with it; returns the end.
 *
 * Records are read from a file on that is old enough, every queue is taken back to that point, and the records get
 * their entries again, each at its own queue offset. A queue that lacks entries even before that point means a second
 * pass from the first file: nothing is ever shifted. Apache: `CommitLog.recoverNormally`, `recoverAbnormally` (5.3.3).
 */
export async function recover(parts: RecoveryParts): Promise<number> {
  const { files, queues, checkpoint, dropped, names, logger, index } = parts
  queues.removeLeftOvers()
  if (files.isEmpty) {
    await index?.restore()
    await index?.cutAt(0)
    for (const topic of queues.names().keys()) queues.drop(topic)
    await dropped.cutAt(0)
    checkpoint.indexReachedAtMost(0)
    return 0
  }
  for (const queue of queues) queue.complete()
  dropEarlierLives(queues, dropped)
  const usual = parts.afterCrash ? startAfterCrash(files, checkpoint.minTimestamp) : startByQueues(files, queues)
  // What was synced has its length on the disk as well.
  const { logTimestamp } = checkpoint
  files.complete((start) => start < usual || beginsBefore(files, start, logTimestamp))
  let start = await startByEntries(usual, parts)
  if (index !== undefined) start = await startByIndex(index, start, parts)
  const { rebuild, scan, from } = await rebuildFrom(start, usual, parts)
  if (isDamage(scan)) logger.warn('the log ends in an unreadable record', { end: scan.end })
  const roomEnd = isDamage(scan) ? undefined : files.roomEnd(scan.end)
  const finishSaving = await saveBehind({ ...parts, log: files }, scan, roomEnd)
  // What a killed process took back in the checkpoint must be on the disk before the messages for which it did so.
  await checkpoint.datasync()
  files.cutAt(scan.end, roomEnd ?? files.fileEnd(scan.end), true)
  await files.datasync(scan.end - 1, scan.end + 1)
  await finishSaving()
  await index?.cutAt(scan.end)
  settleQueues(rebuild, scan.end, parts)
  await files.datasync(from, scan.end + 1)
  await syncQueues(rebuild.touched)
  await index?.flush()
  await dropped.cutAt(scan.end)
  // The process that crashed may have made files whose names are not on the disk.
  files.noteNames(parts.directory)
  index?.noteNames(parts.directory)
  for (const queue of rebuild.touched) queue.noteNames(parts.directory)
  await names.sync()
  checkpoint.logReached(rebuild.newestTimestamp)
  checkpoint.queuesReached(rebuild.newestTimestamp)
  if (rebuild.lastRecord >= 0 || from === files.start) checkpoint.indexReachedAtMost(rebuild.newestTimestamp)
  checkpoint.confirmed(rebuild.lastRecord)
  checkpoint.write()
  // It may say less than before: the clock may have stepped back.
  await checkpoint.datasync()
  return scan.end
}

/** What {@link rebuildFrom} found. */
interface Rebuilt {
  readonly rebuild: Rebuild
  readonly scan: ScanEnd
  /** Where the log was read from in the end. */
  readonly from: number
}

/**
 * Gives the records from `start` on their entries again; those of the whole log when a queue turns out to lack some
 * before.
 */
async function rebuildFrom(start: number, usual: number, parts: RecoveryParts): Promise<Rebuilt> {
  const { files, queues, checkpoint, logger } = parts
  const { logTimestamp } = checkpoint
  // A loss of power may take a file that was not synced and leave the next one; then the log ends before both. Where
  // the clock stepped back, a message that is older than what was synced says nothing.
  const isSynced = (next: number, latest: number): boolean =>
    beginsBefore(files, next, logTimestamp) && !beginsBefore(files, next, latest)
  const mayPass = parts.afterCrash ? isSynced : undefined
  const rebuildParts = { ...parts, progress: progressTold(parts), mayPass, dropped: withoutDeleted(usual, parts) }
  let from = start
  let rebuild = new Rebuild(rebuildParts)
  let scan = await rebuild.from(from)
  while (rebuild.lacking !== undefined) {
    logger.warn('consume queues lack entries; they are rebuilt from the whole log', { topic: rebuild.lacking })
    from = files.start
    const { touched } = rebuild
    rebuild = new Rebuild(rebuildParts)
    for (const queue of queues) if (touched.has(queue)) rebuild.touched.add(queue)
    scan = await rebuild.from(from)
  }
  return { rebuild, scan, from }
}

/** Resolves when the entries of these queues are on the disk. */
async function syncQueues(queues: ReadonlySet<ConsumeQueue>): Promise<void> {
  const all = [...queues]
  for (let from = 0; from < all.length; from += SYNCS_AT_ONCE) {
    await Promise.all(all.slice(from, from + SYNCS_AT_ONCE).map((queue) => queue.datasync()))
  }
}

/** Ends every queue where the log does, in memory and in the files. */
function settleQueues(rebuild: Rebuild, end: number, { files, queues }: RecoveryParts): void {
  for (const queue of queues) {
    rebuild.rewind(queue, end)
    if (files.start === 0 && queue.forgetEmptyFiles()) rebuild.touched.add(queue)
    if (queue.entries.hasStrayFiles) rebuild.touched.add(queue)
    if (rebuild.touched.has(queue)) queue.settle()
    queue.resume(files.start)
  }
}

/**
 * Takes the store as our own clean stop left it, without reading more than the place behind the end of the log; false
 * when anything was changed since.
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
  return isEnd && queues.takeAsLeft(left, logStart)
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

/**
 * Whether queues have fewer entries than our clean stop noted: then some were lost before the place where a scan
 * begins.
 */
function lacksEntries(queues: QueueTable, left: CleanStop | undefined): boolean {
  return left?.queues.some(([topic, queueId, , max]) => (queues.get(topic, queueId)?.max ?? 0) < max) ?? false
}

/**
 * `start`, or before it where records begin to lack queue entries. After a clean stop of ours its note tells; else
 * every entry is looked at, after a crash only if they are not many. Apache's broker loses the messages of a queue
 * folder that is gone.
 */
async function startByEntries(start: number, parts: RecoveryParts): Promise<number> {
  const { files, queues, dropped, cleanStop, afterCrash, logger } = parts
  if (lacksEntries(queues, cleanStop)) return files.start
  // Records of a dropped topic lack entries as well: they must not cost every start that follows a kill a look at the
  // whole log.
  if (afterCrash && (!dropped.isEmpty || entriesOf(queues) > ENTRIES_AFTER_CRASH_MAX)) return start
  const uncovered = await firstUncovered(files, queues, start)
  if (uncovered === undefined) return start
  logger.warn('records of the log lack queue entries; they are restored', { from: uncovered })
  return uncovered
}

/**
 * What was dropped, and topics that Apache's broker deleted: that removes their folders and their names in
 * `topics.json`, while their records stay in the log. Those from `start` on are given their queues in any case, as
 * Apache's broker does.
 */
function withoutDeleted(start: number, parts: RecoveryParts): RebuildParts['dropped'] {
  const { directory, ports, queues, dropped } = parts
  const known = knownTopics(directory, ports)
  if (known === undefined) return dropped
  const left = new Set(queues.names().keys())
  const isDeleted = (topic: string, position: number): boolean =>
    position < start && !known.has(topic) && !left.has(topic)
  return { has: (topic, position) => dropped.has(topic, position) || isDeleted(topic, position) }
}

/** Says every few seconds how far the recovery is. */
function progressTold({ files, clock, logger }: RecoveryParts): (position: number) => void {
  let toldMs = clock.monotonicMs()
  return (position) => {
    const now = clock.monotonicMs()
    if (now - toldMs < PROGRESS_INTERVAL_MS) return
    toldMs = now
    const percent = Math.floor(((position - files.start) * 100) / (files.end - files.start))
    logger.info('recovering the log', { position, percent })
  }
}

/** `start`, or before it where the index begins to lack records. */
async function startByIndex(index: IndexFiles, start: number, parts: RecoveryParts): Promise<number> {
  const { files, cleanStop, afterCrash } = parts
  const isShort = cleanStop?.indexEnd !== undefined && index.end < cleanStop.indexEnd
  const isLost = cleanStop === undefined && index.files.length === 0 && (await hasKeys(files))
  if (isShort || isLost) index.lacksFrom ??= index.end
  if (afterCrash || index.lacksFrom !== undefined) await index.restore()
  const { lacksFrom } = index
  if (lacksFrom === undefined || lacksFrom >= start) return start
  return files.starts.findLast((begin) => begin <= lacksFrom) ?? files.start
}

/** Whether the first record of the log has keys, so that there must have been an index. */
async function hasKeys(files: SegmentFiles): Promise<boolean> {
  const hashes: number[] = []
  await scanRecords(files, files.start, 'none', (bytes, at, size) => {
    hashProperties(bytes, recordPropertiesAt(bytes, at), at + size, 0, hashes)
    return false
  })
  return hashes.length > 0
}

/** The last file that begins at or before the end of the furthest queue. */
function startByQueues(files: SegmentFiles, queues: QueueTable): number {
  let furthest = -1
  for (const queue of queues) furthest = Math.max(furthest, queue.physicalEnd)
  return files.starts.findLast((start) => start <= furthest) ?? files.start
}

/**
 * The last file whose first message is old enough that all before it is on the disk, queue entries included. A file
 * that is too short to begin with a message never got there, though what follows it may look old where the clock
 * stepped back.
 */
function startAfterCrash(files: SegmentFiles, minTimestamp: number): number {
  const lost = files.shortStarts.find((start) => !beginsBefore(files, start, Number.POSITIVE_INFINITY))
  const starts = files.starts.filter((start) => lost === undefined || start < lost)
  return starts.findLast((start) => beginsBefore(files, start, minTimestamp + 1)) ?? files.start
}

/** Whether a file begins with a message that was stored before that time. */
function beginsBefore(files: SegmentFiles, start: number, timestamp: number): boolean {
  const head = Buffer.alloc(STORE_TIMESTAMP_END)
  if (files.readSync(head, start) < head.length) return false
  if (!isRecordMagic(head.readInt32BE(RECORD.magic))) return false
  const stored = storeTimestampOf(head, 0)
  return stored !== 0 && stored < timestamp
}
