import { join } from 'node:path'
import { readInt64 } from '../../base/bytes/index.ts'
import type { Files } from '../../base/files/index.ts'
import { LogPlaces } from '../commit-log/log-places.ts'
import { type StoreConfig, storeConfig } from '../config.ts'
import { QUEUE_FOLDERS, type QueueFileSizes, UNITS_FOLDER } from '../consume-queue/queue-folders.ts'
import { isIndexFileName } from '../index-file/file-name.ts'
import {
  entryPosition,
  INDEX_ENTRY,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER,
  INDEX_HEADER_BYTES,
  indexFileBytes,
  SLOT_BYTES,
} from '../index-file/layout.ts'

/** Sizes that settings give, and files can tell. */
export type FileSizes = Pick<StoreConfig, 'mappedFileSizeCommitLog' | 'maxHashSlotNum' | 'maxIndexNum'> & QueueFileSizes

/** Folders of queues that are looked at. */
const QUEUES_MAX = 64

/** Entries for each slot of an index file, when nobody set it otherwise. */
const ENTRIES_PER_SLOT = 4

/** Slots that are tried one by one when the usual ratio does not fit. */
const SLOTS_MAX = 1_000_000

const NAME = /^\d{20}$/

/**
 * The sizes of a store's files as `config` says, else as the files themselves do, else the defaults. Folder by folder
 * the names tell: they count bytes, so neighbours are a file apart. An index file does not say how its length is
 * divided: the usual ratio is tried, then every other one, until an entry stands where its header says.
 */
export function findSizes(directory: string, config: Partial<StoreConfig>, files: Files): FileSizes {
  const defaults = storeConfig.with(config)
  const { all } = new LogPlaces({ ...defaults, storePathRootDir: directory })
  const lengths = {
    mappedFileSizeCommitLog: () => lengthIn(all, files),
    mappedFileSizeConsumeQueue: () => lengthIn(queueFolders(join(directory, QUEUE_FOLDERS.simple), files), files),
    mapperFileSizeBatchConsumeQueue: () => lengthIn(queueFolders(join(directory, QUEUE_FOLDERS.batch), files), files),
    mappedFileSizeConsumeQueueExt: () => lengthIn(queueFolders(join(directory, UNITS_FOLDER), files), files),
  }
  const sizeOf = (key: keyof typeof lengths): number => config[key] ?? lengths[key]() ?? defaults[key]
  const isGiven = config.maxHashSlotNum !== undefined || config.maxIndexNum !== undefined
  const index = isGiven ? undefined : indexSizes(join(directory, 'index'), files)
  return {
    mappedFileSizeCommitLog: sizeOf('mappedFileSizeCommitLog'),
    mappedFileSizeConsumeQueue: sizeOf('mappedFileSizeConsumeQueue'),
    mapperFileSizeBatchConsumeQueue: sizeOf('mapperFileSizeBatchConsumeQueue'),
    mappedFileSizeConsumeQueueExt: sizeOf('mappedFileSizeConsumeQueueExt'),
    maxHashSlotNum: index?.slots ?? defaults.maxHashSlotNum,
    maxIndexNum: index?.entries ?? defaults.maxIndexNum,
  }
}

/** Length of the files in folders that all have files of one length; `undefined` without files. */
function lengthIn(folders: readonly string[], files: Files): number | undefined {
  const counts = new Map<number, number>()
  let apart = Number.POSITIVE_INFINITY
  for (const folder of folders) {
    const starts = files
      .list(folder)
      .filter((entry) => !entry.isDirectory && NAME.test(entry.name))
      .map((entry) => Number(entry.name))
    for (const [at, start] of starts.entries()) {
      if (at > 0) apart = Math.min(apart, start - (starts[at - 1] ?? 0))
      const bytes = files.facts(join(folder, String(start).padStart(20, '0')))?.bytes ?? 0
      if (bytes > 0) counts.set(bytes, (counts.get(bytes) ?? 0) + 1)
    }
  }
  if (counts.has(apart)) return apart
  const [most] = [...counts].sort(([leftBytes, left], [rightBytes, right]) => right - left || rightBytes - leftBytes)
  return most?.[0]
}

function queueFolders(root: string, files: Files): string[] {
  const folders: string[] = []
  for (const topic of files.list(root)) {
    for (const queue of topic.isDirectory ? files.list(join(root, topic.name)) : []) {
      if (folders.length === QUEUES_MAX) return folders
      if (queue.isDirectory) folders.push(join(root, topic.name, queue.name))
    }
  }
  return folders
}

interface IndexSizes {
  readonly slots: number
  readonly entries: number
}

function indexSizes(directory: string, files: Files): IndexSizes | undefined {
  const name = files.list(directory).find((entry) => !entry.isDirectory && isIndexFileName(entry.name))?.name
  if (name === undefined) return undefined
  const path = join(directory, name)
  const bytes = files.facts(path)?.bytes ?? 0
  const units = (bytes - INDEX_HEADER_BYTES) / SLOT_BYTES
  const unitsOfEntry = INDEX_ENTRY_BYTES / SLOT_BYTES
  const usual = Math.floor(units / (1 + ENTRIES_PER_SLOT * unitsOfEntry))
  const file = files.open(path, { readOnly: true })
  try {
    const header = Buffer.alloc(INDEX_HEADER_BYTES)
    file.readSync(header, 0)
    const entry = Buffer.alloc(INDEX_ENTRY_BYTES)
    const fits = (slots: number): boolean => {
      const layout = { directory, slots, entries: (units - slots) / unitsOfEntry }
      if (slots < 1 || !Number.isInteger(layout.entries) || indexFileBytes(layout) !== bytes) return false
      const last = header.readInt32BE(INDEX_HEADER.next) - 1
      if (last < 1) return slots === usual
      const isAt = (number: number, offset: number): boolean => {
        file.readSync(entry, entryPosition(layout, number))
        // What was never written has no hash, and only one key of four thousand millions has that one.
        return readInt64(entry, INDEX_ENTRY.physicalOffset) === offset && entry.readInt32BE(0) > 0
      }
      return (
        isAt(1, readInt64(header, INDEX_HEADER.beginOffset)) && isAt(last, readInt64(header, INDEX_HEADER.endOffset))
      )
    }
    const sizes = (slots: number): IndexSizes => ({ slots, entries: (units - slots) / unitsOfEntry })
    if (fits(usual)) return sizes(usual)
    for (let slots = 1; slots <= Math.min(units, SLOTS_MAX); slots++) if (fits(slots)) return sizes(slots)
  } finally {
    file.close()
  }
  return undefined
}
