// Hot path: with enableConsumeQueueExt a unit for every message.

import { defineLayout, field, readInt64, writeInt64 } from '../../base/bytes/index.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import type { SegmentLayout } from '../segments/segment-layout.ts'
import { ENTRY } from './entry.ts'

/** A unit. Apache: `ConsumeQueueExt.CqExtUnit` (5.3.3). */
export const EXT_UNIT_LAYOUT = defineLayout(
  {
    size: field.int16('Bytes of the unit; -1: none begins here, the next one is in the next file.'),
    tagsCode: field.int64('What would stand in the entry.'),
    storeTimestamp: field.int64('When the broker stored the record, epoch ms.'),
    bitMapBytes: field.int16('Length of the bit map.'),
  },
  [{ name: 'bitMap', type: 'bytes', length: 'bitMapBytes', meaning: 'Which SQL92 filters the message passes.' }],
)

/** Offsets of {@link EXT_UNIT_LAYOUT}. */
export const EXT_UNIT = { ...EXT_UNIT_LAYOUT.at, bitMap: EXT_UNIT_LAYOUT.bytes } as const

/** Bytes of the largest unit: its size is a signed 16-bit integer. */
export const EXT_UNIT_BYTES_MAX = 32_767

/** Bytes at the end of a file that stay free for {@link FILE_OVER}. */
const FILE_REST_BYTES = 4

/** Stands where a unit would begin, when the next one is in the next file. */
const FILE_OVER = -1

/**
 * Largest number in place of a tags code that is the address of a unit: its position less 2^63. Hashes of tags are
 * never that small. Apache: `ConsumeQueueExt.MAX_ADDR`.
 */
const EXT_ADDRESS_MAX = -2_147_483_649

const TWO_31 = 0x8000_0000
const TWO_32 = 0x1_0000_0000

/** Memory for units that are not written yet, at first. */
const CHUNK_BYTES = 4096

/** Bytes read at once by a search for the end. */
const SCAN_BYTES = 64 * 1024

/** Whether a tags code is in truth the address of a unit. */
export function isExtAddress(tagsCode: number): boolean {
  return tagsCode <= EXT_ADDRESS_MAX
}

/** The position that the address at `at` stands for; exact, though no number holds the address itself. */
export function extPositionAt(bytes: Buffer, at: number): number {
  return (bytes.readInt32BE(at) + TWO_31) * TWO_32 + bytes.readUInt32BE(at + 4)
}

/** Where the unit of an entry lies, `undefined` when it has none. */
export function extPositionOf(entry: Buffer): number | undefined {
  return isExtAddress(readInt64(entry, ENTRY.tagsCode)) ? extPositionAt(entry, ENTRY.tagsCode) : undefined
}

/** Writes the address of a position. */
export function writeExtAddress(bytes: Buffer, position: number, at: number): void {
  const high = Math.floor(position / TWO_32)
  bytes.writeInt32BE(high - TWO_31, at)
  bytes.writeUInt32BE(position - high * TWO_32, at + 4)
}

/** What a unit says of a message, beside its tags code: a view into it. */
export interface ExtUnit {
  readonly bytes: Buffer
  readonly at: number
}

/** Units in memory, of one file. */
interface Chunk {
  readonly start: number
  bytes: Buffer
  length: number
}

/**
 * What a queue's entries have no room for: one unit for each message, of any length, in files of equal length. New
 * units gather in memory until the queue is written. Apache: `ConsumeQueueExt` (5.3.3).
 */
export class ExtUnits {
  readonly #layout: SegmentLayout
  readonly #open: OpenFiles
  #loadedFiles: SegmentFiles | undefined
  /** Where the next unit begins; `undefined` until somebody wants to know. */
  #end: number | undefined
  #flushed = 0
  /** Not written yet. */
  #chunks: Chunk[] = []

  constructor(layout: SegmentLayout, open: OpenFiles) {
    this.#layout = layout
    this.#open = open
  }

  /**
   * Looks at the files.
   * @throws RMQ_STORE_FILE_LENGTH
   * @throws RMQ_STORE_STRAY_FILE
   */
  load(): void {
    this.#loadedFiles = SegmentFiles.load(this.#layout, this.#open)
  }

  /**
   * Adds a unit; returns its position, -1 when it is too large for a file or the disk does not tell where it would go:
   * its entry does without one.
   */
  put(tagsCode: number, storeTimestamp: number, bitMap: Buffer | undefined): number {
    const bitMapBytes = bitMap?.length ?? 0
    const size = EXT_UNIT.bitMap + bitMapBytes
    if (size > Math.min(EXT_UNIT_BYTES_MAX, this.fileBytes - FILE_REST_BYTES)) return -1
    const chunk = this.#roomFor(size)
    if (chunk === undefined) return -1
    const at = chunk.length
    const { bytes } = chunk
    bytes.writeInt16BE(size, at)
    writeInt64(bytes, tagsCode, at + EXT_UNIT.tagsCode)
    writeInt64(bytes, storeTimestamp, at + EXT_UNIT.storeTimestamp)
    bytes.writeInt16BE(bitMapBytes, at + EXT_UNIT.bitMapBytes)
    if (bitMap !== undefined) bytes.set(bitMap, at + EXT_UNIT.bitMap)
    chunk.length += size
    this.#end = chunk.start + chunk.length
    return chunk.start + at
  }

  /** The unit at `position` when it is not written yet. */
  unwritten(position: number): ExtUnit | undefined {
    for (const { start, bytes, length } of this.#chunks) {
      if (position >= start && position < start + length) return { bytes, at: position - start }
    }
    return undefined
  }

  /** Writes the units that only memory holds. */
  writeOut(): void {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      if (chunk.length > 0) this.#files.writeSync(chunk.bytes.subarray(0, chunk.length), chunk.start)
      this.#chunks.shift()
    }
  }

  /** Resolves when the units in the files are on the disk. */
  async datasync(): Promise<void> {
    const target = this.#chunks[0]?.start ?? this.#end ?? 0
    if (this.#flushed >= target) return
    await this.#files.datasync(this.#flushed, target)
    this.#flushed = target
  }

  /** Reads within one file; resolves to the number of bytes, 0 where no file is. */
  read(into: Buffer, position: number): Promise<number> {
    return this.#files.read(into, position)
  }

  /** {@link read}, at once. */
  readSync(into: Buffer, position: number): number {
    return this.#files.readSync(into, position)
  }

  /** Where the file that holds `position` begins. */
  fileStart(position: number): number {
    return position - (position % this.#layout.fileBytes)
  }

  get fileBytes(): number {
    return this.#layout.fileBytes
  }

  /** Makes `position` the end; in memory only, until {@link settle}. */
  cutAt(position: number): void {
    this.#chunks = []
    this.#end = position
    this.#flushed = Math.min(this.#flushed, position)
  }

  /** Writes all, and ends the files at the last unit. */
  settle(): void {
    this.writeOut()
    if (this.#end === undefined || this.#files.isEmpty) return
    this.#files.cutAt(this.#end)
    // The zeros, and the length of a file that was too short, must reach the disk even if no unit is new.
    this.#flushed = Math.min(this.#flushed, Math.max(0, this.#end - 1))
  }

  /** Removes the files whose units all lie before `position`, never the last one. */
  removeBefore(position: number): void {
    const fileStart = this.fileStart(position)
    while (this.#files.start < fileStart && this.#files.removeFirst());
  }

  /** Removes the folder. */
  removeAll(): void {
    this.#chunks = []
    if (this.#loadedFiles === undefined) this.#open.files.remove(this.#layout.directory)
    else this.#loadedFiles.removeAll()
  }

  /** Gives files that a crash left too short their length. */
  complete(): void {
    this.#loadedFiles?.complete()
  }

  /** After a crash: the names of the files are not known to be on the disk. */
  noteNames(root: string): void {
    this.#loadedFiles?.noteNames(root)
  }

  /** Closes the files; whoever calls this removes them. */
  release(): void {
    this.#chunks = []
    this.#loadedFiles?.releaseAll()
  }

  get #files(): SegmentFiles {
    this.#loadedFiles ??= SegmentFiles.load(this.#layout, this.#open)
    return this.#loadedFiles
  }

  /** The chunk that has room for a unit; the rest of a file that has none is left. `undefined`: the disk refuses. */
  #roomFor(size: number): Chunk | undefined {
    try {
      this.#end ??= this.#findEnd()
    } catch {
      return undefined
    }
    const end = this.#end
    const fileEnd = this.fileStart(end) + this.fileBytes
    if (size > fileEnd - end - FILE_REST_BYTES && end % this.fileBytes !== 0) {
      const chunk = this.#chunkAt(end, 2)
      chunk.bytes.writeInt16BE(FILE_OVER, chunk.length)
      chunk.length += 2
      return this.#chunkAt(fileEnd, size)
    }
    return this.#chunkAt(end, size)
  }

  #chunkAt(end: number, more: number): Chunk {
    let chunk = this.#chunks[this.#chunks.length - 1]
    if (chunk === undefined || chunk.start + chunk.length !== end || end % this.fileBytes === 0) {
      chunk = { start: end, bytes: Buffer.allocUnsafe(Math.max(CHUNK_BYTES, more)), length: 0 }
      this.#chunks.push(chunk)
    }
    if (chunk.length + more > chunk.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(chunk.bytes.length * 2, chunk.length + more))
      chunk.bytes.copy(larger, 0, 0, chunk.length)
      chunk.bytes = larger
    }
    return chunk
  }

  /** Behind the last unit of the last file. */
  #findEnd(): number {
    const start = this.#files.end - this.fileBytes
    if (this.#files.isEmpty) return 0
    const window = Buffer.alloc(Math.min(SCAN_BYTES, this.fileBytes))
    let position = start
    for (;;) {
      const held = this.#files.readSync(window, position)
      let at = 0
      while (held - at >= 2) {
        const size = window.readInt16BE(at)
        if (size === FILE_OVER) return this.#files.end
        if (size < EXT_UNIT.bitMap) return position + at
        if (at + size > held) break
        at += size
      }
      if (at === 0) return position
      position += at
    }
  }
}

/** The tags code of a unit. */
export function tagsCodeOfUnit({ bytes, at }: ExtUnit): number {
  return readInt64(bytes, at + EXT_UNIT.tagsCode)
}

/** When the message of a unit was stored, epoch ms. */
export function storeTimestampOfUnit({ bytes, at }: ExtUnit): number {
  return readInt64(bytes, at + EXT_UNIT.storeTimestamp)
}

/** The bit map of a unit; `undefined` when it has none. */
export function bitMapOfUnit({ bytes, at }: ExtUnit): Buffer | undefined {
  const length = bytes.readInt16BE(at + EXT_UNIT.bitMapBytes)
  return length < 1 ? undefined : bytes.subarray(at + EXT_UNIT.bitMap, at + EXT_UNIT.bitMap + length)
}
