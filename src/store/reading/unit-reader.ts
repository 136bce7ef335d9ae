import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { EXT_UNIT, EXT_UNIT_BYTES_MAX, type ExtUnit } from '../consume-queue/ext-units.ts'
import { BlockCache } from '../segments/block-cache.ts'
import type { ColdMemory } from './cold-memory.ts'

/** Blocks begin this far apart … */
const STRIDE_BYTES = 16 * 1024
/** … and are longer, so that every unit lies in the block that it begins in. */
const BLOCK_BYTES = STRIDE_BYTES + EXT_UNIT_BYTES_MAX

/** Makes one number of a queue's serial and a block's number. */
const BLOCKS_PER_QUEUE = 2 ** 32

/** Reads the units that queue entries point to: those not written yet from memory, others through a cache of blocks. */
export class UnitReader {
  readonly #blocks: BlockCache
  readonly #memory: ColdMemory

  constructor(cacheBytesMax: number, memory: ColdMemory) {
    this.#blocks = new BlockCache(cacheBytesMax)
    this.#memory = memory
  }

  /** The unit when it is in memory. */
  now({ units, serial }: ConsumeQueue, position: number): ExtUnit | undefined {
    const unwritten = units.unwritten(position)
    if (unwritten !== undefined) return unwritten
    const first = firstOfBlock(units.fileStart(position), position)
    const headEnd = position - first + EXT_UNIT.bitMap
    const block = this.#blocks.peek(keyOf(serial, first), headEnd)
    if (block === undefined) return undefined
    const { bytes, valid } = block
    const at = position - first
    const size = bytes.readInt16BE(at)
    const isWhole = size === EXT_UNIT.bitMap + bytes.readInt16BE(at + EXT_UNIT.bitMapBytes) && at + size <= valid
    return isWhole && size >= EXT_UNIT.bitMap ? { bytes, at } : undefined
  }

  /**
   * Brings the unit into memory; false when there is none at that position.
   * @throws RMQ_STORE_READ_FAILED, RMQ_STORE_TOO_MANY_READS  (rejects)
   */
  async load(queue: ConsumeQueue, position: number): Promise<boolean> {
    const { units, serial } = queue
    const fileStart = units.fileStart(position)
    const first = firstOfBlock(fileStart, position)
    const bytes = Math.min(BLOCK_BYTES, fileStart + units.fileBytes - first)
    const at = position - first
    // What is not written yet reads as zeros, so that a block must be read again for a unit behind what it had.
    const block = await this.#memory.use(bytes, () =>
      this.#blocks.load(keyOf(serial, first), at + EXT_UNIT.bitMap, bytes, async (into) =>
        validBytes(into, await units.read(into, first), at),
      ),
    )
    return block.valid >= at + EXT_UNIT.bitMap && this.now(queue, position) !== undefined
  }
}

/** Up to the end of the units that lie in a row from the one at `from` on. */
function validBytes(bytes: Buffer, held: number, from: number): number {
  let at = from
  while (held - at >= EXT_UNIT.bitMap) {
    const size = bytes.readInt16BE(at)
    if (size < EXT_UNIT.bitMap || at + size > held) break
    at += size
  }
  return at
}

function firstOfBlock(fileStart: number, position: number): number {
  return position - ((position - fileStart) % STRIDE_BYTES)
}

function keyOf(serial: number, first: number): number {
  return serial * BLOCKS_PER_QUEUE + first / STRIDE_BYTES
}
