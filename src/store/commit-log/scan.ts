// Hot path: recovery and the checker pass every byte of the log through here.

import { readInt32 } from '../../base/bytes/index.ts'
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
import { isZero } from '../segments/zeros.ts'
import { ReadAhead } from './read-ahead.ts'

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

interface ScanParts {
  readonly files: SegmentFiles
  readonly ahead: ReadAhead
  readonly from: number
  readonly checkCrc: CrcCheck
  readonly visit: RecordVisitor
  readonly progress: ((position: number) => void) | undefined
  readonly mayPass: ((next: number) => boolean) | undefined
}

/**
 * Reads record after record from `from` on, file after file, up to the first that is not sound. A file that is missing
 * in between is passed over if `mayPass` says so of the next one; default: always. Files are read in big blocks, the
 * next one while the records of the last are looked at; between two of them other work gets its turn and `progress` is
 * told the position. Apache: `CommitLog.recoverAbnormally` (5.3.3).
 */
export async function scanRecords(
  files: SegmentFiles,
  from: number,
  checkCrc: CrcCheck,
  visit: RecordVisitor,
  progress?: (position: number) => void,
  mayPass?: (next: number) => boolean,
): Promise<ScanEnd> {
  const ahead = new ReadAhead(files)
  try {
    return await scan({ files, ahead, from, checkCrc, visit, progress, mayPass })
  } finally {
    await ahead.stop()
  }
}

async function scan({ files, ahead, from, checkCrc, visit, progress, mayPass }: ScanParts): Promise<ScanEnd> {
  const nextFile = (fileEnd: number): number | undefined => {
    const next = files.startFrom(fileEnd)
    return next === undefined || next === fileEnd || mayPass?.(next) !== false ? next : undefined
  }
  let position = from
  let bytesMin = BLANK_BYTES
  while (position < files.end) {
    progress?.(position)
    const fileEnd = files.fileEnd(position)
    const { bytes, at: first, held, isShort } = await ahead.window(position, bytesMin)
    const heldEnd = first + held
    const readableEnd = isShort ? position + held : fileEnd
    let at = first
    let verdict = judge(bytes, at, heldEnd, readableEnd - position, checkCrc)
    while (verdict > 0) {
      if (visit(bytes, at, verdict, position) === false) return { end: position, reason: 'stopped' }
      at += verdict
      position += verdict
      verdict = judge(bytes, at, heldEnd, readableEnd - position, checkCrc)
    }
    bytesMin = BLANK_BYTES
    if (verdict === NOT_A_RECORD.blank) {
      const next = nextFile(fileEnd)
      if (next === undefined) return { end: position, reason: 'no-next-file' }
      position = next
    } else if (verdict === NOT_A_RECORD.unreadable) {
      const reason =
        position === fileEnd
          ? 'no-next-file'
          : isZero(bytes.subarray(at, Math.min(heldEnd, at + BLANK_BYTES)))
            ? 'zeros'
            : 'unreadable'
      const next = nextFile(fileEnd)
      if (reason !== 'no-next-file' || next === undefined) return { end: position, reason }
      position = next
    } else if (heldEnd - at >= RECORD_HEAD_BYTES) {
      bytesMin = readInt32(bytes, at)
    } else {
      // Its size is believed only when the rest of its head says the same.
      bytesMin = RECORD_HEAD_BYTES
    }
  }
  return { end: position, reason: 'no-next-file' }
}

/**
 * {@link checkRecord} for a window that is filled up to `held`, within a file that has `fileRest` bytes from `at` on.
 */
function judge(window: Buffer, at: number, held: number, fileRest: number, checkCrc: CrcCheck): number {
  const left = held - at
  if (left < BLANK_BYTES) return fileRest <= left ? NOT_A_RECORD.unreadable : NEEDS_MORE
  const size = readInt32(window, at)
  const magic = readInt32(window, at + RECORD.magic)
  if (magic === MAGIC.blank)
    return size <= fileRest && size >= BLANK_BYTES ? NOT_A_RECORD.blank : NOT_A_RECORD.unreadable
  if (isRecordMagic(magic) && size > left && size <= fileRest) {
    // Else a file of a gigabyte would be read into memory because of one flipped bit.
    return left < RECORD_HEAD_BYTES || isBodySizeLikely(window, at) ? NEEDS_MORE : NOT_A_RECORD.unreadable
  }
  return checkRecord(window, at, left, checkCrc)
}
