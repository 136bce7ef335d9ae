import { join } from 'node:path'
import { readCheckpoint } from '../checkpoint/read-checkpoint.ts'
import { scanRecords } from '../commit-log/scan.ts'
import { COMMIT_LOG_DIRECTORY } from '../segments/in-use-mark.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { type SegmentFiles, segmentName } from '../segments/segment-files.ts'
import type { Findings } from './findings.ts'
import { hasMoreBehind, nextRecord } from './next-record.ts'
import type { RecordCheck } from './record-check.ts'

/** Bytes of the log after which progress is told. */
const PROGRESS_BYTES = 16 * 1024 * 1024

/** What a {@link checkLog} works with. */
export interface LogCheckParts {
  readonly log: SegmentFiles
  readonly open: OpenFiles
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
  readonly newestTimestamp: number
}

/** Gives every record to `check` and judges the end of the log: what lies behind it, and whether it may end there. */
export async function checkLog(directory: string, parts: LogCheckParts, check: RecordCheck): Promise<LogFound> {
  const { log, open, progress } = parts
  checkNames(log, parts.problems)
  let nextProgress = log.start + PROGRESS_BYTES
  const { end, reason } = await scanRecords(log, log.start, true, (bytes, at, size, position) => {
    check.record(bytes, at, size, position)
    if (position >= nextProgress) {
      nextProgress = position + PROGRESS_BYTES
      progress?.(position - log.start, log.end - log.start)
    }
    return true
  })
  const { count: records, newestTimestamp } = check
  const found = { records, start: log.start, end, newestTimestamp }
  const pathOf = (start: number): string => join(directory, COMMIT_LOG_DIRECTORY, segmentName(start))
  const isSearched = reason === 'unreadable' || hasMoreBehind(log, end, open.files, pathOf)
  const next = isSearched && !log.isEmpty ? await nextRecord(log, end) : undefined
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
  const { end, newestTimestamp } = found
  if (next !== undefined) {
    let lost = 0
    for (let from: number | undefined = next; from !== undefined; ) {
      const behind = await scanRecords(log, from, true, () => {
        lost++
        return true
      })
      from = behind.end < log.end ? await nextRecord(log, Math.max(behind.end, from + 1)) : undefined
    }
    problems.add(`log position ${end}: neither a sound record nor the end of the log`)
    problems.add(`behind that, from log position ${next} on, lie ${lost} sound records that can no longer be read`)
    return
  }
  const known = readCheckpoint(join(directory, 'checkpoint'), open.files)?.logTimestamp ?? 0
  if (!isClean) {
    pending.add(`the log ends at ${end} in something that is no record; the next start cuts it off`)
  } else if (known === 0 || known !== newestTimestamp) {
    // Apache's broker leaves stale bytes behind the end after a recovery; then its checkpoint knows of no later message.
    problems.add(`log position ${end}: neither a sound record nor the end of the log`)
  }
}
