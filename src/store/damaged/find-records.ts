import { readInt64 } from '../../base/bytes/index.ts'
import { BLANK_BYTES, checkRecord, isRecordMagic, RECORD, RECORD_BYTES_MIN } from '../../message/index.ts'
import type { RecordVisitor } from '../commit-log/scan.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'
import { isZero } from '../segments/zeros.ts'

/** Bytes read at once. */
const WINDOW_BYTES = 1024 * 1024

/** What both magic numbers of records begin with. */
const MAGIC_START = Buffer.from([0xda, 0xa3, 0x20])

/** Bytes of a record that say how long it is and where it lies. */
const HEAD_BYTES = RECORD.physicalOffset + 8

/** Where {@link findRecords} looks. */
export interface Search {
  readonly from: number
  /** A file is left after so many bytes of zeros in a row; default: it is read to its end. */
  readonly zerosMax?: number
}

/**
 * Finds sound records where the log is damaged: anywhere from a position on, in whatever lies around them. A record
 * counts when its parts, its checksum and the position that it says it has are right, so that bytes of another time or
 * place do not. `visit` returns `false` to stop.
 */
export async function findRecords(
  files: SegmentFiles,
  { from, zerosMax }: Search,
  visit: RecordVisitor,
): Promise<void> {
  for (const start of files.starts) {
    const end = start + files.fileBytes
    if (end <= from) continue
    const search = new FileSearch(files, Math.max(from, start), end, zerosMax ?? Number.POSITIVE_INFINITY)
    if (!(await search.run(visit))) return
  }
}

class FileSearch {
  readonly #files: SegmentFiles
  readonly #end: number
  readonly #zerosMax: number
  #window: Buffer
  /** Log position of the window's first byte. */
  #position: number
  #held = 0

  constructor(files: SegmentFiles, from: number, end: number, zerosMax: number) {
    this.#files = files
    this.#position = from
    this.#end = end
    this.#zerosMax = zerosMax
    this.#window = Buffer.allocUnsafeSlow(Math.min(WINDOW_BYTES, files.fileBytes))
  }

  /** Resolves to false when `visit` stopped it. */
  async run(visit: RecordVisitor): Promise<boolean> {
    let zeros = 0
    while (this.#end - this.#position >= RECORD_BYTES_MIN && zeros < this.#zerosMax) {
      const wanted = Math.min(this.#window.length, this.#end - this.#position)
      this.#held = await this.#files.read(this.#window.subarray(0, wanted), this.#position)
      if (this.#held < RECORD_BYTES_MIN) return true
      const next = this.#searchWindow(visit)
      if (next === undefined) return false
      // Nothing but the overlap was kept, so the window held no head of a record.
      zeros = next === this.#held - BLANK_BYTES + 1 && isZero(this.#window.subarray(0, this.#held)) ? zeros + next : 0
      if (next === 0) this.#window = Buffer.allocUnsafeSlow(this.#window.readInt32BE(0))
      this.#position += next
    }
    return true
  }

  /**
   * How far the window was searched: the rest must be read again with what follows, 0 when the record there is larger
   * than the window. `undefined`: `visit` stopped it.
   */
  #searchWindow(visit: RecordVisitor): number | undefined {
    const window = this.#window
    const held = this.#held
    for (let at = 0; ; ) {
      const magicAt = window.indexOf(MAGIC_START, at + RECORD.magic)
      if (magicAt < 0 || magicAt + 4 > held) return Math.max(at, held - BLANK_BYTES + 1)
      at = magicAt - RECORD.magic
      if (at > 0 && at + HEAD_BYTES > held && this.#position + held < this.#end) return at
      const size = this.#sizeAt(at)
      if (size > held - at && (at > 0 || size > window.length)) return at
      if (size === 0 || size > held - at || checkRecord(window, at, held - at, 'body') !== size) {
        at++
      } else {
        if (visit(window, at, size, this.#position + at) === false) return undefined
        at += size
      }
    }
  }

  /** Size of the record whose head at `at` fits its place, else 0. */
  #sizeAt(at: number): number {
    const window = this.#window
    const position = this.#position + at
    if (at + HEAD_BYTES > this.#held || !isRecordMagic(window.readInt32BE(at + RECORD.magic))) return 0
    const size = window.readInt32BE(at)
    const isPossible = size >= RECORD_BYTES_MIN && size <= this.#end - position
    return isPossible && readInt64(window, at + RECORD.physicalOffset) === position ? size : 0
  }
}
