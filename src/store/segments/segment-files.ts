import { join } from 'node:path'
import { textOf } from '../../base/errors/index.ts'
import { storeErrors } from '../errors.ts'
import type { OpenFiles, StoreFile } from './open-files.ts'

interface Segment extends StoreFile {
  /** Position of its first byte. */
  readonly start: number
}

/** Which files a folder holds. */
export interface SegmentLayout {
  readonly directory: string
  /** Length of every file. */
  readonly fileBytes: number
  /** Key that sets the length, for messages. */
  readonly setting: string
}

const NAME = /^\d{20}$/

/** The name of the file that begins at `start`. */
export function segmentName(start: number): string {
  return String(start).padStart(20, '0')
}

/**
 * A folder of files of equal length, each named after the position of its first byte in 20 digits; together one long file.
 * They are sparse and have their full length from the start. Apache: `MappedFileQueue`, `DefaultMappedFile` (5.3.3).
 */
export class SegmentFiles {
  readonly fileBytes: number
  readonly #layout: SegmentLayout
  readonly #open: OpenFiles
  /** In order of their positions. */
  #segments: Segment[] = []

  private constructor(layout: SegmentLayout, open: OpenFiles) {
    this.#layout = layout
    this.fileBytes = layout.fileBytes
    this.#open = open
  }

  /**
   * Takes over what is in the folder; a missing one is empty.
   * @throws RMQ_STORE_FILE_LENGTH
   * @throws RMQ_STORE_STRAY_FILE
   */
  static load(layout: SegmentLayout, open: OpenFiles): SegmentFiles {
    const loaded = new SegmentFiles(layout, open)
    const names = open.files.list(layout.directory).filter((entry) => !entry.isDirectory)
    for (const [index, { name }] of names.entries()) {
      const path = join(layout.directory, name)
      const start = Number(name)
      if (!NAME.test(name) || start % layout.fileBytes !== 0) {
        const expected = `files named by 20 digits, multiples of ${layout.setting} (${layout.fileBytes})`
        throw storeErrors.RMQ_STORE_STRAY_FILE({ path, expected })
      }
      const bytes = open.files.facts(path)?.bytes ?? 0
      if (bytes === 0 && index === names.length - 1) {
        open.files.remove(path)
      } else if (bytes === layout.fileBytes) {
        loaded.#segments.push({ path, start, open: undefined })
      } else {
        const { setting, fileBytes: expected } = layout
        throw storeErrors.RMQ_STORE_FILE_LENGTH({ path, bytes, expected, setting })
      }
    }
    return loaded
  }

  /** Positions at which the files begin. */
  get starts(): readonly number[] {
    return this.#segments.map((segment) => segment.start)
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0
  }

  /** Position of the first byte; 0 without files. */
  get start(): number {
    return this.#segments[0]?.start ?? 0
  }

  /** Position behind the last file; 0 without files. */
  get end(): number {
    const last = this.#segments[this.#segments.length - 1]
    return last === undefined ? 0 : last.start + this.fileBytes
  }

  /** Whether a file begins there. */
  has(start: number): boolean {
    return this.#at(start) !== undefined
  }

  /** Where the file that holds `position` ends. */
  fileEnd(position: number): number {
    return position - (position % this.fileBytes) + this.fileBytes
  }

  /** Writes within one file, making the file when the position is behind all files. */
  writeSync(bytes: Uint8Array, position: number): void {
    const start = position - (position % this.fileBytes)
    const segment = this.#at(start) ?? this.#add(start)
    this.#open.use(segment, this.fileBytes).writeSync(bytes, position - start)
  }

  /**
   * Reads within one file; resolves to the number of bytes read, 0 when there is no such file.
   * @throws RMQ_STORE_READ_FAILED  (rejects)
   */
  async read(into: Uint8Array, position: number): Promise<number> {
    return this.#open.reading(() => this.#readNow(into, position))
  }

  async #readNow(into: Uint8Array, position: number): Promise<number> {
    const start = position - (position % this.fileBytes)
    const segment = this.#at(start)
    if (segment === undefined) return 0
    try {
      return await this.#open.use(segment).read(into, position - start)
    } catch (failure) {
      throw storeErrors.RMQ_STORE_READ_FAILED({ path: segment.path, reason: textOf(failure) }, failure)
    }
  }

  /**
   * {@link read}, at once; for start-up.
   * @throws RMQ_STORE_READ_FAILED
   */
  readSync(into: Uint8Array, position: number): number {
    const start = position - (position % this.fileBytes)
    const segment = this.#at(start)
    if (segment === undefined) return 0
    try {
      return this.#open.use(segment).readSync(into, position - start)
    } catch (failure) {
      throw storeErrors.RMQ_STORE_READ_FAILED({ path: segment.path, reason: textOf(failure) }, failure)
    }
  }

  /** Resolves when the bytes of `[from, to)` are on the disk. */
  async datasync(from: number, to: number): Promise<void> {
    const dirty: Promise<void>[] = []
    // Nearly always the last one alone, however many there are.
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]
      if (segment === undefined || segment.start + this.fileBytes <= from) break
      if (segment.start < to) dirty.push(this.#open.use(segment).datasync())
    }
    await (dirty.length === 1 ? dirty[0] : Promise.all(dirty))
  }

  /**
   * Ends the whole at `end`: files behind it are removed, and the rest of its file reads as zeros, so that no stale byte can be
   * taken for data later.
   */
  cutAt(end: number): void {
    this.removeFrom(end)
    const start = end - (end % this.fileBytes)
    const segment = this.#at(start)
    if (segment === undefined || end === start) return
    const file = this.#open.use(segment)
    file.setBytes(end - start)
    file.setBytes(this.fileBytes)
  }

  /** Removes the files that begin at `position` or behind it. */
  removeFrom(position: number): void {
    this.#remove(this.#segments.filter((segment) => segment.start >= position))
  }

  /** Removes the files that end at `position` or before it. */
  removeBefore(position: number): void {
    this.#remove(this.#segments.filter((segment) => segment.start + this.fileBytes <= position))
  }

  /** Closes the files and removes the folder. */
  removeAll(): void {
    for (const segment of this.#segments) this.#open.release(segment)
    this.#segments = []
    this.#open.files.remove(this.#layout.directory)
  }

  /** Makes the names of new files survive a loss of power. */
  syncDirectory(): void {
    if (!this.isEmpty) this.#open.files.syncDirectory(this.#layout.directory)
  }

  #remove(segments: readonly Segment[]): void {
    if (segments.length === 0) return
    for (const segment of segments) {
      this.#open.release(segment)
      this.#open.files.remove(segment.path)
    }
    this.#segments = this.#segments.filter((segment) => !segments.includes(segment))
  }

  #add(start: number): Segment {
    if (this.#segments.length === 0) this.#open.files.makeDirectory(this.#layout.directory)
    const segment: Segment = { path: join(this.#layout.directory, segmentName(start)), start, open: undefined }
    this.#open.use(segment, this.fileBytes)
    this.#segments.push(segment)
    return segment
  }

  /** Nearly always one of the last, so the search goes backwards. */
  #at(start: number): Segment | undefined {
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]
      if (segment === undefined || segment.start < start) return undefined
      if (segment.start === start) return segment
    }
    return undefined
  }
}
