import { basename, dirname, join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import type { RecordVisitor } from '../commit-log/scan.ts'
import { COMMIT_LOG_DIRECTORY } from '../segments/in-use-mark.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { findRecords } from './find-records.ts'

/** Below the store's directory; one folder for each part. Apache's broker does not look at it. */
const DIRECTORY = 'damaged'

/** What is known of a part, beside its files. */
const NOTE = 'part.json'

/** Files of a saved part that are open at the same time. */
const OPEN_FILES_MAX = 4

/** A part of the log that recovery had to cut off, since the log is damaged before it. */
export interface SavedPart {
  /** Its folder. The files lie below it in `commitlog`, under their old names, sparse where nothing was left. */
  readonly path: string
  /** Log position of the damage, where the log ended from then on. */
  readonly start: number
  /** Log position behind the last sound record. */
  readonly end: number
  /** Sound records in it; `undefined`: it was never finished, because the process was stopped. */
  readonly records: number | undefined
  /** Epoch ms. */
  readonly savedMs: number
  /** What the damage looked like. */
  readonly reason: string
  /** Length of its files. */
  readonly fileBytes: number
}

/** The saved parts of a store, the oldest position first. */
export function savedParts(directory: string, files: Files): readonly SavedPart[] {
  const parts: SavedPart[] = []
  const root = join(directory, DIRECTORY)
  for (const { name, isDirectory } of files.list(root)) {
    const part = isDirectory ? readNote(join(root, name), files) : undefined
    if (part !== undefined) parts.push(part)
  }
  return parts.sort((left, right) => left.start - right.start)
}

/** The saved part whose folder this is; `undefined`: it is none. */
export function savedPartAt(path: string, files: Files): SavedPart | undefined {
  return readNote(path, files)
}

/**
 * Visits the sound records of a saved part in order; `visit` returns `false` to stop.
 * @throws RMQ_STORE_READ_FAILED  (rejects)
 */
export async function readSavedPart(part: SavedPart, files: Files, visit: RecordVisitor): Promise<void> {
  const open = new OpenFiles(files, OPEN_FILES_MAX)
  try {
    const layout = { directory: join(part.path, COMMIT_LOG_DIRECTORY), fileBytes: part.fileBytes, setting: NOTE }
    await findRecords(SegmentFiles.load(layout, open), { from: part.start }, visit)
  } finally {
    open.closeAll()
  }
}

/** A folder that is not used yet, for the part behind `start`. */
export function newPartPath(directory: string, start: number, files: Files): string {
  const first = join(directory, DIRECTORY, String(start).padStart(20, '0'))
  for (let number = 1; ; number++) {
    const path = number === 1 ? first : `${first}.${number}`
    if (files.facts(path) === undefined) return path
  }
}

/** Writes what is known of a part; resolves when it is on the disk. */
export async function writeNote(part: SavedPart, files: Files): Promise<void> {
  const { path, ...known } = part
  const unfinished = join(path, `${NOTE}.unfinished`)
  files.remove(unfinished)
  const file = files.open(unfinished, { create: true })
  try {
    file.writeSync(Buffer.from(JSON.stringify(known)), 0)
    await file.datasync()
  } finally {
    file.close()
  }
  files.rename(unfinished, join(path, NOTE))
  await files.syncDirectory(path)
  await files.syncDirectory(dirname(path))
}

function readNote(path: string, files: Files): SavedPart | undefined {
  const content = files.readWhole(join(path, NOTE))
  if (content === undefined) return undefined
  try {
    const { start, end, records, savedMs, reason, fileBytes } = JSON.parse(content.toString()) as Partial<SavedPart>
    if (typeof start !== 'number' || typeof fileBytes !== 'number') return undefined
    return {
      path,
      start,
      end: end ?? start,
      records,
      savedMs: savedMs ?? 0,
      reason: reason ?? basename(path),
      fileBytes,
    }
  } catch {
    // Somebody else's file, or damaged itself: the folder is left alone.
    return undefined
  }
}
