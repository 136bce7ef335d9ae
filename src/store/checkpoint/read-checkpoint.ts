import { readInt64 } from '../../base/bytes/index.ts'
import type { Files } from '../../base/files/index.ts'
import { CHECKPOINT_LAYOUT } from './checkpoint.ts'

const FIELD = CHECKPOINT_LAYOUT.at

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
  const fields = Buffer.alloc(CHECKPOINT_LAYOUT.bytes)
  content.copy(fields)
  return {
    bytes: content.length,
    logTimestamp: readInt64(fields, FIELD.log),
    queueTimestamp: readInt64(fields, FIELD.queues),
    indexTimestamp: readInt64(fields, FIELD.index),
    masterFlushedOffset: readInt64(fields, FIELD.masterFlushed),
    confirmOffset: readInt64(fields, FIELD.confirmOffset),
  }
}
