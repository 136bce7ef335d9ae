import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import type { QueueLeft } from '../consume-queue/queue-table.ts'

/** Ours: what a clean stop left behind, so that the next start need read neither the log nor the queues. */
const FILE = 'clean-stop.rocketstream'

/** The state at a clean stop. */
export interface CleanStop {
  readonly logStart: number
  readonly logEnd: number
  /** Log position of the last indexed record, -1 for none; absent when keys were not indexed. */
  readonly indexEnd?: number | undefined
  readonly queues: readonly QueueLeft[]
}

/** Writes it; the last thing before `abort` goes. Resolves when its content is on the disk. */
export async function writeCleanStop(directory: string, files: Files, state: CleanStop): Promise<void> {
  const path = join(directory, FILE)
  files.writeWhole(path, JSON.stringify(state))
  const file = files.open(path)
  try {
    await file.datasync()
  } finally {
    file.close()
  }
}

/** Reads it; `undefined` when there is none that can be understood. */
export function readCleanStop(directory: string, files: Files): CleanStop | undefined {
  const content = files.readWhole(join(directory, FILE))
  if (content === undefined) return undefined
  try {
    const { logStart, logEnd, indexEnd, queues } = JSON.parse(content.toString()) as Partial<CleanStop>
    if (typeof logStart !== 'number' || typeof logEnd !== 'number' || !Array.isArray(queues)) return undefined
    return { logStart, logEnd, indexEnd: typeof indexEnd === 'number' ? indexEnd : undefined, queues }
  } catch {
    // Half written: the log is read instead, as after a stop of Apache's broker.
    return undefined
  }
}

/** Removes it: from now on it would no longer be true. */
export function removeCleanStop(directory: string, files: Files): void {
  files.remove(join(directory, FILE))
}
