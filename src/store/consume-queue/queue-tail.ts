// Hot path: an entry for every message.

import { readInt64, writeInt64 } from '../../base/bytes/index.ts'
import { ENTRY, ENTRY_BYTES } from './entry.ts'

/** Entries a queue first has room for in memory; most queues of most topics stay small. */
const TAIL_ENTRIES_MIN = 8

/** Entries lying in a buffer: number `i` of them at byte `at + 20 i`. */
export interface EntryRange {
  readonly bytes: Buffer
  readonly at: number
  readonly count: number
}

/** The newest entries of a queue, `[start, end)`, in memory, in the form they have in the files. */
export class QueueTail {
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#end
  }

  /** Whether the next entry needs {@link makeRoom}. */
  get isFull(): boolean {
    return (this.#end - this.#start) * ENTRY_BYTES === this.#bytes.length
  }

  /** Adds an entry; there must be room. */
  put(physicalOffset: number, size: number, tagsCode: number): void {
    const at = (this.#end - this.#start) * ENTRY_BYTES
    writeInt64(this.#bytes, physicalOffset, at)
    this.#bytes.writeInt32BE(size, at + ENTRY.size)
    writeInt64(this.#bytes, tagsCode, at + ENTRY.tagsCode)
    this.#end++
  }

  /**
   * Drops entries that are in the files (below `written`) and whose records have left memory (below `hotStart`); doubles the
   * room when that frees less than half.
   */
  makeRoom(written: number, hotStart: number): void {
    const droppable = (written - this.#start) * ENTRY_BYTES
    let from = 0
    while (from < droppable && readInt64(this.#bytes, from) < hotStart) from += ENTRY_BYTES
    if (from < this.#bytes.length / 2 || this.#bytes.length === 0) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, TAIL_ENTRIES_MIN * ENTRY_BYTES))
      this.#bytes.copy(larger, 0, from)
      this.#bytes = larger
    } else {
      this.#bytes.copyWithin(0, from)
    }
    this.#start += from / ENTRY_BYTES
  }

  /** The entries from `offset` on; valid until the next one is added. */
  from(offset: number): EntryRange {
    return { bytes: this.#bytes, at: (offset - this.#start) * ENTRY_BYTES, count: this.#end - offset }
  }

  /** The bytes of the entries `[from, to)`. */
  bytesOf(from: number, to: number): Buffer {
    return this.#bytes.subarray((from - this.#start) * ENTRY_BYTES, (to - this.#start) * ENTRY_BYTES)
  }

  has(offset: number): boolean {
    return offset >= this.#start && offset < this.#end
  }

  /** Ends at `offset`, keeping what is held before it. */
  cutAt(offset: number): void {
    this.#end = offset
  }

  /** Holds nothing; the next entry is number `offset`. */
  restartAt(offset: number): void {
    this.#bytes = Buffer.alloc(0)
    this.#start = offset
    this.#end = offset
  }
}
