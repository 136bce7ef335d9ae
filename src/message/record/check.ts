// Hot path: recovery passes every record of a file through here.

import { crc32 } from '../../base/bytes/index.ts'
import { BLANK_BYTES, MAGIC, RECORD } from './layout.ts'
import { locateRecord, newRecordParts } from './locate.ts'

/** Answers of {@link checkRecord} that are no size. */
export const NOT_A_RECORD = { blank: 0, unreadable: -1 } as const

const parts = newRecordParts()

/**
 * Judges the bytes at `at`, of which `available` belong to the log file: the size of a sound record, or why there is none.
 * Apache: `CommitLog.checkMessageAndReturnSize` (5.3.3).
 */
export function checkRecord(bytes: Buffer, at: number, available: number, checkCrc: boolean): number {
  if (available < BLANK_BYTES) return NOT_A_RECORD.unreadable
  const size = bytes.readInt32BE(at)
  if (bytes.readInt32BE(at + RECORD.magic) === MAGIC.blank) {
    return size < BLANK_BYTES || size > available ? NOT_A_RECORD.unreadable : NOT_A_RECORD.blank
  }
  if (locateRecord(bytes, at, available, parts) !== undefined) return NOT_A_RECORD.unreadable
  const { bodyAt, bodyEnd } = parts
  const isSound =
    !checkCrc || bodyEnd === bodyAt || crc32(bytes.subarray(bodyAt, bodyEnd)) === bytes.readInt32BE(at + RECORD.bodyCrc)
  return isSound ? size : NOT_A_RECORD.unreadable
}
