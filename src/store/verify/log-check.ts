import { join } from 'node:path'
import type { CrcCheck } from '../../message/index.ts'
import { readCheckpoint } from '../checkpoint/read-checkpoint.ts'
import { type RecordVisitor, scanRecords } from '../commit-log/scan.ts'
import { findRecords } from '../damaged/find-records.ts'
import { nextRecord } from '../damaged/next-record.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import type { Findings } from './findings.ts'
import type { RecordCheck } from './record-check.ts'

/** Bytes of the log after which progress is told. */
const PROGRESS_BYTES = 16 * 1024 * 1024

/** What a {@link checkLog} works with. */
export interface LogCheckParts {
  readonly log: SegmentFiles
  readonly open: OpenFiles
  readonly crc: CrcCheck
  readonly isClean: boolean
  readonly problems: Findings
  readonly pending: Findings
  readonly progress: ((checkedBytes: number, totalBytes: number) => void) | undefined
}

/** What the log holds. */
export interface LogFound {
  readonly records: number
  readonly start: number
  readonly end: number
  /** Store time of the last record, epoch ms; 0 for none. */
  readonly lastTimestamp: number
  /** The greatest store time. */
  readonly newestTimestamp: number
}

/** Gives every record to `check` and judges the end of the log: what lies behind it, and whether it may end there. */
export async function checkLog(directory: string, parts: LogCheckParts, check: RecordCheck): Promise<LogFound> {
  const { log, crc, progress } = parts
  checkNames(log, parts.problems)
  let nextProgress = log.start + PROGRESS_BYTES
  const visit: RecordVisitor = (bytes, at, size, position) => {
    check.record(bytes, at, size, position)
    return true
  }
  const { end, reason } = await scanRecords(log, log.start, crc, visit, (position) => {
    if (position < nextProgress) return
    nextProgress = position + PROGRESS_BYTES
    progress?.(position - log.start, log.end - log.start)
  })
  const { count: records, lastTimestamp, newestTimestamp } = check
  const found = { records, start: log.start, end, lastTimestamp, newestTimestamp }
  const next = await nextRecord(log, end, reason !== 'unreadable')
  const isDamaged = reason === 'unreadable' || next !== undefined
  if (isDamaged) await tellDamage(directory, parts, found, next)
  const behind = log.starts.find((start) => start >= end && start > log.start)
  // A crash leaves files behind that were made ahead of their use.
  if (behind !== undefined && (parts.isClean || next !== undefined)) {
    parts.problems.add(`the log ends at ${end}, but there is a file from ${behind} on`)
  }
  return found
}

function checkNames({ starts, fileBytes }: SegmentFiles, problems: Findings): void {
  for (const [at, start] of starts.entries()) {
    const before = starts[at - 1]
    if (before !== undefined && start - before !== fileBytes) {
      problems.add(`the log has no file for positions ${before + fileBytes} to ${start}`)
    }
  }
}

async function tellDamage(
  directory: string,
  parts: LogCheckParts,
  found: LogFound,
  next: number | undefined,
): Promise<void> {
  const { log, open, isClean, problems, pending } = parts
  const { end, lastTimestamp } = found
  if (next !== undefined) {
    let lost = 0
    await findRecords(log, { from: next }, () => {
      lost++
      return true
    })
    problems.add(`log position ${end}: neither a sound record nor the end of the log`)
    problems.add(`behind that, from log position ${next} on, lie ${lost} sound records that can no longer be read`)
    return
  }
  const known = readCheckpoint(join(directory, 'checkpoint'), open.files)?.logTimestamp ?? 0
  if (!isClean) {
    pending.add(`the log ends at ${end} in something that is no record; the next start cuts it off`)
  } else if (known === 0 || known !== lastTimestamp) {
    // Apache's broker leaves stale bytes behind the end after a recovery; then its checkpoint knows of no later
    // message.
    problems.add(`log position ${end}: neither a sound record nor the end of the log`)
  }
}
