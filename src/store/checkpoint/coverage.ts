// Hot path: after a stop that we know nothing of, every queue entry passes here.

import { join } from 'node:path'
import { readInt64 } from '../../base/bytes/index.ts'
import type { Files } from '../../base/files/index.ts'
import { BLANK_BYTES, isLightName, MAGIC, RECORD } from '../../message/index.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { BATCH_ENTRY_BYTES, BLANK_ENTRY_SIZE, ENTRY } from '../consume-queue/entry.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 4096

/** What the entries of all queues say about one log file. */
interface Covered {
  /** Sum of the sizes of the records that they point to. */
  bytes: number
  /** Where the last of these records ends. */
  end: number
}

/**
 * The first log file before `before` some of whose records no queue entry points to; `undefined`: every byte of these
 * files belongs to an entry. So a lost folder, or one that was never completed, is noticed without reading the log: 20
 * bytes for each message.
 */
export async function firstUncovered(
  files: SegmentFiles,
  queues: QueueTable,
  before: number,
): Promise<number | undefined> {
  const covered = new Map<number, Covered>()
  for (const start of files.starts) if (start < before) covered.set(start, { bytes: 0, end: start })
  if (covered.size === 0) return undefined
  const window = Buffer.allocUnsafeSlow(WINDOW_ENTRIES * BATCH_ENTRY_BYTES)
  for (const queue of queues) if (!isLightName(queue.topic)) await addQueue(queue, files.fileBytes, covered, window)
  for (const [start, { bytes, end }] of covered) {
    if (bytes !== end - start || !endsAt(files, end)) return start
  }
  return undefined
}

/** Entries that {@link firstUncovered} reads. */
export function entriesOf(queues: QueueTable): number {
  let entries = 0
  for (const queue of queues) entries += queue.entries.end - queue.entries.start
  return entries
}

/**
 * The topics that `config/topics.json` names; `undefined` when it cannot tell. A topic that was deleted is not among
 * them.
 */
export function knownTopics(directory: string, files: Files): ReadonlySet<string> | undefined {
  const content = files.readWhole(join(directory, 'config', 'topics.json'))
  if (content === undefined) return undefined
  try {
    const { topicConfigTable } = JSON.parse(content.toString()) as { topicConfigTable?: Record<string, unknown> }
    return topicConfigTable === undefined ? undefined : new Set(Object.keys(topicConfigTable))
  } catch {
    // Half written: then every topic of the log may be there.
    return undefined
  }
}

async function addQueue(
  { entries }: ConsumeQueue,
  fileBytes: number,
  covered: ReadonlyMap<number, Covered>,
  window: Buffer,
): Promise<void> {
  const { entryBytes } = entries
  for (let place = entries.start; place < entries.end; ) {
    const end = Math.min(entries.end, entries.nextFile(place), place + WINDOW_ENTRIES)
    const held = await entries.readFile(window.subarray(0, (end - place) * entryBytes), place)
    for (let at = 0; at + entryBytes <= held; at += entryBytes) {
      const position = readInt64(window, at)
      const size = window.readInt32BE(at + ENTRY.size)
      const file = size === BLANK_ENTRY_SIZE ? undefined : covered.get(position - (position % fileBytes))
      if (file === undefined) continue
      file.bytes += size
      if (position + size > file.end) file.end = position + size
    }
    place = end
  }
}

/** Whether the file has no more records behind `end`. */
function endsAt(files: SegmentFiles, end: number): boolean {
  const next = Buffer.alloc(BLANK_BYTES)
  // Files end with a blank record; only one without room for it ends with its last record.
  return end % files.fileBytes === 0 || (files.readSync(next, end) === next.length && isBlank(next))
}

function isBlank(bytes: Buffer): boolean {
  return bytes.readInt32BE(RECORD.magic) === MAGIC.blank
}
