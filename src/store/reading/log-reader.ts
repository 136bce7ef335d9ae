// Hot path: recent messages are served from here without a copy.

import { RECORD_BYTES_MIN, STORE_TIMESTAMP_END, storeTimestampOf } from '../../message/index.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import { BlockCache } from '../segments/block-cache.ts'

/** Bytes of a block of the older log. */
const BLOCK_BYTES = 256 * 1024

/** A block is read whole when so many bytes of it are wanted … */
const DENSE_BYTES_MIN = 4096
/** … or so many pieces; fewer are read one by one. */
const DENSE_PIECES_MIN = 4

/** Stretches of the log, each within one file: `[starts[i], ends[i])`. */
export interface Stretches {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

interface Piece {
  readonly position: number
  readonly bytes: number
  readonly block: number
}

/** Reads the log: the hot tail from memory, what is older through a cache of blocks. */
export class LogReader {
  readonly #log: CommitLog
  readonly #blocks: BlockCache

  constructor(log: CommitLog, cacheBytesMax: number) {
    this.#log = log
    this.#blocks = new BlockCache(cacheBytesMax)
  }

  /** Views of the stretches when all of them are in memory. */
  now({ starts, ends }: Stretches): Buffer[] | undefined {
    const slices: Buffer[] = []
    for (let index = 0; index < starts.length; index++) {
      let position = starts[index] ?? 0
      const end = ends[index] ?? 0
      while (position < end) {
        const slice = this.#sliceNow(position, end)
        if (slice === undefined) return undefined
        slices.push(slice)
        position += slice.length
      }
    }
    return slices
  }

  /**
   * Views or copies of the stretches; `undefined` when a part of them is no longer in the log.
   * @throws RMQ_STORE_READ_FAILED  (rejects)
   */
  async load({ starts, ends }: Stretches): Promise<Buffer[] | undefined> {
    const pieces: Piece[] = []
    const density = new Map<number, { bytes: number; pieces: number }>()
    for (const [index, start] of starts.entries()) {
      const end = ends[index] ?? start
      for (let position = start; position < end; ) {
        const block = this.#blockOf(position)
        const bytes = Math.min(end, block + this.#blockBytes(block)) - position
        pieces.push({ position, bytes, block })
        const dense = density.get(block) ?? { bytes: 0, pieces: 0 }
        density.set(block, { bytes: dense.bytes + bytes, pieces: dense.pieces + 1 })
        position += bytes
      }
    }
    const slices = await Promise.all(
      pieces.map((piece) => {
        const dense = density.get(piece.block)
        const isDense = dense !== undefined && (dense.bytes >= DENSE_BYTES_MIN || dense.pieces >= DENSE_PIECES_MIN)
        return this.#loadPiece(piece, isDense)
      }),
    )
    const found = slices.filter((slice) => slice !== undefined)
    return found.length === slices.length ? found : undefined
  }

  /** One stretch in one buffer; `undefined` when it is not in the log. */
  async bytesAt(position: number, bytes: number): Promise<Buffer | undefined> {
    const end = position + bytes
    if (position < this.#log.minimum || end > this.#log.written || end > this.#log.fileEnd(position)) return undefined
    const stretches = { starts: [position], ends: [end] }
    const slices = this.now(stretches) ?? (await this.load(stretches))
    return slices?.length === 1 ? slices[0] : slices === undefined ? undefined : Buffer.concat(slices)
  }

  /** When the record at `position` was stored, epoch ms; `undefined` when it is not in the log. */
  async storeTimeAt(position: number, size: number): Promise<number | undefined> {
    const head = size < RECORD_BYTES_MIN ? undefined : await this.bytesAt(position, STORE_TIMESTAMP_END)
    return head === undefined ? undefined : storeTimestampOf(head, 0)
  }

  #sliceNow(position: number, end: number): Buffer | undefined {
    const chunk = this.#log.chunkAt(position)
    if (chunk !== undefined) {
      chunk.shared = true
      const from = position - chunk.start
      return chunk.bytes.subarray(from, Math.min(end, chunk.end) - chunk.start)
    }
    const block = this.#blockOf(position)
    const blockEnd = Math.min(end, block + this.#blockBytes(block))
    return this.#blocks.peek(block, blockEnd - block)?.bytes.subarray(position - block, blockEnd - block)
  }

  async #loadPiece({ position, bytes, block }: Piece, isDense: boolean): Promise<Buffer | undefined> {
    const here = this.#sliceNow(position, position + bytes)
    if (here?.length === bytes) return here
    if (isDense) {
      const valid = position + bytes - block
      const loaded = await this.#blocks.load(block, valid, this.#blockBytes(block), (into) =>
        this.#readBlock(into, block),
      )
      return loaded.valid < valid ? undefined : loaded.bytes.subarray(position - block, valid)
    }
    const copy = Buffer.allocUnsafeSlow(bytes)
    return (await this.#log.readFile(copy, position)) === bytes ? copy : undefined
  }

  /** What lies behind the written part reads as zeros and must not be remembered. */
  async #readBlock(into: Buffer, block: number): Promise<number> {
    const written = this.#log.written - block
    return Math.min(await this.#log.readFile(into, block), written)
  }

  /** Blocks begin anew with every file. */
  #blockOf(position: number): number {
    return position - ((position % this.#log.fileBytes) % BLOCK_BYTES)
  }

  #blockBytes(block: number): number {
    return Math.min(BLOCK_BYTES, this.#log.fileEnd(block) - block)
  }
}
