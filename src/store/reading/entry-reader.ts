// Hot path: every read begins with queue entries.

import type { ConsumeQueue } from '../consume-queue/consume-queue.ts'
import { batchEnd, batchStart } from '../consume-queue/entry.ts'
import type { EntryRange } from '../consume-queue/queue-tail.ts'
import { BlockCache } from '../segments/block-cache.ts'
import type { ColdMemory } from './cold-memory.ts'

/** Entries of a block of an older part of a queue. */
const BLOCK_ENTRIES = 512

/** Makes one number of a queue's serial and a block's number. */
const BLOCKS_PER_QUEUE = 2 ** 32

/** Reads queue entries: recent ones from memory, older ones through a cache of blocks. */
export class EntryReader {
  readonly #blocks: BlockCache
  readonly #memory: ColdMemory
  /** Of batch queues: the place in whose block the last read of older entries ended its search. */
  readonly #lastPlaces = new WeakMap<ConsumeQueue, number>()

  constructor(cacheBytesMax: number, memory: ColdMemory) {
    this.#blocks = new BlockCache(cacheBytesMax)
    this.#memory = memory
  }

  /** Entries from the one with message `offset` on when they are in memory. */
  now(queue: ConsumeQueue, offset: number): EntryRange | undefined {
    if (offset >= queue.hotStart) return queue.hotEntries(offset)
    if (queue.kind === 'simple') return this.#peek(queue, offset)
    const place = this.#lastPlaces.get(queue)
    const block = place === undefined ? undefined : this.#peek(queue, firstOfBlock(queue, place))
    return block !== undefined && side(block, offset) === 0 ? from(block, offset) : undefined
  }

  /**
   * Entries from the one with message `offset` on, as far as one read brings them; none when there is no file for it.
   * @throws RMQ_STORE_READ_FAILED, RMQ_STORE_TOO_MANY_READS  (rejects)
   */
  load(queue: ConsumeQueue, offset: number): Promise<EntryRange> {
    return queue.kind === 'simple' ? this.#load(queue, offset) : this.#loadBatch(queue, offset)
  }

  /** Looks for the block with the offset: first where the last read ended and behind it, then by halves. */
  async #loadBatch(queue: ConsumeQueue, offset: number): Promise<EntryRange> {
    let low = queue.entries.start
    let high = queue.entries.hotStart
    let place = this.#lastPlaces.get(queue) ?? low
    let isFirst = true
    for (;;) {
      if (place < low || place >= high) place = Math.floor((low + high) / 2)
      const first = firstOfBlock(queue, place)
      const block = await this.#load(queue, first)
      const where = side(block, offset)
      if (where === 0) {
        this.#lastPlaces.set(queue, place)
        return from(block, offset)
      }
      if (where < 0) high = first
      else low = first + block.count
      if (low >= high || block.count === 0) return { ...block, count: 0 }
      place = isFirst && where > 0 ? low : -1
      isFirst = false
    }
  }

  #peek(queue: ConsumeQueue, place: number): EntryRange | undefined {
    const { entryBytes } = queue.entries
    const first = firstOfBlock(queue, place)
    const block = this.#blocks.peek(keyOf(queue, first), (place + 1 - first) * entryBytes)
    return block === undefined ? undefined : rangeOf(block.bytes, block.valid, place - first, entryBytes)
  }

  async #load(queue: ConsumeQueue, place: number): Promise<EntryRange> {
    const { entries } = queue
    const { entryBytes } = entries
    const first = firstOfBlock(queue, place)
    const bytes = (Math.min(first + BLOCK_ENTRIES, entries.nextFile(place)) - first) * entryBytes
    const valid = (place + 1 - first) * entryBytes
    const block = await this.#memory.use(bytes, () =>
      this.#blocks.load(keyOf(queue, first), valid, bytes, async (into) => {
        const written = (entries.written - first) * entryBytes
        return Math.min(await entries.readFile(into, first), written)
      }),
    )
    return rangeOf(block.bytes, block.valid, place - first, entryBytes)
  }
}

/** Blocks begin anew with every file. */
function firstOfBlock({ entries }: ConsumeQueue, place: number): number {
  const fileStart = entries.nextFile(place) - entries.perFile
  return place - ((place - fileStart) % BLOCK_ENTRIES)
}

function keyOf(queue: ConsumeQueue, first: number): number {
  return queue.serial * BLOCKS_PER_QUEUE + first
}

function rangeOf(bytes: Buffer, valid: number, skipped: number, entryBytes: number): EntryRange {
  const at = skipped * entryBytes
  return { bytes, at, count: Math.max(0, Math.floor((valid - at) / entryBytes)), entryBytes }
}

/** Where a message of a batch queue lies: before these entries (-1), in them (0), or behind them (1). */
function side({ bytes, at, count, entryBytes }: EntryRange, offset: number): -1 | 0 | 1 {
  if (count === 0 || batchEnd(bytes, at + (count - 1) * entryBytes) <= offset) return 1
  return batchStart(bytes, at) > offset ? -1 : 0
}

/** The entries from the first one on that ends behind `offset`. */
function from({ bytes, at, count, entryBytes }: EntryRange, offset: number): EntryRange {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (batchEnd(bytes, at + middle * entryBytes) > offset) high = middle
    else low = middle + 1
  }
  return { bytes, at: at + low * entryBytes, count: count - low, entryBytes }
}
