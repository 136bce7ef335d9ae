import { readInt64 } from '../../base/bytes/index.ts'
import {
  BATCH_ENTRY,
  BLANK_ENTRY_SIZE,
  batchStart,
  ENTRY,
  ENTRY_FORMS,
  type EntryForm,
  type QueueKind,
} from '../consume-queue/entry.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 256

/** What stands in a queue at one offset. */
export interface QueueEntry {
  /** Of its first message. */
  readonly queueOffset: number
  /** Messages that it stands for; more than one only in a batch queue. */
  readonly messages: number
  readonly physicalOffset: number
  readonly size: number
  readonly tagsCode: number
}

/** The entries of a queue as its files have them; reads only. */
export class QueueEntries {
  readonly #files: SegmentFiles
  readonly #form: EntryForm
  /** Place of the first entry that the files hold. */
  readonly #first: number
  /** Place behind the last entry. */
  readonly #end: number

  constructor(files: SegmentFiles, kind: QueueKind) {
    this.#files = files
    this.#form = ENTRY_FORMS[kind]
    this.#first = files.start / this.#form.bytes
    this.#end = this.#findEnd()
  }

  /** First offset whose record lies at or behind `logStart`. */
  min(logStart: number): number {
    const place = this.#search(this.#first, this.#end, (bytes) => {
      return bytes.readInt32BE(ENTRY.size) !== BLANK_ENTRY_SIZE && readInt64(bytes, 0) >= logStart
    })
    return place < this.#end ? this.#entryAt(place).queueOffset : this.max
  }

  /** Offset behind the last message. */
  get max(): number {
    if (this.#form.kind === 'simple') return this.#end
    if (this.#end === this.#first) return 0
    const { queueOffset, messages } = this.#entryAt(this.#end - 1)
    return queueOffset + messages
  }

  /** The entries from that of the message at `offset` on, blank ones left out. */
  *from(offset: number): Generator<QueueEntry> {
    const { bytes: entryBytes } = this.#form
    const window = Buffer.alloc(WINDOW_ENTRIES * entryBytes)
    const isWanted = (bytes: Buffer, place: number): boolean => {
      const { queueOffset, messages } = this.#entryOf(bytes, 0, place)
      return queueOffset + messages > offset
    }
    for (let next = this.#search(this.#first, this.#end, isWanted); next < this.#end; ) {
      const rest = this.#files.fileEnd(next * entryBytes) - next * entryBytes
      const held = this.#files.readSync(window.subarray(0, Math.min(window.length, rest)), next * entryBytes)
      const count = Math.min(Math.floor(held / entryBytes), this.#end - next)
      if (count === 0) return
      for (let at = 0; at < count * entryBytes; at += entryBytes, next++) {
        const entry = this.#entryOf(window, at, next)
        if (entry.size !== BLANK_ENTRY_SIZE) yield entry
      }
    }
  }

  /** Entries are written in order, so those of a file are a prefix of it. */
  #findEnd(): number {
    const { starts, fileBytes } = this.#files
    for (const start of starts.toReversed()) {
      const first = start / this.#form.bytes
      const end = this.#search(first, first + fileBytes / this.#form.bytes, (bytes) => !this.#form.isWritten(bytes))
      if (end > first) return end
    }
    return this.#first
  }

  #search(low: number, high: number, isBehind: (bytes: Buffer, place: number) => boolean): number {
    let [from, to] = [low, high]
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      if (isBehind(this.#bytesAt(middle), middle)) to = middle
      else from = middle + 1
    }
    return from
  }

  #entryAt(place: number): QueueEntry {
    return this.#entryOf(this.#bytesAt(place), 0, place)
  }

  #bytesAt(place: number): Buffer {
    const bytes = Buffer.alloc(this.#form.bytes)
    this.#files.readSync(bytes, place * bytes.length)
    return bytes
  }

  #entryOf(bytes: Buffer, at: number, place: number): QueueEntry {
    const isBatch = this.#form.kind === 'batch'
    return {
      queueOffset: isBatch ? batchStart(bytes, at) : place,
      messages: isBatch ? bytes.readInt16BE(at + BATCH_ENTRY.messages) : 1,
      physicalOffset: readInt64(bytes, at + ENTRY.physicalOffset),
      size: bytes.readInt32BE(at + ENTRY.size),
      tagsCode: readInt64(bytes, at + ENTRY.tagsCode),
    }
  }
}
