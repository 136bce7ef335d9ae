import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import type { QueueLeft } from '../consume-queue/queue-table.ts'
import { openNote, sealNote } from './sealed-note.ts'

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
  files.writeWhole(path, sealNote(state))
  const file = files.open(path)
  try {
    await file.datasync()
  } finally {
    file.close()
  }
}

/**
 * Reads it; `undefined` when there is none, or none that can be believed: the log is read then, as after a stop of
 * Apache's broker.
 */
export function readCleanStop(directory: string, files: Files): CleanStop | undefined {
  const content = files.readWhole(join(directory, FILE))
  const note = content === undefined ? undefined : openNote(content)
  return isCleanStop(note) ? note : undefined
}

/** Another version of this package may have written something else. */
function isCleanStop(note: unknown): note is CleanStop {
  if (typeof note !== 'object' || note === null) return false
  const { logStart, logEnd, indexEnd, queues } = note as Partial<CleanStop>
  if (!isPosition(logStart) || !isPosition(logEnd) || !Array.isArray(queues)) return false
  return (indexEnd === undefined || indexEnd === -1 || isPosition(indexEnd)) && queues.every(isQueueLeft)
}

function isQueueLeft(left: unknown): boolean {
  if (!Array.isArray(left)) return false
  const [topic, ...numbers] = left
  return (
    typeof topic === 'string' &&
    (numbers.length === 4 || numbers.length === 5) &&
    numbers.every((value) => typeof value === 'number')
  )
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Removes it: from now on it would no longer be true. */
export function removeCleanStop(directory: string, files: Files): void {
  files.remove(join(directory, FILE))
}
