import { defineLayout, field, readInt64, writeInt64 } from '../../base/bytes/index.ts'
import type { OpenFile } from '../../base/files/index.ts'
import { OpenFiles } from '../segments/open-files.ts'

/** Length of the file; only the first five int64 are used. */
export const CHECKPOINT_BYTES = 4096

/** The used part of the file. Apache: `StoreCheckpoint` (5.3.3). */
export const CHECKPOINT_LAYOUT = defineLayout({
  log: field.int64('Store time of the newest message that is on the disk, epoch ms.'),
  queues: field.int64('Store time of the newest message whose queue entry is on the disk, epoch ms.'),
  index: field.int64('Store time of the last message of the last full index file, epoch ms; 0: none is full.'),
  masterFlushed: field.int64('Of a slave: how far the disk of its master is; else 0.'),
  confirmOffset: field.int64('Position in the log of the last sound record that the last recovery found.'),
})

const FIELD = CHECKPOINT_LAYOUT.at
const FIELDS_END = CHECKPOINT_LAYOUT.bytes

/** Milliseconds by which recovery goes further back than the checkpoint says. */
const SLACK_MS = 3000

/**
 * Up to which store time the log and the queues are safe; recovery after a crash begins before both.
 * File `checkpoint`. Apache: `StoreCheckpoint` (5.3.3).
 */
export class Checkpoint {
  readonly #file: OpenFile
  readonly #bytes = Buffer.alloc(FIELDS_END)
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
    return Math.max(0, Math.min(readInt64(this.#bytes, FIELD.log), readInt64(this.#bytes, FIELD.queues)) - SLACK_MS)
  }

  /** The log is on the disk up to the message of that store time. */
  logReached(timestamp: number): void {
    if (timestamp > 0) writeInt64(this.#bytes, timestamp, FIELD.log)
  }

  /** The queues are on the disk up to the message of that store time. */
  queuesReached(timestamp: number): void {
    if (timestamp > 0) writeInt64(this.#bytes, timestamp, FIELD.queues)
  }

  /** Store time of the last message of the full index files; newer index files are not known to be on the disk, epoch ms. */
  get indexTimestamp(): number {
    return readInt64(this.#bytes, FIELD.index)
  }

  /** An index file that ends with that store time is full and on the disk. */
  indexReached(timestamp: number): void {
    if (timestamp > 0) writeInt64(this.#bytes, timestamp, FIELD.index)
  }

  /** Position of the last sound record that recovery found. */
  confirmed(physicalOffset: number): void {
    writeInt64(this.#bytes, Math.max(0, physicalOffset), FIELD.confirmOffset)
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
