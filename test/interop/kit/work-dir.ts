import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The caller's directory, which stays, or a temporary one, which `remove` deletes. */
export async function workDir(
  what: string,
  given?: string,
): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  if (given !== undefined) {
    await mkdir(given, { recursive: true })
    return { dir: given, remove: async () => undefined }
  }
  const dir = await mkdtemp(join(tmpdir(), `rocketstream-${what}-`))
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) }
}
