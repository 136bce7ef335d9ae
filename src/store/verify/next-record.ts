import { readInt64 } from '../../base/bytes/index.ts'
import type { Files } from '../../base/files/index.ts'
import { MAGIC, RECORD, RECORD_BYTES_MIN } from '../../message/index.ts'
import { checkRecord } from '../commit-log/record-reader.ts'
import type { ScannedLog } from '../commit-log/scan.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'

/** Bytes searched at once. */
const SEARCH_BYTES = 4 * 1024 * 1024

/**
 * Position of the first sound record at or behind `from` that lies where it says; `undefined` when there is none. Bytes of an earlier life
 * of the file say that they lie elsewhere.
 */
export async function nextRecord(log: ScannedLog, from: number): Promise<number | undefined> {
  const window = Buffer.allocUnsafeSlow(Math.min(SEARCH_BYTES, log.fileBytes))
  for (let position = from; position < log.end; ) {
    const fileEnd = log.fileEnd(position)
    const held = await log.read(window.subarray(0, Math.min(window.length, fileEnd - position)), position)
    for (const at of magicsIn(window.subarray(0, held))) {
      if (await isSoundAt(log, position + at, fileEnd)) return position + at
    }
    // A record that begins in the last bytes of the window is seen whole in the next one.
    const isFileEnd = held < window.length || position + held >= fileEnd
    position = isFileEnd ? fileEnd : position + held - RECORD.magic - 4
  }
  return undefined
}

/** Whether there may be anything behind the end of the log but zeros that were never written. */
export function hasMoreBehind(
  log: SegmentFiles,
  end: number,
  files: Files,
  pathOf: (start: number) => string,
): boolean {
  const start = end - (end % log.fileBytes)
  if (log.starts.some((other) => other > start)) return true
  return (files.facts(pathOf(start))?.allocatedBytes ?? 0) > end - start + SLACK_BYTES
}

/** What a file system may allocate ahead of what was written. */
const SLACK_BYTES = 1024 * 1024

/** Where a record may begin: four bytes before each magic. */
function* magicsIn(bytes: Buffer): Generator<number> {
  for (const magic of [MAGIC.v1, MAGIC.v2]) {
    const sought = Buffer.alloc(4)
    sought.writeInt32BE(magic)
    for (let at = bytes.indexOf(sought); at >= 0; at = bytes.indexOf(sought, at + 1)) {
      if (at >= RECORD.magic) yield at - RECORD.magic
    }
  }
}

async function isSoundAt(log: ScannedLog, position: number, fileEnd: number): Promise<boolean> {
  const head = Buffer.alloc(RECORD_BYTES_MIN)
  if (position + head.length > fileEnd || (await log.read(head, position)) < head.length) return false
  const size = head.readInt32BE(0)
  if (size < head.length || position + size > fileEnd || readInt64(head, RECORD.physicalOffset) !== position)
    return false
  const record = Buffer.allocUnsafeSlow(size)
  return (await log.read(record, position)) === size && checkRecord(record, 0, size, true) === size
}
