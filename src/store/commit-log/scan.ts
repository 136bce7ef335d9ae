// Hot path: recovery and the checker pass every byte of the log through here.

import {
  BLANK_BYTES,
  type CrcCheck,
  checkRecord,
  isBodySizeLikely,
  isRecordMagic,
  MAGIC,
  NOT_A_RECORD,
  RECORD,
  RECORD_HEAD_BYTES,
} from '../../message/index.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'

/** Bytes read at once. */
const SCAN_BYTES = 4 * 1024 * 1024

/** What a scan is told for each record; `false` stops it in front of this record. */
export type RecordVisitor = (bytes: Buffer, at: number, size: number, position: number) => boolean | undefined

/** Where a scan ended. */
export interface ScanEnd {
  /** Position behind the last sound record: the end of the log. */
  readonly end: number
  /** Why it ended there. */
  readonly reason: 'zeros' | 'unreadable' | 'no-next-file' | 'stopped'
}

/** Answer of {@link judge}: the record goes on behind the bytes at hand. */
const NEEDS_MORE = -2

/**
 * Reads record after record from `from` on, file after file, up to the first that is not sound. A file that is missing
 * in between is passed over if `mayPass` says so of the next one; default: always. Files are read in big blocks; between two of them other work gets its turn and `progress`
 * is told the position. Apache: `CommitLog.recoverAbnormally` (5.3.3).
 */
export async function scanRecords(
  files: SegmentFiles,
  from: number,
  checkCrc: CrcCheck,
  visit: RecordVisitor,
  progress?: (position: number) => void,
  mayPass?: (next: number) => boolean,
): Promise<ScanEnd> {
  const nextFile = (fileEnd: number): number | undefined => {
    const next = files.startFrom(fileEnd)
    return next === undefined || next === fileEnd || mayPass?.(next) !== false ? next : undefined
  }
  let position = from
  let window = Buffer.allocUnsafeSlow(Math.min(SCAN_BYTES, files.fileBytes))
  while (position < files.end) {
    progress?.(position)
    const fileEnd = files.fileEnd(position)
    const wanted = Math.min(window.length, fileEnd - position)
    const held = await files.read(window.subarray(0, wanted), position)
    const blockEnd = position + held
    const readableEnd = held < wanted ? blockEnd : fileEnd
    let at = 0
    let verdict = judge(window, at, held, readableEnd - position, checkCrc)
    while (verdict > 0) {
      if (visit(window, at, verdict, position) === false) return { end: position, reason: 'stopped' }
      at += verdict
      position += verdict
      verdict = judge(window, at, held, readableEnd - position, checkCrc)
    }
    if (verdict === NOT_A_RECORD.blank) {
      const next = nextFile(fileEnd)
      if (next === undefined) return { end: position, reason: 'no-next-file' }
      position = next
    } else if (verdict === NOT_A_RECORD.unreadable) {
      const reason = position === fileEnd ? 'no-next-file' : isZero(window, at, held) ? 'zeros' : 'unreadable'
      const next = nextFile(fileEnd)
      if (reason !== 'no-next-file' || next === undefined) return { end: position, reason }
      position = next
    } else if (at === 0) {
      window = Buffer.allocUnsafeSlow(window.readInt32BE(0))
    }
  }
  return { end: position, reason: 'no-next-file' }
}

/** {@link checkRecord} for a window of which `held` bytes are filled, within a file that has `fileRest` bytes from `at` on. */
function judge(window: Buffer, at: number, held: number, fileRest: number, checkCrc: CrcCheck): number {
  const left = held - at
  if (left < BLANK_BYTES) return fileRest <= left ? NOT_A_RECORD.unreadable : NEEDS_MORE
  const size = window.readInt32BE(at)
  const magic = window.readInt32BE(at + RECORD.magic)
  if (magic === MAGIC.blank)
    return size <= fileRest && size >= BLANK_BYTES ? NOT_A_RECORD.blank : NOT_A_RECORD.unreadable
  if (isRecordMagic(magic) && size > left && size <= fileRest) {
    // Else a file of a gigabyte would be read into memory because of one flipped bit.
    return left < RECORD_HEAD_BYTES || isBodySizeLikely(window, at) ? NEEDS_MORE : NOT_A_RECORD.unreadable
  }
  return checkRecord(window, at, left, checkCrc)
}

/** Whether the bytes that could begin a record were never written. */
function isZero(window: Buffer, at: number, held: number): boolean {
  for (let index = at; index < Math.min(held, at + BLANK_BYTES); index++) if (window[index] !== 0) return false
  return true
}
