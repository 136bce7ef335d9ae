import { readInt64 } from '../../base/bytes/index.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { IndexFile, type IndexHeader } from './index-file.ts'
import { INDEX_HEADER, INDEX_HEADER_BYTES, type IndexLayout, indexFileBytes } from './layout.ts'

/** The file at `path`, or why it cannot be an index file behind one that ends at `endBefore`. Changes nothing. */
export function openIndexFile(
  path: string,
  layout: IndexLayout,
  open: OpenFiles,
  endBefore: number,
): IndexFile | string {
  const bytes = open.files.facts(path)?.bytes ?? 0
  const expected = indexFileBytes(layout)
  if (bytes !== expected) {
    return `it has ${bytes} bytes, not ${expected} as maxHashSlotNum=${layout.slots} and maxIndexNum=${layout.entries} say`
  }
  const head = Buffer.alloc(INDEX_HEADER_BYTES)
  const file = open.files.open(path, { readOnly: true })
  try {
    file.readSync(head, 0)
  } finally {
    file.close()
  }
  const header = readIndexHeader(head)
  const { beginOffset, endOffset, next, slotsUsed } = header
  if (beginOffset < Math.max(0, endBefore) || endOffset < beginOffset) {
    return `it claims log positions ${beginOffset} to ${endOffset}, and the file before ends at ${endBefore}`
  }
  if (next > layout.entries || slotsUsed < 0 || slotsUsed >= next) {
    return `it claims ${next} entries in ${slotsUsed} slots`
  }
  return new IndexFile(path, header, layout, open)
}

function readIndexHeader(bytes: Buffer): IndexHeader {
  return {
    beginTimestamp: readInt64(bytes, INDEX_HEADER.beginTimestamp),
    endTimestamp: readInt64(bytes, INDEX_HEADER.endTimestamp),
    beginOffset: readInt64(bytes, INDEX_HEADER.beginOffset),
    endOffset: readInt64(bytes, INDEX_HEADER.endOffset),
    slotsUsed: bytes.readInt32BE(INDEX_HEADER.slotsUsed),
    // Apache's broker counts from 1 in a file whose header was never written.
    next: Math.max(1, bytes.readInt32BE(INDEX_HEADER.next)),
  }
}
