// Hot path: recovery and the checker pass every byte of the log through here.

import { BLANK_BYTES, MAGIC, RECORD } from '../../message/index.ts'
import { checkRecord, isRecordMagic, NOT_A_RECORD } from './record-reader.ts'

/** Bytes read at once. */
const SCAN_BYTES = 4 * 1024 * 1024

/** A log as a scan sees it: all of it, or a part that was saved. */
export interface ScannedLog {
  /** Length of its longest file. */
  readonly fileBytes: number
  /** Position behind the last file. */
  readonly end: number
  /** Whether a file begins there. */
  has(start: number): boolean
  /** Where the file that holds `position` ends. */
  fileEnd(position: number): number
  /** Reads within one file; resolves to the number of bytes. */
  read(into: Uint8Array, position: number): Promise<number>
}

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
 * Reads record after record from `from` on, file after file, up to the first that is not sound. Files are read in big
 * blocks; between two of them other work gets its turn. Apache: `CommitLog.recoverAbnormally` (5.3.3).
 */
export async function scanRecords(
  files: ScannedLog,
  from: number,
  checkCrc: boolean,
  visit: RecordVisitor,
): Promise<ScanEnd> {
  let position = from
  let window = Buffer.allocUnsafeSlow(Math.min(SCAN_BYTES, files.fileBytes))
  while (position < files.end) {
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
      if (!files.has(fileEnd)) return { end: position, reason: 'no-next-file' }
      position = fileEnd
    } else if (verdict === NOT_A_RECORD.unreadable) {
      const reason = position === fileEnd ? 'no-next-file' : isZero(window, at, held) ? 'zeros' : 'unreadable'
      if (reason !== 'no-next-file' || !files.has(fileEnd)) return { end: position, reason }
    } else if (at === 0) {
      window = Buffer.allocUnsafeSlow(window.readInt32BE(0))
    }
  }
  return { end: position, reason: 'no-next-file' }
}

/** {@link checkRecord} for a window of which `held` bytes are filled, within a file that has `fileRest` bytes from `at` on. */
function judge(window: Buffer, at: number, held: number, fileRest: number, checkCrc: boolean): number {
  const left = held - at
  if (left < BLANK_BYTES) return fileRest <= left ? NOT_A_RECORD.unreadable : NEEDS_MORE
  const size = window.readInt32BE(at)
  const magic = window.readInt32BE(at + RECORD.magic)
  if (magic === MAGIC.blank)
    return size <= fileRest && size >= BLANK_BYTES ? NOT_A_RECORD.blank : NOT_A_RECORD.unreadable
  if (isRecordMagic(magic) && size > left && size <= fileRest) return NEEDS_MORE
  return checkRecord(window, at, left, checkCrc)
}

/** Whether the bytes that could begin a record were never written. */
function isZero(window: Buffer, at: number, held: number): boolean {
  for (let index = at; index < Math.min(held, at + BLANK_BYTES); index++) if (window[index] !== 0) return false
  return true
}
