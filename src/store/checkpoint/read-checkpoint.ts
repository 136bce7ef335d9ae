import { readInt64 } from '../../base/bytes/index.ts'
import type { Files } from '../../base/files/index.ts'
import { CHECKPOINT_FIELD, CHECKPOINT_FIELDS_END } from './checkpoint.ts'

/** What the file `checkpoint` says; times are epoch ms, 0 for none. */
export interface CheckpointFacts {
  readonly bytes: number
  /** The log is on the disk up to the message of that store time. */
  readonly logTimestamp: number
  readonly queueTimestamp: number
  readonly indexTimestamp: number
  readonly masterFlushedOffset: number
  /** Position of the last sound record that the last recovery found. */
  readonly confirmOffset: number
}

/** Reads the file without changing it; `undefined` when it is missing. What is cut off reads as 0. */
export function readCheckpoint(path: string, files: Files): CheckpointFacts | undefined {
  const content = files.readWhole(path)
  if (content === undefined) return undefined
  const fields = Buffer.alloc(CHECKPOINT_FIELDS_END)
  content.copy(fields)
  return {
    bytes: content.length,
    logTimestamp: readInt64(fields, CHECKPOINT_FIELD.log),
    queueTimestamp: readInt64(fields, CHECKPOINT_FIELD.queues),
    indexTimestamp: readInt64(fields, CHECKPOINT_FIELD.index),
    masterFlushedOffset: readInt64(fields, CHECKPOINT_FIELD.masterFlushed),
    confirmOffset: readInt64(fields, CHECKPOINT_FIELD.confirmOffset),
  }
}
