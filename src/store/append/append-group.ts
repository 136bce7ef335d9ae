import type { ConsumeQueue, QueueEntry } from '../consume-queue/consume-queue.ts'
import type { AppendReceiver, AppendResult, AppendStatus } from '../message-store.ts'
import type { LightEntry } from './light-queues.ts'

/** A record that becomes readable when its group is dispatched. */
export interface AppendedRecord extends QueueEntry {
  readonly queue: ConsumeQueue
  /** False for half messages and roll-backs: in the log only. */
  readonly hasQueueEntry: boolean
  /** How many of the group's key hashes are its own. */
  readonly keys: number
  /** Light queues that get an entry for it, too. */
  readonly lights: readonly LightEntry[]
}

/** For records that are in no light queue. */
export const NO_LIGHTS: readonly LightEntry[] = Object.freeze([])

/** The outcome that one caller waits for; `status` may still change until it is handed out. */
export interface PendingAnswer {
  readonly receiver: AppendReceiver
  readonly result: { -readonly [Key in keyof AppendResult]: AppendResult[Key] }
  /** Whether it waits for the disk when the store flushes synchronously. */
  readonly waits: boolean
}

/** All appends of one turn of the event loop; they are written, flushed and dispatched together. */
export interface AppendGroup {
  readonly records: AppendedRecord[]
  /** For the index: hashes of the records' keys, in order. */
  readonly keyHashes: number[]
  answers: PendingAnswer[]
  /** Log position behind the last record. */
  end: number
  /** Of the last record. */
  storeTimestamp: number
}

/** A group without members. */
export function newGroup(): AppendGroup {
  return { records: [], keyHashes: [], answers: [], end: 0, storeTimestamp: 0 }
}

/** Hands out the outcomes; a receiver that throws does not keep the others waiting. */
export function answerAll(answers: readonly PendingAnswer[], onFailure: (failure: unknown) => void): void {
  for (const answer of answers) {
    try {
      answer.receiver.appended(answer.result)
    } catch (failure) {
      onFailure(failure)
    }
  }
}

/** Turns good outcomes into failed ones: nothing of them was stored. */
export function refuse(answers: readonly PendingAnswer[], status: AppendStatus): void {
  for (const { result } of answers) {
    if (result.status !== 'ok') continue
    result.status = status
    result.physicalOffset = 0
    result.queueOffset = 0
    result.physicalOffsets = NO_OFFSETS
  }
}

/** Shared by all outcomes that have no list of offsets. */
export const NO_OFFSETS: readonly number[] = Object.freeze([])
