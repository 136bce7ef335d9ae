import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import { storeTimestampOf } from '../../message/index.ts'
import { readCleanStop } from '../checkpoint/clean-stop.ts'
import { directoryUser } from '../checkpoint/directory-user.ts'
import { type CheckpointFacts, readCheckpoint } from '../checkpoint/read-checkpoint.ts'
import { scanRecords } from '../commit-log/scan.ts'
import type { QueueKind } from '../consume-queue/entry.ts'
import { nextRecord } from '../damaged/next-record.ts'
import { type SavedPart, savedParts } from '../damaged/saved-parts.ts'
import { readConfigFiles } from '../verify/config-check.ts'
import type { LookedAt } from './looked-at.ts'

/** One queue in a {@link StoreSummary}. */
export interface QueueSummary {
  readonly topic: string
  readonly queueId: number
  readonly kind: QueueKind
  /** Readable are the offsets from `min` on below `max`. */
  readonly min: number
  readonly max: number
  readonly files: number
}

/** One index file in a {@link StoreSummary}. */
export interface IndexSummary {
  readonly kind: 'index'
  readonly name: string
  readonly keys: number
  readonly slotsUsed: number
  readonly beginOffset: number
  readonly endOffset: number
  /** Store times, epoch ms. */
  readonly beginTimestamp: number
  readonly endTimestamp: number
}

/** What `checkpoint` says. */
export interface CheckpointSummary extends CheckpointFacts {
  readonly kind: 'checkpoint'
}

/** What a store directory holds, at a glance. */
export interface StoreSummary {
  readonly kind: 'summary'
  readonly directory: string
  readonly state: {
    /** No `abort`: the last stop was clean. */
    readonly isClean: boolean
    /** Who uses it now, in words; absent: nobody. */
    readonly usedBy: string | undefined
    /** Whether our own last stop left its note. */
    readonly hasNote: boolean
  }
  readonly log: {
    readonly start: number
    readonly end: number
    readonly files: number
    readonly fileBytes: number
    /** Of the first and the last record, epoch ms; 0 for none. */
    readonly oldestTimestamp: number
    readonly newestTimestamp: number
    /** Whether sound records or damage lie behind the end. */
    readonly hasMore: boolean
  }
  readonly queues: readonly QueueSummary[]
  readonly index: readonly IndexSummary[]
  readonly checkpoint: CheckpointSummary | undefined
  readonly config: readonly { readonly name: string; readonly bytes: number; readonly fault: string | undefined }[]
  /** Parts of the log that recovery saved. */
  readonly damaged: readonly SavedPart[]
}

/** Looks at everything once; of the log only the last file is read. */
export async function summaryOf(store: LookedAt, files: Files): Promise<StoreSummary> {
  const { directory, log } = store
  const user = directoryUser(directory, files)
  return {
    kind: 'summary',
    directory,
    state: {
      isClean: store.isClean,
      usedBy: user === undefined ? undefined : `${user.by} (process ${user.pid})`,
      hasNote: readCleanStop(directory, files) !== undefined,
    },
    log: { start: log.start, files: log.starts.length, fileBytes: log.fileBytes, ...(await endOf(store)) },
    queues: [...store.queues()].map(({ topic, queueId, kind, entries, files: count }) => {
      return { topic, queueId, kind, min: entries.min(log.start), max: entries.max, files: count }
    }),
    index: store.indexFiles(),
    checkpoint: checkpointOf(directory, files),
    config: readConfigFiles(directory, files).map(({ name, bytes, fault }) => ({ name, bytes, fault })),
    damaged: savedParts(directory, files),
  }
}

/** What `checkpoint` says; `undefined` when it is missing. */
export function checkpointOf(directory: string, files: Files): CheckpointSummary | undefined {
  const facts = readCheckpoint(join(directory, 'checkpoint'), files)
  return facts === undefined ? undefined : { kind: 'checkpoint', ...facts }
}

type LogEnd = Pick<StoreSummary['log'], 'end' | 'oldestTimestamp' | 'newestTimestamp' | 'hasMore'>

async function endOf({ log }: LookedAt): Promise<LogEnd> {
  let oldestTimestamp = 0
  await scanRecords(log, log.start, 'none', (bytes, at) => {
    if (oldestTimestamp !== 0) return false
    oldestTimestamp = storeTimestampOf(bytes, at)
    return true
  })
  // A file that was made ahead of its use holds no record, and then the one before is looked at.
  for (const start of log.starts.toReversed()) {
    let newestTimestamp = 0
    const { end, reason } = await scanRecords(log, start, 'none', (bytes, at) => {
      newestTimestamp = storeTimestampOf(bytes, at)
      return true
    })
    if (newestTimestamp === 0 && start !== log.start) continue
    const hasMore = reason === 'unreadable' || (await nextRecord(log, end, true)) !== undefined
    return { end, oldestTimestamp, newestTimestamp, hasMore }
  }
  return { end: log.start, oldestTimestamp, newestTimestamp: 0, hasMore: false }
}
