// Hot path: recovery passes every record of a file through here.

import { crc32At, readInt32 } from '../../base/bytes/index.ts'
import { BLANK_BYTES, MAGIC, RECORD } from './layout.ts'
import { locateRecord, newRecordParts } from './locate.ts'
import { matchesPropertyCrc } from './property-crc.ts'

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512

/** Answers of {@link checkRecord} that are no size. */
export const NOT_A_RECORD = { blank: 0, unreadable: -1 } as const

/**
 * What is checked besides the form of a record: nothing, the checksum of its body, or that of the whole record where it
 * has one, else of its body.
 */
export type CrcCheck = 'none' | 'body' | 'record'

const parts = newRecordParts()

/**
 * Judges the bytes at `at`, of which `available` belong to the log file: the size of a sound record, or why there is
 * none. Apache: `CommitLog.checkMessageAndReturnSize` (5.3.3).
 */
export function checkRecord(bytes: Buffer, at: number, available: number, crc: CrcCheck): number {
  if (available < BLANK_BYTES) return NOT_A_RECORD.unreadable
  const size = readInt32(bytes, at)
  if (readInt32(bytes, at + RECORD.magic) === MAGIC.blank) {
    return size < BLANK_BYTES || size > available ? NOT_A_RECORD.unreadable : NOT_A_RECORD.blank
  }
  if (locateRecord(bytes, at, available, parts) !== undefined) return NOT_A_RECORD.unreadable
  const isSound =
    crc === 'none' ||
    ((crc === 'record' ? matchesPropertyCrc(bytes, at, size, parts.propertiesAt) : undefined) ??
      (isBodySound(bytes, at) && !isTorn(bytes, parts.propertiesAt, at + size)))
  return isSound ? size : NOT_A_RECORD.unreadable
}

/**
 * Whether a loss of power took a part of the properties, for which no checksum stands: what never reached the disk
 * reads as zeros, up to the end of a sector or of the record.
 */
function isTorn(bytes: Buffer, propertiesAt: number, end: number): boolean {
  if (propertiesAt === end) return false
  if (bytes[end - 1] === 0) return true
  for (let at = propertiesAt + SECTOR_BYTES - 1; at < end; at += SECTOR_BYTES) {
    if (bytes[at] !== 0) continue
    let from = at
    let to = at
    while (from > propertiesAt && bytes[from - 1] === 0) from--
    while (to < end && bytes[to] === 0) to++
    if (to - from >= SECTOR_BYTES) return true
  }
  return false
}

function isBodySound(bytes: Buffer, at: number): boolean {
  const { bodyAt, bodyEnd } = parts
  return bodyEnd === bodyAt || crc32At(bytes, bodyAt, bodyEnd) === readInt32(bytes, at + RECORD.bodyCrc)
}
