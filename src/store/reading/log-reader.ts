// Hot path: recent messages are served from here without a copy.

import { RECORD_BYTES_MIN, STORE_TIMESTAMP_END, storeTimestampOf } from '../../message/index.ts'
import type { CommitLog } from '../commit-log/commit-log.ts'
import { BlockCache } from '../segments/block-cache.ts'
import type { ColdMemory } from './cold-memory.ts'

/** Bytes of a block of the older log. */
const BLOCK_BYTES = 256 * 1024

/** A block is read whole when so many bytes of it are wanted … */
const DENSE_BYTES_MIN = 4096
/** … or so many pieces; fewer are read one by one. */
const DENSE_PIECES_MIN = 4

/** Pieces of one read that are read at the same time. */
const LANES = 2

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

/** What is wanted of a block. */
interface Density {
  bytes: number
  pieces: number
}

/** Reads the log: the hot tail from memory, what is older through a cache of blocks. */
export class LogReader {
  readonly #log: CommitLog
  readonly #blocks: BlockCache
  readonly #memory: ColdMemory

  constructor(log: CommitLog, cacheBytesMax: number, memory: ColdMemory) {
    this.#log = log
    this.#blocks = new BlockCache(cacheBytesMax)
    this.#memory = memory
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
   * @throws RMQ_STORE_READ_FAILED, RMQ_STORE_TOO_MANY_READS  (rejects)
   */
  async load(stretches: Stretches): Promise<Buffer[] | undefined> {
    const { pieces, density } = this.#piecesOf(stretches)
    let bytes = 0
    for (const [block, dense] of density) bytes += isDense(dense) ? this.#blockBytes(block) : dense.bytes
    return this.#memory.use(bytes, () => this.#loadPieces(pieces, density))
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

  /** The parts of the stretches that lie in one block each, and how much of each block is wanted. */
  #piecesOf({ starts, ends }: Stretches): { pieces: Piece[]; density: Map<number, Density> } {
    const pieces: Piece[] = []
    const density = new Map<number, Density>()
    for (let index = 0; index < starts.length; index++) {
      const end = ends[index] as number
      for (let position = starts[index] as number; position < end; ) {
        const block = this.#blockOf(position)
        const bytes = Math.min(end, block + this.#blockBytes(block)) - position
        pieces.push({ position, bytes, block })
        const dense = density.get(block)
        if (dense === undefined) density.set(block, { bytes, pieces: 1 })
        else {
          dense.bytes += bytes
          dense.pieces++
        }
        position += bytes
      }
    }
    return { pieces, density }
  }

  async #loadPieces(pieces: readonly Piece[], density: ReadonlyMap<number, Density>): Promise<Buffer[] | undefined> {
    const slices: Buffer[] = []
    let next = 0
    let isWhole = true
    // Not all at once: who wants many small pieces must not keep others waiting until the last of them is read.
    const lane = async (): Promise<void> => {
      while (next < pieces.length && isWhole) {
        const index = next++
        const piece = pieces[index] as Piece
        const slice = await this.#loadPiece(piece, isDense(density.get(piece.block) as Density))
        if (slice === undefined) isWhole = false
        else slices[index] = slice
      }
    }
    await Promise.all(Array.from({ length: Math.min(LANES, pieces.length) }, lane))
    return isWhole ? slices : undefined
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

  async #loadPiece({ position, bytes, block }: Piece, isWholeBlock: boolean): Promise<Buffer | undefined> {
    const here = this.#sliceNow(position, position + bytes)
    if (here?.length === bytes) return here
    if (isWholeBlock) {
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

function isDense({ bytes, pieces }: Density): boolean {
  return bytes >= DENSE_BYTES_MIN || pieces >= DENSE_PIECES_MIN
}
