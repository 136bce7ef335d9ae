// Hot path: recovery and the checker get every byte of the log from here.

import type { SegmentFiles } from '../segments/segment-files.ts'

/** Bytes read at once. */
const BLOCK_BYTES = 4 * 1024 * 1024

/** Most that is carried over from one block to the next; what is left of a larger record is read again. */
const CARRIED_BYTES_MAX = 256 * 1024

/** A part of one log file in memory: `held` bytes from `at` on. */
export interface LogWindow {
  readonly bytes: Buffer
  readonly at: number
  readonly held: number
  /** Whether the file ended before the bytes that it should have. */
  readonly isShort: boolean
}

/** A block that is being read, or was. */
interface Block {
  readonly bytes: Buffer
  readonly start: number
  readonly wanted: number
  readonly reading: Promise<number>
}

/**
 * Reads the log from one end to the other: while one block is looked at, the next one is read. Two blocks are in
 * memory, and a window is good until the next one is asked for.
 */
export class ReadAhead {
  readonly #files: SegmentFiles
  readonly #blockBytes: number
  readonly #room: number
  #spare: Buffer | undefined
  #last: (Block & { readonly held: number }) | undefined
  #ahead: Block | undefined

  constructor(files: SegmentFiles) {
    this.#files = files
    this.#blockBytes = Math.min(BLOCK_BYTES, files.fileBytes)
    this.#room = Math.min(CARRIED_BYTES_MAX, files.fileBytes)
  }

  /**
   * The log from `position` on, `bytesMin` of it unless its file ends before.
   * @throws RMQ_STORE_READ_FAILED  (rejects)
   */
  async window(position: number, bytesMin: number): Promise<LogWindow> {
    const carried = this.#carried(position, bytesMin)
    const block = carried < 0 ? await this.#anew(position, bytesMin) : (this.#ahead as Block)
    const held = await block.reading
    const before = this.#last
    if (carried > 0 && before !== undefined) {
      const from = this.#room + before.held - carried
      before.bytes.copy(block.bytes, this.#room - carried, from, from + carried)
    }
    this.#last = { ...block, held }
    this.#ahead = undefined
    // A block for one large record is not used again.
    this.#spare = before?.bytes.length === this.#room + this.#blockBytes ? before.bytes : undefined
    const isShort = held < block.wanted
    if (!isShort) this.#readOn(block.start + held)
    const carriedNow = Math.max(0, carried)
    return { bytes: block.bytes, at: this.#room - carriedNow, held: carriedNow + held, isShort }
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    await this.#ahead?.reading.catch(() => undefined)
  }

  /** How many bytes of the last block belong in front of the one that is read ahead; -1 when that one does not help. */
  #carried(position: number, bytesMin: number): number {
    const { ahead, last } = { ahead: this.#ahead, last: this.#last }
    if (ahead === undefined) return -1
    const carried = ahead.start - position
    if (carried === 0) return ahead.wanted >= bytesMin ? 0 : -1
    const isTail = last !== undefined && carried > 0 && carried <= Math.min(this.#room, last.held)
    // What ends a file has nothing to do with the next one.
    const isSameFile = this.#files.fileEnd(position) > ahead.start
    return isTail && isSameFile && carried + ahead.wanted >= bytesMin ? carried : -1
  }

  async #anew(position: number, bytesMin: number): Promise<Block> {
    await this.stop()
    const wanted = Math.min(Math.max(bytesMin, this.#blockBytes), this.#files.fileEnd(position) - position)
    return this.#read(position, wanted)
  }

  #readOn(start: number): void {
    // A file that is missing is passed over.
    const next = start % this.#files.fileBytes === 0 ? this.#files.startFrom(start) : start
    if (next === undefined || next >= this.#files.end) return
    this.#ahead = this.#read(next, Math.min(this.#blockBytes, this.#files.fileEnd(next) - next))
    // Nobody may ever ask for it; who does gets the failure.
    this.#ahead.reading.catch(() => undefined)
  }

  #read(start: number, wanted: number): Block {
    const length = this.#room + Math.max(wanted, this.#blockBytes)
    const spare = this.#spare?.length === length ? this.#spare : undefined
    if (spare !== undefined) this.#spare = undefined
    const bytes = spare ?? Buffer.allocUnsafeSlow(length)
    const reading = this.#files.read(bytes.subarray(this.#room, this.#room + wanted), start)
    return { bytes, start, wanted, reading }
  }
}
