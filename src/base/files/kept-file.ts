import { dirname } from 'node:path'
import type { Files } from './files.ts'

/**
 * Writes the next content of a small file beside it, at once: whoever opens the file after this process was killed
 * finds it. Only {@link saveKeptFile} makes it survive a loss of power.
 */
export function stageKeptFile(files: Files, path: string, content: string): void {
  files.makeDirectory(dirname(path))
  files.writeWhole(`${path}.new`, content)
  files.rename(`${path}.new`, `${path}.tmp`)
}

/**
 * Replaces a small file so that a crash at any moment leaves the old or the new content: the old one is kept as
 * `<path>.bak`, the new one is written beside it, synced, and moved over. Apache keeps the same names:
 * `MixAll.string2File`.
 */
export async function saveKeptFile(files: Files, path: string, content: string): Promise<void> {
  stageKeptFile(files, path, content)
  const next = `${path}.tmp`
  const file = files.open(next)
  try {
    await file.datasync()
  } finally {
    file.close()
  }
  if (files.facts(path) !== undefined) files.copy(path, `${path}.bak`)
  files.rename(next, path)
}

/**
 * Reads such a file by `parse`, or the content that was to follow it when the process ended; when it is missing, empty
 * or not readable, its `.bak`, which then takes its place; what cannot be read is kept as `<path>.damaged`. `undefined`
 * when there is neither. Throws what `parse` threw when both are damaged.
 * Apache: `ConfigManager.load`.
 */
export function loadKeptFile<Value>(files: Files, path: string, parse: (content: Buffer) => Value): Value | undefined {
  const staged = stagedContent(files, path, parse)
  if (staged !== undefined) return staged
  let failure: unknown
  for (const candidate of [path, `${path}.bak`]) {
    const content = files.readWhole(candidate)
    if (content === undefined || content.length === 0) continue
    try {
      const value = parse(content)
      if (failure !== undefined) restore(files, path)
      return value
    } catch (unreadable) {
      failure ??= unreadable
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

/**
 * Puts the `.bak` in the place of a file that cannot be read, so that the next save does not make that one the `.bak`.
 */
function restore(files: Files, path: string): void {
  try {
    files.rename(path, `${path}.damaged`)
    files.copy(`${path}.bak`, path)
  } catch {
    // The next save makes up for it; what was read counts in any case.
  }
}

/** What was written beside the file after it; a loss of power may have left only a part of it. */
function stagedContent<Value>(files: Files, path: string, parse: (content: Buffer) => Value): Value | undefined {
  const writtenMs = files.facts(`${path}.tmp`)?.modifiedMs
  // Another broker may have used the directory since, and changed the file.
  if (writtenMs === undefined || writtenMs < (files.facts(path)?.modifiedMs ?? 0)) return undefined
  const content = files.readWhole(`${path}.tmp`)
  if (content === undefined || content.length === 0) return undefined
  try {
    return parse(content)
  } catch {
    return undefined
  }
}
