import { readInt64 } from '../../base/bytes/index.ts'
import { BLANK_ENTRY_SIZE, ENTRY, ENTRY_BYTES } from '../consume-queue/entry.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 256

/** What stands in a queue at one offset. */
export interface QueueEntry {
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly size: number
  readonly tagsCode: number
}

/** The entries of a queue as its files have them; reads only. */
export class QueueEntries {
  readonly #files: SegmentFiles
  /** First offset that the files hold. */
  readonly first: number
  /** Behind the last entry. */
  readonly end: number

  constructor(files: SegmentFiles) {
    this.#files = files
    this.first = files.start / ENTRY_BYTES
    this.end = this.#findEnd()
  }

  /** First offset whose record lies at or behind `logStart`. */
  min(logStart: number): number {
    return this.#search(this.first, this.end, ({ physicalOffset, size }) => {
      return size !== BLANK_ENTRY_SIZE && physicalOffset >= logStart
    })
  }

  /** The entries from `offset` on, blank ones left out. */
  *from(offset: number): Generator<QueueEntry> {
    const window = Buffer.alloc(WINDOW_ENTRIES * ENTRY_BYTES)
    for (let next = Math.max(offset, this.first); next < this.end; ) {
      const rest = this.#files.fileEnd(next * ENTRY_BYTES) - next * ENTRY_BYTES
      const held = this.#files.readSync(window.subarray(0, Math.min(window.length, rest)), next * ENTRY_BYTES)
      const count = Math.min(Math.floor(held / ENTRY_BYTES), this.end - next)
      if (count === 0) return
      for (let at = 0; at < count * ENTRY_BYTES; at += ENTRY_BYTES, next++) {
        const entry = entryOf(window, at, next)
        if (entry.size !== BLANK_ENTRY_SIZE) yield entry
      }
    }
  }

  /** Entries are written in order, so those of a file are a prefix of it. */
  #findEnd(): number {
    const { starts, fileBytes } = this.#files
    for (const start of starts.toReversed()) {
      const first = start / ENTRY_BYTES
      const end = this.#search(first, first + fileBytes / ENTRY_BYTES, ({ size, physicalOffset }) => {
        return size <= 0 || physicalOffset < 0
      })
      if (end > first) return end
    }
    return this.first
  }

  #search(low: number, high: number, isBehind: (entry: QueueEntry) => boolean): number {
    const bytes = Buffer.alloc(ENTRY_BYTES)
    let [from, to] = [low, high]
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      bytes.fill(0)
      this.#files.readSync(bytes, middle * ENTRY_BYTES)
      if (isBehind(entryOf(bytes, 0, middle))) to = middle
      else from = middle + 1
    }
    return from
  }
}

function entryOf(bytes: Buffer, at: number, queueOffset: number): QueueEntry {
  return {
    queueOffset,
    physicalOffset: readInt64(bytes, at + ENTRY.physicalOffset),
    size: bytes.readInt32BE(at + ENTRY.size),
    tagsCode: readInt64(bytes, at + ENTRY.tagsCode),
  }
}
