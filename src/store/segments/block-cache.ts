/** Bytes read from a file. */
export interface Block {
  readonly bytes: Buffer
  /** Of these, so many are valid; fewer than asked when the file was still growing. */
  readonly valid: number
}

/**
 * Blocks read from files, the most recently used ones within a number of bytes; a block that is being read is read once
 * for all who wait. Blocks are never written, so views of them stay good after the cache forgot them.
 */
export class BlockCache {
  readonly #bytesMax: number
  readonly #blocks = new Map<number, Block>()
  readonly #loading = new Map<number, Promise<Block>>()
  #bytes = 0
  /** The block that was used last: it need not be moved to the end again. */
  #newestKey = -1

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** The block, if it is here with at least `valid` bytes. */
  peek(key: number, valid: number): Block | undefined {
    const block = this.#blocks.get(key)
    if (block === undefined || block.valid < valid) return undefined
    if (key !== this.#newestKey) {
      this.#blocks.delete(key)
      this.#blocks.set(key, block)
      this.#newestKey = key
    }
    return block
  }

  /** The block with at least `valid` bytes, from memory or by `read`, which fills a buffer of `bytes`. */
  async load(key: number, valid: number, bytes: number, read: (into: Buffer) => Promise<number>): Promise<Block> {
    const here = this.peek(key, valid)
    if (here !== undefined) return here
    const running = this.#loading.get(key)
    if (running !== undefined) {
      const block = await running
      if (block.valid >= valid) return block
    }
    const loading = this.#read(key, bytes, read)
    this.#loading.set(key, loading)
    try {
      return await loading
    } finally {
      if (this.#loading.get(key) === loading) this.#loading.delete(key)
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#blocks.clear()
    this.#bytes = 0
  }

  async #read(key: number, bytes: number, read: (into: Buffer) => Promise<number>): Promise<Block> {
    const buffer = Buffer.allocUnsafeSlow(bytes)
    const block: Block = { bytes: buffer, valid: await read(buffer) }
    const before = this.#blocks.get(key)
    if (before !== undefined) {
      this.#blocks.delete(key)
      this.#bytes -= before.bytes.length
    }
    this.#blocks.set(key, block)
    this.#newestKey = key
    this.#bytes += buffer.length
    for (const [oldest, { bytes: gone }] of this.#blocks) {
      if (this.#bytes <= this.#bytesMax) break
      this.#blocks.delete(oldest)
      this.#bytes -= gone.length
    }
    return block
  }
}
