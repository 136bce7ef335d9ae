// Hot path: every read begins with queue entries.

import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { ENTRY_BYTES } from '../consume-queue/entry.ts'
import type { EntryRange } from '../consume-queue/queue-tail.ts'
import { type Block, BlockCache } from '../segments/block-cache.ts'
import type { ColdMemory } from './cold-memory.ts'

/** Entries of a block of an older part of a queue. */
const BLOCK_ENTRIES = 512

/** Makes one number of a queue's serial and a block's number. */
const BLOCKS_PER_QUEUE = 2 ** 32

/** Reads queue entries: recent ones from memory, older ones through a cache of blocks. */
export class EntryReader {
  readonly #blocks: BlockCache
  readonly #memory: ColdMemory

  constructor(cacheBytesMax: number, memory: ColdMemory) {
    this.#blocks = new BlockCache(cacheBytesMax)
    this.#memory = memory
  }

  /** Entries from `offset` on when they are in memory. */
  now(queue: ConsumeQueue, offset: number): EntryRange | undefined {
    if (offset >= queue.hotStart) return queue.hotEntries(offset)
    const { first, key } = this.#blockOf(queue, offset)
    const block = this.#blocks.peek(key, (offset + 1 - first) * ENTRY_BYTES)
    return block === undefined ? undefined : rangeOf(block, offset, first)
  }

  /**
   * Entries from `offset` on, as far as one read brings them; none when there is no file for it.
   * @throws RMQ_STORE_READ_FAILED, RMQ_STORE_TOO_MANY_READS  (rejects)
   */
  async load(queue: ConsumeQueue, offset: number): Promise<EntryRange> {
    const { first, key, bytes } = this.#blockOf(queue, offset)
    const valid = (offset + 1 - first) * ENTRY_BYTES
    const block = await this.#memory.use(bytes, () =>
      this.#blocks.load(key, valid, bytes, async (into) => {
        const written = (queue.written - first) * ENTRY_BYTES
        return Math.min(await queue.readFile(into, first), written)
      }),
    )
    return rangeOf(block, offset, first)
  }

  /** Blocks begin anew with every file. */
  #blockOf(queue: ConsumeQueue, offset: number): { first: number; key: number; bytes: number } {
    const fileEnd = queue.nextFileOffset(offset)
    const fileStart = fileEnd - queue.fileEntries
    const first = offset - ((offset - fileStart) % BLOCK_ENTRIES)
    const bytes = (Math.min(first + BLOCK_ENTRIES, fileEnd) - first) * ENTRY_BYTES
    return { first, key: queue.serial * BLOCKS_PER_QUEUE + first, bytes }
  }
}

function rangeOf({ bytes, valid }: Block, offset: number, first: number): EntryRange {
  const at = (offset - first) * ENTRY_BYTES
  return { bytes, at, count: Math.max(0, Math.floor((valid - at) / ENTRY_BYTES)) }
}
