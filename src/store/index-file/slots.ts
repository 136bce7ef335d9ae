// Hot path: every key of every stored message changes a slot.

import type { OpenFile } from '../../base/files/index.ts'
import { INDEX_HEADER_BYTES, SLOT_BYTES } from './layout.ts'

/** Slots are written in pieces of so many bytes, and only those that changed. */
const PAGE_BITS = 12
const PAGE_BYTES = 1 << PAGE_BITS

/** Bytes read from the file at once. */
const READ_BYTES = 256 * 1024

const ZEROS = Buffer.alloc(PAGE_BYTES)

/**
 * The slots of the index file that is being filled, in memory, in the form they have in the file: 20 MB at the default
 * size, of which only the pages in use take real memory. They reach the file when it is full or the store closes, never
 * between: their places are random, and the entries alone can restore them.
 */
export class Slots {
  readonly #bytes: Buffer
  /** The same; its calls cost a third of the buffer's. */
  readonly #view: DataView
  /** 1 for each page that differs from the file. */
  readonly #changed: Uint8Array

  constructor(count: number) {
    this.#bytes = Buffer.alloc(count * SLOT_BYTES)
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length)
    this.#changed = new Uint8Array(Math.ceil(this.#bytes.length / PAGE_BYTES))
  }

  get(slot: number): number {
    return this.#view.getInt32(slot * SLOT_BYTES)
  }

  set(slot: number, entry: number): void {
    const at = slot * SLOT_BYTES
    this.#view.setInt32(at, entry)
    this.#changed[at >>> PAGE_BITS] = 1
  }

  /** Takes over the slots of the file. */
  load(file: OpenFile): void {
    this.#forEachPage(file, (page, at) => {
      if (!page.equals(ZEROS.subarray(0, page.length))) page.copy(this.#bytes, at)
    })
  }

  /** Finds out which pages differ from those of the file. */
  compare(file: OpenFile): void {
    this.#forEachPage(file, (page, at) => {
      this.#changed[at >>> PAGE_BITS] = page.equals(this.#bytes.subarray(at, at + page.length)) ? 0 : 1
    })
  }

  /** Writes what differs from the file, neighbours together. */
  write(file: OpenFile): void {
    for (let from = 0; from < this.#changed.length; from++) {
      if (this.#changed[from] === 0) continue
      let to = from + 1
      while (to < this.#changed.length && this.#changed[to] === 1) to++
      file.writeSync(this.#bytes.subarray(from * PAGE_BYTES, to * PAGE_BYTES), INDEX_HEADER_BYTES + from * PAGE_BYTES)
      this.#changed.fill(0, from, to)
      from = to
    }
  }

  /** Calls `visit` with each page of the file and its place among the slots. */
  #forEachPage(file: OpenFile, visit: (page: Buffer, at: number) => void): void {
    const window = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, this.#bytes.length))
    for (let from = 0; from < this.#bytes.length; from += window.length) {
      const part = window.subarray(0, Math.min(window.length, this.#bytes.length - from))
      part.fill(0, file.readSync(part, INDEX_HEADER_BYTES + from))
      for (let at = 0; at < part.length; at += PAGE_BYTES) visit(part.subarray(at, at + PAGE_BYTES), from + at)
    }
  }
}
