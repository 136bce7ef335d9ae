// Hot path: an entry for every message.

import { readInt64, viewOf, writeInt64To } from '../../base/bytes/index.ts'
import { ENTRY } from './entry.ts'

/** Entries a queue first has room for in memory; most queues of most topics stay small. */
const TAIL_ENTRIES_MIN = 8

const NO_BYTES = Buffer.alloc(0)
const NO_VIEW = viewOf(NO_BYTES)

/** Entries lying in a buffer: number `i` of them at byte `at + entryBytes · i`. */
export interface EntryRange {
  readonly bytes: Buffer
  readonly at: number
  readonly count: number
  readonly entryBytes: number
}

/** The newest entries of a queue, `[start, end)` by their place, in memory, in the form they have in the files. */
export class QueueTail {
  readonly #entryBytes: number
  #bytes: Buffer = NO_BYTES
  #view = NO_VIEW
  #start = 0
  #end = 0

  constructor(entryBytes: number) {
    this.#entryBytes = entryBytes
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#end
  }

  /** Whether the next entry needs {@link makeRoom}. */
  get isFull(): boolean {
    return (this.#end - this.#start) * this.#entryBytes === this.#bytes.length
  }

  /**
   * Adds an entry, of which the fields of {@link ENTRY} are filled; there must be room. Returns where it begins in
   * {@link bytes}.
   */
  put(physicalOffset: number, size: number, tagsCode: number): number {
    const at = (this.#end - this.#start) * this.#entryBytes
    const view = this.#view
    writeInt64To(view, physicalOffset, at)
    view.setInt32(at + ENTRY.size, size)
    writeInt64To(view, tagsCode, at + ENTRY.tagsCode)
    this.#end++
    return at
  }

  /** The memory itself, for the rest of an entry that was just {@link put}. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /**
   * Drops entries that are in the files (below `written`) and whose records have left memory (below `hotStart`);
   * doubles the room when that frees less than half.
   */
  makeRoom(written: number, hotStart: number): void {
    const droppable = (written - this.#start) * this.#entryBytes
    let from = 0
    while (from < droppable && readInt64(this.#bytes, from) < hotStart) from += this.#entryBytes
    if (from < this.#bytes.length / 2 || this.#bytes.length === 0) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, TAIL_ENTRIES_MIN * this.#entryBytes))
      this.#bytes.copy(larger, 0, from)
      this.#bytes = larger
      this.#view = viewOf(larger)
    } else {
      this.#bytes.copyWithin(0, from)
    }
    this.#start += from / this.#entryBytes
  }

  /** The entries from `offset` on; valid until the next one is added. */
  from(offset: number): EntryRange {
    const entryBytes = this.#entryBytes
    return { bytes: this.#bytes, at: (offset - this.#start) * entryBytes, count: this.#end - offset, entryBytes }
  }

  /** The bytes of the entries `[from, to)`. */
  bytesOf(from: number, to: number): Buffer {
    return this.#bytes.subarray((from - this.#start) * this.#entryBytes, (to - this.#start) * this.#entryBytes)
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
    this.#bytes = NO_BYTES
    this.#view = NO_VIEW
    this.#start = offset
    this.#end = offset
  }
}
