import { dirname } from 'node:path'
import type { Files } from './files.ts'

/**
 * Replaces a small file so that a crash at any moment leaves the old or the new content: the old one is kept as `<path>.bak`,
 * the new one is written beside it, synced, and moved over. Apache keeps the same names: `MixAll.string2File`.
 */
export async function saveKeptFile(files: Files, path: string, content: string): Promise<void> {
  files.makeDirectory(dirname(path))
  const next = `${path}.tmp`
  files.writeWhole(next, content)
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
 * Reads such a file by `parse`; when it is missing, empty or not readable, its `.bak`. `undefined` when there is neither.
 * Throws what `parse` threw when both are damaged. Apache: `ConfigManager.load`.
 */
export function loadKeptFile<Value>(files: Files, path: string, parse: (content: Buffer) => Value): Value | undefined {
  let failure: unknown
  for (const candidate of [path, `${path}.bak`]) {
    const content = files.readWhole(candidate)
    if (content === undefined || content.length === 0) continue
    try {
      return parse(content)
    } catch (unreadable) {
      failure ??= unreadable
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}
