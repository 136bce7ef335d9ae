import type { SegmentFiles } from '../segments/segment-files.ts'
import { PAGE_BYTES } from '../segments/zeros.ts'
import { findRecords } from './find-records.ts'

/** Where the log seems to end as it should, so many bytes behind are looked at in any case. */
const LOOK_BYTES = 16 * 1024 * 1024

/**
 * Position of the first sound record at or behind `from` that lies where it says; `undefined` when there is none.
 *
 * @param isSeemly  whether the log seems to end there as it should: then what was never written is not read
 * @param roomEnd  behind `from` the file is known to have room up to there, see `roomEnd` of the files; default: none
 */
export async function nextRecord(
  log: SegmentFiles,
  from: number,
  isSeemly: boolean,
  roomEnd = from,
): Promise<number | undefined> {
  let next: number | undefined
  const zerosMax = isSeemly && isRestUnwritten(log, roomEnd) ? LOOK_BYTES : Number.POSITIVE_INFINITY
  await findRecords(log, { from, zerosMax }, (_bytes, _at, _size, position) => {
    next = position
    return false
  })
  return next
}

/**
 * Whether the file system has no room for more than the log up to `end`, so that the rest of its files, up to two
 * gigabytes after any kill, need not be read. Since it may count wrongly, for example when it compresses, some of it is
 * looked at nevertheless.
 */
function isRestUnwritten(log: SegmentFiles, end: number): boolean {
  const start = end - (end % log.fileBytes)
  const known = Math.ceil((end - start) / PAGE_BYTES) * PAGE_BYTES
  return log.starts.every((each) => {
    if (each < start) return true
    const allocated = log.allocatedBytes(each) ?? Number.POSITIVE_INFINITY
    // Who has no room at all for what was read does not count.
    return each === start ? allocated <= known && (allocated > 0 || known === 0) : allocated === 0
  })
}
