import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import type { ScannedLog } from '../commit-log/scan.ts'

/** A file of raw log bytes, named by the log position of its first byte in 20 digits. */
export interface LogPart extends ScannedLog {
  readonly path: string
  readonly start: number
}

/** The files of a folder into which recovery saved a damaged part of the log, in order; empty when it is no such folder. */
export function logParts(directory: string, files: Files): LogPart[] {
  return files
    .list(directory)
    .filter(({ name, isDirectory }) => !isDirectory && /^\d{20}$/.test(name))
    .map(({ name }) => logPart(join(directory, name), Number(name), files))
}

/** Each read opens the file, so that nothing is left open. */
function logPart(path: string, start: number, files: Files): LogPart {
  const fileBytes = files.facts(path)?.bytes ?? 0
  const end = start + fileBytes
  return {
    path,
    start,
    end,
    fileBytes,
    has: () => false,
    fileEnd: () => end,
    async read(into, position) {
      const file = files.open(path, { readOnly: true })
      try {
        return await file.read(into, position - start)
      } finally {
        file.close()
      }
    },
  }
}
