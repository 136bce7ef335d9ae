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

/** Milliseconds by which recovery goes further back than the checkpoint says. */
const SLACK_MS = 3000

/**
 * Up to which store time the log and the queues are safe; recovery after a crash begins before both.
 * File `checkpoint`. Apache: `StoreCheckpoint` (5.3.3).
 */
export class Checkpoint {
  readonly #file: OpenFile
  readonly #bytes = Buffer.alloc(CHECKPOINT_LAYOUT.bytes)
  #written = Buffer.alloc(0)
  /** How often the clock stepped back. */
  clockSteps = 0
  /** Store time of the last message. */
  #newest = 0
  /** What was taken back may still be on the disk. */
  #isLowered = false
  /** The latest time that the file on the disk may call safe. */
  #safeOnDisk = 0

  private constructor(file: OpenFile) {
    this.#file = file
  }

  /** Reads the file; a missing one is made, with all times 0. */
  static open(path: string, open: OpenFiles): Checkpoint {
    const file = open.files.open(path, { create: true })
    const checkpoint = new Checkpoint(file)
    file.readSync(checkpoint.#bytes, 0)
    checkpoint.#safeOnDisk = checkpoint.#safe
    checkpoint.#newest = Math.max(readInt64(checkpoint.#bytes, FIELD.log), readInt64(checkpoint.#bytes, FIELD.queues))
    if (file.bytes() !== CHECKPOINT_BYTES) file.setBytes(CHECKPOINT_BYTES)
    return checkpoint
  }

  /** Every message stored until then is safe, epoch ms; 0: nothing is known. */
  get minTimestamp(): number {
    return Math.max(0, this.#safe - SLACK_MS)
  }

  get #safe(): number {
    return Math.min(readInt64(this.#bytes, FIELD.log), readInt64(this.#bytes, FIELD.queues))
  }

  /** Store time of a message up to which the log is on the disk, epoch ms; 0: nothing is known. */
  get logTimestamp(): number {
    return Math.max(0, readInt64(this.#bytes, FIELD.log))
  }

  /** The log is on the disk up to the message of that store time. */
  logReached(timestamp: number, clockSteps = this.clockSteps): void {
    if (timestamp > 0 && clockSteps === this.clockSteps) this.#reached(FIELD.log, timestamp)
  }

  /** The queues are on the disk up to the message of that store time. */
  queuesReached(timestamp: number, clockSteps = this.clockSteps): void {
    if (timestamp > 0 && clockSteps === this.clockSteps) this.#reached(FIELD.queues, timestamp)
  }

  /**
   * Store time of the last message of the full index files; newer index files are not known to be on the disk, epoch
   * ms.
   */
  get indexTimestamp(): number {
    return readInt64(this.#bytes, FIELD.index)
  }

  /** An index file that ends with that store time is full and on the disk. */
  indexReached(timestamp: number): void {
    if (timestamp > 0) writeInt64(this.#bytes, timestamp, FIELD.index)
  }

  /** The log's newest message is of that time: a file that was damaged or written under another clock may say more. */
  indexReachedAtMost(timestamp: number): void {
    this.#lower(FIELD.index, timestamp)
  }

  /**
   * To be told the store time of each message before it is written. When the machine's clock was set back, what is said
   * about that time and later is taken back, for such messages come again and are not safe yet. Answers how often that
   * happened: only who knows a time since then may say that it is reached.
   */
  appending(timestamp: number): number {
    if (timestamp < this.#newest) {
      this.clockSteps++
      this.#lower(FIELD.log, timestamp)
      this.#lower(FIELD.queues, timestamp)
      // A recovery that believed the disk would take the messages to come for old and safe.
      if (timestamp <= this.#safeOnDisk - SLACK_MS) this.#syncNow()
    }
    this.#newest = timestamp
    return this.clockSteps
  }

  /**
   * An index file became full that ends with that store time; it is not on the disk, so what says otherwise is taken
   * back.
   */
  indexPending(timestamp: number): void {
    this.#lower(FIELD.index, timestamp - 1)
  }

  #reached(field: number, timestamp: number): void {
    writeInt64(this.#bytes, timestamp, field)
    this.#newest = Math.max(this.#newest, timestamp)
  }

  #lower(field: number, timestamp: number): void {
    if (readInt64(this.#bytes, field) <= timestamp) return
    writeInt64(this.#bytes, timestamp, field)
    this.#isLowered = true
    this.write()
  }

  /** Resolves when what was taken back is no longer on the disk; nearly always at once. */
  async syncLowered(): Promise<void> {
    if (!this.#isLowered) return
    // Before the wait: what is taken back meanwhile needs another one.
    this.#isLowered = false
    try {
      await this.datasync()
    } catch (failure) {
      this.#isLowered = true
      throw failure
    }
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
    this.#safeOnDisk = Math.max(this.#safeOnDisk, this.#safe)
  }

  datasync(): Promise<void> {
    return this.#file.datasync()
  }

  #syncNow(): void {
    this.#file.datasyncSync()
    this.#safeOnDisk = this.#safe
  }

  close(): void {
    this.#file.close()
  }
}
