// Hot path: after a stop that we know nothing of, every queue entry passes here.

import { join } from 'node:path'
import { readInt64 } from '../../base/bytes/index.ts'
import type { Files } from '../../base/files/index.ts'
import { BLANK_BYTES, MAGIC, RECORD } from '../../message/index.ts'
import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { BLANK_ENTRY_SIZE, ENTRY, ENTRY_BYTES } from '../consume-queue/entry.ts'
import { isLightQueue, type QueueTable } from '../consume-queue/queue-table.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 4096

/**
 * Entries of batch consume queues: 46 bytes, of which the first 12 are as in other queues. Apache: `BatchConsumeQueue`.
 */
const BATCH_ENTRY_BYTES = 46

/** What {@link firstUncovered} looks at. */
export interface CoverageParts {
  readonly files: SegmentFiles
  readonly queues: QueueTable
  /** Folder of the batch consume queues. */
  readonly batchQueues: string
  readonly ports: Files
}

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
export async function firstUncovered(parts: CoverageParts, before: number): Promise<number | undefined> {
  const { files, queues, batchQueues, ports } = parts
  const covered = new Map<number, Covered>()
  for (const start of files.starts) if (start < before) covered.set(start, { bytes: 0, end: start })
  if (covered.size === 0) return undefined
  const window = Buffer.allocUnsafeSlow(WINDOW_ENTRIES * ENTRY_BYTES)
  for (const queue of queues) if (!isLightQueue(queue.topic)) await addQueue(queue, files.fileBytes, covered, window)
  for (const path of filesBelow(batchQueues, ports)) await addBatchFile(path, ports, files.fileBytes, covered)
  for (const [start, { bytes, end }] of covered) {
    if (bytes !== end - start || !endsAt(files, end)) return start
  }
  return undefined
}

/** Entries that {@link firstUncovered} reads. */
export function entriesOf(queues: QueueTable): number {
  let entries = 0
  for (const queue of queues) entries += queue.max - queue.min
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
  queue: ConsumeQueue,
  fileBytes: number,
  covered: ReadonlyMap<number, Covered>,
  window: Buffer,
): Promise<void> {
  for (let offset = queue.min; offset < queue.max; ) {
    const end = Math.min(queue.max, queue.nextFileOffset(offset), offset + WINDOW_ENTRIES)
    const held = await queue.readFile(window.subarray(0, (end - offset) * ENTRY_BYTES), offset)
    for (let at = 0; at + ENTRY_BYTES <= held; at += ENTRY_BYTES) {
      addEntry(window, at, fileBytes, covered)
    }
    offset = end
  }
}

function addEntry(bytes: Buffer, at: number, fileBytes: number, covered: ReadonlyMap<number, Covered>): void {
  const position = readInt64(bytes, at)
  const size = bytes.readInt32BE(at + ENTRY.size)
  const file = size === BLANK_ENTRY_SIZE ? undefined : covered.get(position - (position % fileBytes))
  if (file === undefined) return
  file.bytes += size
  if (position + size > file.end) file.end = position + size
}

/** Adds the entries of a file of a batch consume queue, up to the first that is none. */
async function addBatchFile(
  path: string,
  ports: Files,
  fileBytes: number,
  covered: ReadonlyMap<number, Covered>,
): Promise<void> {
  const window = Buffer.allocUnsafeSlow(WINDOW_ENTRIES * BATCH_ENTRY_BYTES)
  const file = ports.open(path, { readOnly: true })
  try {
    for (let position = 0; ; position += window.length) {
      const held = await file.read(window, position)
      for (let at = 0; at + BATCH_ENTRY_BYTES <= held; at += BATCH_ENTRY_BYTES) {
        if (window.readInt32BE(at + ENTRY.size) <= 0) return
        addEntry(window, at, fileBytes, covered)
      }
      if (held < window.length) return
    }
  } finally {
    file.close()
  }
}

/** The files of all queues below a folder `<topic>/<queueId>/`. */
function filesBelow(directory: string, ports: Files): string[] {
  const foldersOf = (path: string): string[] =>
    ports.list(path).flatMap(({ name, isDirectory }) => (isDirectory ? [join(path, name)] : []))
  return foldersOf(directory)
    .flatMap(foldersOf)
    .flatMap((queue) => ports.list(queue).flatMap(({ name, isDirectory }) => (isDirectory ? [] : [join(queue, name)])))
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
