import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import { CHECKPOINT_BYTES } from '../checkpoint/checkpoint.ts'
import { readCleanStop } from '../checkpoint/clean-stop.ts'
import { readCheckpoint } from '../checkpoint/read-checkpoint.ts'
import type { IndexCheck } from '../index-file/check-index.ts'
import type { Findings } from './findings.ts'
import type { LogFound } from './log-check.ts'
import type { QueuesCheck } from './queues-check.ts'

/** What {@link checkCheckpoint} compares. */
export interface CheckpointCheckParts {
  readonly directory: string
  readonly files: Files
  readonly isClean: boolean
  readonly found: LogFound
  readonly problems: Findings
}

/** Whether `checkpoint` says nothing that the log belies: recovery after a crash trusts it. */
export function checkCheckpoint({ directory, files, isClean, found, problems }: CheckpointCheckParts): void {
  const facts = readCheckpoint(join(directory, 'checkpoint'), files)
  if (facts === undefined) return
  const { bytes, logTimestamp, queueTimestamp, indexTimestamp, confirmOffset } = facts
  if (bytes !== CHECKPOINT_BYTES && bytes !== 0) problems.add(`checkpoint has ${bytes} bytes, not ${CHECKPOINT_BYTES}`)
  const { newestTimestamp: newest, records, start, end } = found
  for (const [what, time] of Object.entries({ log: logTimestamp, queues: queueTimestamp, index: indexTimestamp })) {
    if (time < 0) problems.add(`checkpoint: the time of the ${what} is ${time}`)
    // The message may have left with its log file; where the clock was set back then, those that are left are older.
    else if (what === 'index' && start > 0) continue
    // Apache's broker notes what queues have before the log is on the disk, so a loss of power may have taken that
    // again.
    else if (time > newest && records > 0 && (isClean || what === 'log')) {
      problems.add(`checkpoint: the ${what} had messages up to the time ${time}, the newest in the log is of ${newest}`)
    }
  }
  if (confirmOffset < 0 || (confirmOffset > end && isClean)) {
    problems.add(`checkpoint: a record was seen at log position ${confirmOffset}, but the log ends at ${end}`)
  }
}

/** What {@link checkNote} compares. */
export interface NoteCheckParts extends CheckpointCheckParts {
  readonly queues: QueuesCheck
  readonly index: IndexCheck | undefined
}

/**
 * Whether the note of our last clean stop tells the truth where the next start would believe it without a look at the
 * files.
 */
export function checkNote({ directory, files, isClean, found, queues, index, problems }: NoteCheckParts): void {
  const note = readCleanStop(directory, files)
  // Somebody used the store since: then the next start sees that and reads the files.
  if (note === undefined || !isClean || note.logStart !== found.start || note.logEnd !== found.end) return
  if (index !== undefined && note.indexEnd !== undefined && note.indexEnd !== index.end) return
  const noted = new Map(note.queues.map(([topic, queueId, min, max]) => [`${topic}/${queueId}`, { min, max }]))
  for (const [topic, queueId, { min, max }] of queues) {
    const name = `${topic}/${queueId}`
    const said = noted.get(name)
    noted.delete(name)
    if (said === undefined ? max > 0 && max > min : said.max !== max) {
      problems.add(`the note of the last stop says that ${name} ends at ${said?.max ?? 0}, but it ends at ${max}`)
    }
  }
  for (const [name, { min, max }] of noted) {
    if (max > min) problems.add(`the note of the last stop knows ${name}, which is not there`)
  }
}
