// Hot path: records are written into these chunks, and recent reads are views of them.

import { type RecordRoom, roomOf } from '../../message/index.ts'

/** A part of the log in memory: bytes `[start, end)` of the log lie at `bytes[0 … end - start)`. */
export interface Chunk extends RecordRoom {
  readonly start: number
  end: number
  /** Views of it were handed out, so its memory must not be used again. */
  shared: boolean
}

/** Bytes of a chunk at most; a larger record gets a chunk of its own. */
const CHUNK_BYTES_MAX = 1024 * 1024

/** Chunks kept for use again. */
const SPARE_CHUNKS_MAX = 2

/**
 * The newest part of the log, kept in the buffers it was encoded into. Records never lie across chunks, and no chunk
 * crosses the end of a log file. Invariant: chunks ascend without gaps, the undefined bytes behind a blank record
 * apart.
 */
export class HotTail {
  readonly #bytesMax: number
  readonly #chunkBytes: number
  #chunks: Chunk[] = []
  #bytes = 0
  readonly #spare: RecordRoom[] = []

  constructor(bytesMax: number, logFileBytes: number) {
    this.#bytesMax = bytesMax
    this.#chunkBytes = Math.min(CHUNK_BYTES_MAX, logFileBytes)
  }

  /** Where the memory begins; `Infinity` when it is empty. */
  get start(): number {
    return this.#chunks[0]?.start ?? Number.POSITIVE_INFINITY
  }

  /** A chunk that ends at `position` and has room for `bytes` more; at the start of a file it begins there as well. */
  roomAt(position: number, bytes: number, isFileStart: boolean): Chunk {
    const last = this.#chunks[this.#chunks.length - 1]
    if (last === undefined || last.end !== position || last.bytes.length - (position - last.start) < bytes)
      return this.#add(position, bytes)
    return isFileStart && last.start !== position ? this.#add(position, bytes) : last
  }

  /** The chunk that holds `position`. */
  find(position: number): Chunk | undefined {
    const chunks = this.#chunks
    let low = 0
    let high = chunks.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const chunk = chunks[middle]
      if (chunk === undefined) return undefined
      if (position < chunk.start) high = middle - 1
      else if (position >= chunk.end) low = middle + 1
      else return chunk
    }
    return undefined
  }

  /** Calls `visit` for what is held of `[from, …)`, in order. */
  forEachFrom(from: number, visit: (bytes: Buffer, position: number) => void): void {
    let first = this.#chunks.length
    while (first > 0 && (this.#chunks[first - 1]?.end ?? 0) > from) first--
    for (const chunk of this.#chunks.slice(first)) {
      const begin = Math.max(from, chunk.start)
      visit(chunk.bytes.subarray(begin - chunk.start, chunk.end - chunk.start), begin)
    }
  }

  /** Forgets the oldest chunks beyond the limit, but nothing from `keepFrom` on. */
  shrink(keepFrom: number): void {
    while (this.#bytes > this.#bytesMax) {
      const oldest = this.#chunks[0]
      if (oldest === undefined || oldest.end > keepFrom || this.#chunks.length === 1) return
      this.#chunks.shift()
      this.#bytes -= oldest.bytes.length
      if (!oldest.shared && oldest.bytes.length === this.#chunkBytes && this.#spare.length < SPARE_CHUNKS_MAX) {
        this.#spare.push(oldest)
      }
    }
  }

  /** Forgets what lies at `end` and behind it. */
  cutAt(end: number): void {
    for (let last = this.#chunks.pop(); last !== undefined; last = this.#chunks.pop()) {
      if (last.start < end) {
        last.end = Math.min(last.end, end)
        this.#chunks.push(last)
        return
      }
      this.#bytes -= last.bytes.length
    }
  }

  #add(position: number, bytes: number): Chunk {
    const spare = bytes <= this.#chunkBytes ? this.#spare.pop() : undefined
    const room = spare ?? roomOf(Buffer.allocUnsafeSlow(Math.max(bytes, this.#chunkBytes)))
    const chunk: Chunk = { bytes: room.bytes, view: room.view, start: position, end: position, shared: false }
    this.#chunks.push(chunk)
    this.#bytes += room.bytes.length
    return chunk
  }
}
