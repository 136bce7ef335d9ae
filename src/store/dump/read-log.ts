import { checkRecord } from '../../message/index.ts'
import { scanRecords } from '../commit-log/scan.ts'
import { nextRecord } from '../damaged/next-record.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'

/** Bytes of records that are held at once. */
const BATCH_BYTES = 1024 * 1024

/** A sound record, or a place where none is though more follow. */
export type LogPlace =
  | { readonly kind: 'sound'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'gap'; readonly position: number; readonly next: number | undefined }

/**
 * Every sound record from `from` on, in order, and the places where something else lies; stops at the end of the log. A
 * `from` in the middle of a record begins with the next one.
 */
export async function* readLog(log: SegmentFiles, from: number): AsyncGenerator<LogPlace> {
  for (let position: number | undefined = from; position !== undefined; ) {
    const batch: { readonly position: number; readonly bytes: Buffer }[] = []
    let held = 0
    const { end, reason } = await scanRecords(log, position, 'body', (bytes, at, size, place) => {
      if (held >= BATCH_BYTES) return false
      held += size
      batch.push({ position: place, bytes: Buffer.from(bytes.subarray(at, at + size)) })
      return true
    })
    for (const record of batch) yield { kind: 'sound', ...record }
    if (reason === 'stopped') position = end
    else {
      const next: number | undefined = await nextRecord(log, end, reason !== 'unreadable')
      if (reason === 'unreadable' || next !== undefined) yield { kind: 'gap', position: end, next }
      position = next
    }
  }
}

/** The sound record at `position`; `undefined` when none begins there. */
export async function recordAt(log: SegmentFiles, position: number): Promise<Buffer | undefined> {
  const head = Buffer.alloc(4)
  const rest = log.fileEnd(position) - position
  if (position < 0 || (await log.read(head, position)) < head.length) return undefined
  const size = head.readInt32BE(0)
  if (size <= 0 || size > rest) return undefined
  const record = Buffer.alloc(size)
  if ((await log.read(record, position)) < size || checkRecord(record, 0, size, 'body') !== size) return undefined
  return record
}
