import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import type { QueueTable } from '../consume-queue/queue-table.ts'

/** Ours: what a clean stop left behind, so that the next start need not read the log. */
const FILE = 'clean-stop.rocketstream'

/** The state at a clean stop. */
export interface CleanStop {
  readonly logEnd: number
  /** Topic → queue id → offset behind its last message. */
  readonly queues: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Writes it; the last thing before `abort` goes. */
export function writeCleanStop(directory: string, files: Files, logEnd: number, queues: QueueTable): void {
  files.writeWhole(join(directory, FILE), JSON.stringify({ logEnd, queues: maxima(queues) } satisfies CleanStop))
}

/** Reads it; `undefined` when there is none that can be understood. */
export function readCleanStop(directory: string, files: Files): CleanStop | undefined {
  const content = files.readWhole(join(directory, FILE))
  if (content === undefined) return undefined
  try {
    const { logEnd, queues } = JSON.parse(content.toString()) as Partial<CleanStop>
    return typeof logEnd === 'number' && typeof queues === 'object' ? { logEnd, queues } : undefined
  } catch {
    // Half written: the log is read instead, as after a stop of Apache's broker.
    return undefined
  }
}

/** Removes it: from now on it would no longer be true. */
export function removeCleanStop(directory: string, files: Files): void {
  files.remove(join(directory, FILE))
}

/** Whether the queues are exactly as they were. */
export function areQueuesAsLeft(left: CleanStop, queues: QueueTable): boolean {
  return JSON.stringify(sorted(left.queues)) === JSON.stringify(sorted(maxima(queues)))
}

/** Queues without messages have no files, so they do not count. */
function maxima(queues: QueueTable): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {}
  for (const queue of queues) {
    if (queue.max === 0) continue
    const topic = found[queue.topic] ?? {}
    topic[queue.queueId] = queue.max
    found[queue.topic] = topic
  }
  return found
}

function sorted(queues: CleanStop['queues']): unknown {
  return Object.keys(queues)
    .sort()
    .map((topic) => [topic, queues[topic]])
}
