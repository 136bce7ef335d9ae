import { join } from 'node:path'
import { codeOf, textOf } from '../../base/errors/index.ts'
import type { Files, OpenFile } from '../../base/files/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { locateText, RECORD, type RecordText } from '../../message/index.ts'
import type { ScanEnd } from '../commit-log/scan.ts'
import { storeErrors } from '../errors.ts'
import { COMMIT_LOG_DIRECTORY } from '../segments/in-use-mark.ts'
import type { NewNames } from '../segments/new-names.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import { segmentName } from '../segments/segment-layout.ts'
import { isZero, PAGE_BYTES } from '../segments/zeros.ts'
import { nextRecord } from './next-record.ts'
import { newPartPath, readSavedPart, type SavedPart, savedParts, writeNote } from './saved-parts.ts'

/** Bytes copied at once. */
const COPY_BYTES = 1024 * 1024

/** A copy in a part's folder that is not complete. */
const UNFINISHED = 'copy.unfinished'

/** Queues told in the log line; more are counted only. */
const QUEUES_TOLD_MAX = 5

/** Whether the log ends in bytes that are no record, rather than where nothing was written. */
export function isDamage({ reason }: ScanEnd): boolean {
  return reason === 'unreadable' || reason === 'stopped'
}

/** What saving works with. */
export interface SavingParts {
  /** The store's. */
  readonly directory: string
  readonly ports: Files
  readonly names: NewNames
  readonly log: SegmentFiles
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Brings what lies behind the end of the log to safety when there are sound records in it; to be called before anything
 * is cut there. What it returns must be called when the log was cut: until then a start after a kill goes on with the
 * same part. Everything that is saved is on the disk before this resolves. The rest of the file that is to be cut is
 * copied without its zeros, and the files behind it are moved, the last one first, so that what is left of the log has
 * no gap at any moment.
 *
 * @param roomEnd  see `nextRecord`
 * @throws RMQ_STORE_DAMAGE_NOT_SAVED  (rejects) the disk is full or fails
 * @throws RMQ_STORE_READ_FAILED  (rejects)
 */
export async function saveBehind(
  parts: SavingParts,
  scan: ScanEnd,
  roomEnd: number | undefined,
): Promise<() => Promise<void>> {
  const { directory, ports, names, log, clock } = parts
  const { end } = scan
  let part: SavedPart | undefined
  for (const each of savedParts(directory, ports)) {
    if (each.records !== undefined) continue
    if (each.start === end) part = each
    else await finish(parts, each)
  }
  if (part === undefined && (await nextRecord(log, end, !isDamage(scan), roomEnd)) === undefined)
    return async () => undefined
  const path = part?.path ?? newPartPath(directory, end, ports)
  const saved = part ?? {
    path,
    start: end,
    end,
    records: undefined,
    savedMs: clock.now(),
    reason: isDamage(scan) ? 'a damaged record' : 'zeros',
    fileBytes: log.fileBytes,
  }
  try {
    const into = join(path, COMMIT_LOG_DIRECTORY)
    names.makeDirectory(into)
    names.changedUpTo(directory, into)
    await writeNote(saved, ports)
    await names.sync(into)
    const start = end - (end % log.fileBytes)
    if (start !== end)
      await copyOnce(log.pathOf(start), end - start, join(path, UNFINISHED), join(into, segmentName(start)), ports)
    await ports.syncDirectory(into)
    await ports.syncDirectory(path)
    for (const each of log.starts.toReversed()) {
      if (each < end) break
      await moveFile(log, each, into, ports)
      await ports.syncDirectory(into)
      await log.syncNames()
    }
  } catch (failure) {
    if (codeOf(failure)?.startsWith('RMQ_') === true) throw failure
    throw storeErrors.RMQ_STORE_DAMAGE_NOT_SAVED({ path, position: end, reason: textOf(failure) }, failure)
  }
  return () => finish(parts, saved)
}

/** Copies in one step: a start that goes on with the same part may find the original cut already. */
async function copyOnce(from: string, at: number, unfinished: string, to: string, ports: Files): Promise<void> {
  if (ports.facts(to) !== undefined) return
  ports.remove(unfinished)
  await copyWithoutZeros(from, at, unfinished, ports)
  ports.rename(unfinished, to)
}

/** Copies what is not zero from `at` on to the same places of another file. */
async function copyWithoutZeros(from: string, at: number, to: string, ports: Files): Promise<void> {
  const source = ports.open(from, { readOnly: true })
  const target = ports.open(to, { create: true })
  try {
    const bytes = source.bytes()
    const window = Buffer.allocUnsafeSlow(Math.min(COPY_BYTES, bytes))
    target.setBytes(bytes)
    for (let position = at; position < bytes; ) {
      const held = await source.read(window.subarray(0, Math.min(window.length, bytes - position)), position)
      if (held === 0) break
      writePages(window.subarray(0, held), target, position)
      position += held
    }
    await target.datasync()
  } finally {
    source.close()
    target.close()
  }
}

/** Writes the pages that are not zero. */
function writePages(bytes: Buffer, file: OpenFile, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    const pageEnd = Math.min(bytes.length, at + PAGE_BYTES - ((position + at) % PAGE_BYTES))
    const page = bytes.subarray(at, pageEnd)
    if (!isZero(page)) file.writeSync(page, position + at)
    at = pageEnd
  }
}

/** Moves a whole file of the log. */
async function moveFile(log: SegmentFiles, start: number, into: string, ports: Files): Promise<void> {
  const path = log.pathOf(start)
  const target = join(into, segmentName(start))
  await log.datasync(start, start + log.fileBytes)
  log.release(start)
  try {
    ports.rename(path, target)
  } catch (failure) {
    if (codeOf(failure) !== 'EXDEV') throw failure
    // The log lies on another disk, behind a link.
    await copyWithoutZeros(path, 0, target, ports)
    ports.remove(path)
  }
}

/** Counts what was saved, says it, and notes it. */
async function finish({ ports, logger }: SavingParts, part: SavedPart): Promise<void> {
  const queues = new Map<string, number>()
  const text: RecordText = { topicAt: 0, topicEnd: 0, propertiesAt: 0 }
  let { end } = part
  let records = 0
  await readSavedPart(part, ports, (bytes, at, size, position) => {
    locateText(bytes, at, text)
    const topic = bytes.toString('utf8', text.topicAt, text.topicEnd)
    const queue = `${topic}/${bytes.readInt32BE(at + RECORD.queueId)}`
    queues.set(queue, (queues.get(queue) ?? 0) + 1)
    records++
    end = position + size
    return true
  })
  logger.error('the log is damaged: it ends at the damage, and what lies behind was saved', {
    from: part.start,
    to: end,
    bytes: end - part.start,
    records,
    queues: shortList(queues),
    reason: part.reason,
    lookAtIt: `rocketstream store dump ${part.path}`,
  })
  await writeNote({ ...part, end, records }, ports)
}

/** `T/0: 12, U/3: 4 and 7 more`: the queues with most records. */
function shortList(queues: ReadonlyMap<string, number>): string {
  const most = [...queues].sort(([, left], [, right]) => right - left)
  const told = most.slice(0, QUEUES_TOLD_MAX).map(([queue, records]) => `${queue}: ${records}`)
  const more = most.length - told.length
  return told.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
