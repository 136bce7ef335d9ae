// Hot path: every record of the log asks here for its entry.

import { viewOf } from '../../base/bytes/index.ts'
import { ENTRY, type EntryForm } from '../consume-queue/entry.ts'
import type { SegmentFiles } from '../segments/segment-files.ts'

/** Entries read at once. */
const WINDOW_ENTRIES = 256

/** The entries of one queue's files, read in order. */
export class EntryWindow {
  readonly #files: SegmentFiles
  readonly #form: EntryForm
  readonly bytes: Buffer
  /** The same as a view. */
  readonly view: DataView
  #start = 0
  #end = 0

  constructor(files: SegmentFiles, form: EntryForm) {
    this.#files = files
    this.#form = form
    this.bytes = Buffer.alloc(Math.min(WINDOW_ENTRIES, files.fileBytes / form.bytes) * form.bytes)
    this.view = viewOf(this.bytes)
  }

  /** Place of the first entry that the files have. */
  get first(): number {
    return this.#files.start / this.#form.bytes
  }

  /** Place at which a file behind `end` begins; `undefined`: there is none. */
  fileBehind(end: number): number | undefined {
    const start = this.#files.starts.find((each) => each > end * this.#form.bytes)
    return start === undefined ? undefined : start / this.#form.bytes
  }

  /**
   * Where the entry of that place begins in {@link bytes}, -1 when none was written there; valid until the next call.
   */
  at(place: number): number {
    const { bytes: entryBytes } = this.#form
    if (place < this.#start || place >= this.#end) {
      if (place < 0) return -1
      this.#start = place
      this.#end = place + Math.floor(this.#files.readSync(this.bytes, place * entryBytes) / entryBytes)
      if (place >= this.#end) return -1
    }
    const at = (place - this.#start) * entryBytes
    return this.view.getInt32(at + ENTRY.size) <= 0 || this.view.getInt32(at) < 0 ? -1 : at
  }
}
