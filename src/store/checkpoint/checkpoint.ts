import { readInt64, writeInt64 } from '../../base/bytes/index.ts'
import type { OpenFile } from '../../base/files/index.ts'
import { OpenFiles } from '../segments/open-files.ts'

/** Length of the file; only the first five int64 are used. */
export const CHECKPOINT_BYTES = 4096

/** Where its fields lie. */
export const CHECKPOINT_FIELD = { log: 0, queues: 8, index: 16, masterFlushed: 24, confirmOffset: 32 } as const

/** Behind the last field. */
export const CHECKPOINT_FIELDS_END = 40

/** Milliseconds by which recovery goes further back than the checkpoint says. */
const SLACK_MS = 3000

/**
 * Up to which store time the log and the queues are safe; recovery after a crash begins before both.
 * File `checkpoint`. Apache: `StoreCheckpoint` (5.3.3).
 */
export class Checkpoint {
  readonly #file: OpenFile
  readonly #bytes = Buffer.alloc(CHECKPOINT_FIELDS_END)
  #written = Buffer.alloc(0)

  private constructor(file: OpenFile) {
    this.#file = file
  }

  /** Reads the file; a missing one is made, with all times 0. */
  static open(path: string, open: OpenFiles): Checkpoint {
    const file = open.files.open(path, { create: true })
    const checkpoint = new Checkpoint(file)
    file.readSync(checkpoint.#bytes, 0)
    if (file.bytes() !== CHECKPOINT_BYTES) file.setBytes(CHECKPOINT_BYTES)
    return checkpoint
  }

  /** Every message stored until then is safe, epoch ms; 0: nothing is known. */
  get minTimestamp(): number {
    return Math.max(
      0,
      Math.min(readInt64(this.#bytes, CHECKPOINT_FIELD.log), readInt64(this.#bytes, CHECKPOINT_FIELD.queues)) -
        SLACK_MS,
    )
  }

  /** The log is on the disk up to the message of that store time. */
  logReached(timestamp: number): void {
    if (timestamp > 0) writeInt64(this.#bytes, timestamp, CHECKPOINT_FIELD.log)
  }

  /** The queues are on the disk up to the message of that store time. */
  queuesReached(timestamp: number): void {
    if (timestamp > 0) writeInt64(this.#bytes, timestamp, CHECKPOINT_FIELD.queues)
  }

  /** Store time of the last message of the full index files; newer index files are not known to be on the disk, epoch ms. */
  get indexTimestamp(): number {
    return readInt64(this.#bytes, CHECKPOINT_FIELD.index)
  }

  /** An index file that ends with that store time is full and on the disk. */
  indexReached(timestamp: number): void {
    if (timestamp > 0) writeInt64(this.#bytes, timestamp, CHECKPOINT_FIELD.index)
  }

  /** Position of the last sound record that recovery found. */
  confirmed(physicalOffset: number): void {
    writeInt64(this.#bytes, Math.max(0, physicalOffset), CHECKPOINT_FIELD.confirmOffset)
  }

  /** Writes what changed. */
  write(): void {
    if (this.#bytes.equals(this.#written)) return
    this.#file.writeSync(this.#bytes, 0)
    this.#written = Buffer.from(this.#bytes)
  }

  datasync(): Promise<void> {
    return this.#file.datasync()
  }

  close(): void {
    this.#file.close()
  }
}
