import { dirname, join, sep } from 'node:path'
import { textOf } from '../../base/errors/index.ts'
import { storeErrors } from '../errors.ts'
import type { OpenFiles, StoreFile } from './open-files.ts'
import { findSegments, type SegmentLayout, segmentName } from './segment-layout.ts'
import { AHEAD_BYTES, clear, isZero, PAGE_BYTES } from './zeros.ts'

interface Segment extends StoreFile {
  /** Position of its first byte. */
  readonly start: number
}

/**
 * A folder of files of equal length, each named after the position of its first byte in 20 digits; together one long
 * file. They are sparse and have their full length from the start. Apache: `MappedFileQueue`, `DefaultMappedFile`
 * (5.3.3).
 */
export class SegmentFiles {
  readonly fileBytes: number
  readonly #layout: SegmentLayout
  readonly #open: OpenFiles
  /** In order of their positions. */
  #segments: Segment[] = []
  /** Files shorter than they should be: the crash came while they were made or cut. */
  #short: Segment[] = []

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
    for (const { path, start, bytes, isLast, expected } of findSegments(layout, open)) {
      if (expected !== undefined) throw storeErrors.RMQ_STORE_STRAY_FILE({ path, expected })
      const readOnly = !isLast && layout.places?.isReadOnly(dirname(path)) === true
      const segment: Segment = { path, start, open: undefined, readOnly }
      if (bytes === 0 && isLast) {
        open.files.remove(path)
        open.names.changed(dirname(path))
      } else if (bytes === layout.fileBytes) {
        loaded.#segments.push(segment)
      } else if (bytes < layout.fileBytes && layout.afterCrash === true) {
        loaded.#segments.push(segment)
        loaded.#short.push(segment)
      } else {
        throw loaded.#wrongLength(segment)
      }
    }
    return loaded
  }

  /**
   * Takes over what is in the folder as it is, for a look: changes nothing, and what {@link load} would refuse or
   * remove is told. A file of another length is taken as far as it goes.
   */
  static inspect(layout: SegmentLayout, open: OpenFiles, report: (problem: string) => void): SegmentFiles {
    const loaded = new SegmentFiles(layout, open)
    for (const { path, start, bytes, isLast, expected } of findSegments(layout, open)) {
      if (expected !== undefined) report(`${path} does not belong there: expected ${expected}`)
      else if (bytes === 0 && isLast) continue
      else {
        if (bytes !== layout.fileBytes) report(`${path} has ${bytes} bytes, not ${layout.fileBytes}`)
        loaded.#segments.push({ path, start, open: undefined })
      }
    }
    return loaded
  }

  /**
   * Gives the files that a crash left too short their length. Of those that `wasOnDisk` no crash can be the reason.
   * @throws RMQ_STORE_FILE_LENGTH
   */
  complete(wasOnDisk: (start: number) => boolean = () => false): void {
    for (const segment of this.#short) {
      if (wasOnDisk(segment.start)) throw this.#wrongLength(segment)
      this.#open.use(segment).setBytes(this.fileBytes)
    }
    this.#short = []
  }

  /** Where the files begin that a crash left too short. */
  get shortStarts(): readonly number[] {
    return this.#short.map((segment) => segment.start)
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

  /** Where the first file at or behind `position` begins; `undefined`: there is none. */
  startFrom(position: number): number | undefined {
    return this.#segments.find((segment) => segment.start >= position)?.start
  }

  /** Path of the file that begins there. */
  pathOf(start: number): string {
    return this.#at(start)?.path ?? join(this.#layout.directory, segmentName(start))
  }

  /** Bytes that the file which begins there takes on the disk; `undefined` where the system does not tell. */
  allocatedBytes(start: number): number | undefined {
    return this.#open.files.facts(this.pathOf(start))?.allocatedBytes
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
   * Ends the whole at `end`: files behind it are removed, and the rest of its file reads as zeros, so that no stale
   * byte can be taken for data later. Bytes up to `writtenTo` are looked at whatever the file system says of its room.
   * Zeros are written in place: a file that is shorter for a moment would, after a kill in this moment, keep every
   * broker from starting. `keepsFirst`: the first file stays in any case; were all removed, a loss of power could bring
   * back a later one alone.
   */
  cutAt(end: number, writtenTo = end, keepsFirst = false): void {
    this.removeFrom(keepsFirst ? Math.max(end, this.start + 1) : end)
    const start = end - (end % this.fileBytes)
    const segment = this.#at(start)
    if (segment === undefined) return
    const known = Math.ceil((Math.max(end, writtenTo) - start) / PAGE_BYTES) * PAGE_BYTES
    const allocated = this.allocatedBytes(start) ?? Number.POSITIVE_INFINITY
    const to = allocated <= known ? Math.min(known, this.fileBytes) : this.fileBytes
    clear(this.#open.use(segment), end - start, to)
  }

  /**
   * For recovery of a log that ends at `end`: where the part of its file ends that may hold anything but zeros;
   * `undefined` when that cannot be told. The file system tells how much room a file has, not where. So zeros behind
   * the end are written again: then any more room that the file has lies beyond them.
   */
  roomEnd(end: number): number | undefined {
    const start = end - (end % this.fileBytes)
    const segment = this.#at(start)
    const allocated = this.allocatedBytes(start)
    const begin = end - start
    const known = Math.ceil(begin / PAGE_BYTES) * PAGE_BYTES
    if (segment === undefined || allocated === undefined) return undefined
    if (allocated <= known) return end
    if (allocated > Math.min(known + 2 * AHEAD_BYTES, this.fileBytes)) return undefined
    const file = this.#open.use(segment)
    const ahead = Buffer.allocUnsafe(allocated - begin)
    if (file.readSync(ahead, begin) < ahead.length || !isZero(ahead)) return undefined
    try {
      file.writeSync(ahead, begin)
    } catch {
      // A full disk may refuse even that; then the file is read.
      return undefined
    }
    return this.allocatedBytes(start) === allocated ? start + allocated : undefined
  }

  /** Closes and forgets the file that begins there, for who moves it away. */
  release(start: number): void {
    const segment = this.#at(start)
    if (segment === undefined) return
    this.#open.release(segment)
    this.#open.names.changed(dirname(segment.path))
    this.#segments = this.#segments.filter((each) => each !== segment)
  }

  /** Makes the first file of an empty log. */
  begin(): void {
    if (this.isEmpty) this.#add(0)
  }

  /** Removes the files that begin at `position` or behind it. */
  removeFrom(position: number): void {
    this.#remove(this.#segments.filter((segment) => segment.start >= position))
  }

  /** When the first file was changed last, epoch ms; `undefined` when it is the only one. */
  firstChangeMs(): number | undefined {
    const [first, second] = this.#segments
    if (first === undefined || second === undefined) return undefined
    return this.#open.files.facts(first.path)?.modifiedMs ?? 0
  }

  /**
   * Removes the first file; false: it is the only one and stays. Whoever reads it just now reads it to the end. When
   * the file system refuses, the file stays and the error is thrown.
   */
  removeFirst(): boolean {
    const [first, second] = this.#segments
    if (first === undefined || second === undefined) return false
    this.#open.files.remove(first.path)
    this.#open.names.changed(dirname(first.path))
    this.#open.release(first)
    this.#segments = this.#segments.slice(1)
    return true
  }

  /** Closes the files and forgets them. */
  releaseAll(): void {
    for (const segment of this.#segments) this.#open.release(segment)
    this.#segments = []
  }

  /** Closes the files and removes the folder. */
  removeAll(): void {
    this.releaseAll()
    const { directory } = this.#layout
    this.#open.files.remove(directory)
    this.#open.names.changed(dirname(directory))
  }

  /** Resolves when the names of new files, and that others are gone, would survive a loss of power. */
  async syncNames(): Promise<void> {
    for (const directory of this.#directories) await this.#open.names.sync(directory)
  }

  /** After a crash: the names of the files, which another process may have made, are not known to be on the disk. */
  noteNames(root: string): void {
    for (const directory of this.#directories) {
      if (this.#open.files.facts(directory) === undefined) continue
      this.#open.names.changedUpTo(directory.startsWith(root + sep) ? root : dirname(directory), directory)
    }
  }

  /** Where files are made and removed. */
  get #directories(): readonly string[] {
    const { places, directory } = this.#layout
    return places?.all.filter((each) => !places.isReadOnly(each)) ?? [directory]
  }

  #wrongLength({ path }: Segment): Error {
    const { setting, fileBytes: expected } = this.#layout
    const bytes = this.#open.files.facts(path)?.bytes ?? 0
    return storeErrors.RMQ_STORE_FILE_LENGTH({ path, bytes, expected, setting })
  }

  #remove(segments: readonly Segment[]): void {
    if (segments.length === 0) return
    for (const segment of segments) {
      this.#open.release(segment)
      this.#open.files.remove(segment.path)
      this.#open.names.changed(dirname(segment.path))
    }
    this.#segments = this.#segments.filter((segment) => !segments.includes(segment))
  }

  #add(start: number): Segment {
    const { places, directory: only } = this.#layout
    const directory = places?.placeOf(start / this.fileBytes) ?? only
    if (this.#segments.length === 0 || places !== undefined) this.#open.names.makeDirectory(directory)
    const path = join(directory, segmentName(start))
    const segment: Segment = { path, start, open: undefined, readOnly: false }
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
