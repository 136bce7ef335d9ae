import { dirname, join } from 'node:path'
import { textOf } from '../../base/errors/index.ts'
import type { OpenFile } from '../../base/files/index.ts'
import { storeErrors } from '../errors.ts'
import type { OpenFiles, StoreFile } from './open-files.ts'
import { isZero } from './zeros.ts'

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
  /** Where files lie instead when there are several directories. */
  readonly places?: SegmentPlaces
}

/** Directories that the files of one sequence lie in. */
export interface SegmentPlaces {
  readonly all: readonly string[]
  /** Where file number `index`, counted from position 0, is made. */
  placeOf(index: number): string
  /** Whether the files of a directory are only read, as long as they are not the last. */
  isReadOnly(directory: string): boolean
}

const NAME = /^\d{20}$/

/** Unit in which file systems give room to a file. */
const PAGE_BYTES = 4096

/** Bytes looked at in one read when the rest of a file is cleared. */
const CLEAR_BYTES = 1024 * 1024

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
    const found = filesOf(layout, open)
    for (const [index, { name, path }] of found.entries()) {
      const start = Number(name)
      const isLast = index === found.length - 1
      if (!NAME.test(name) || start % layout.fileBytes !== 0) {
        const expected = `files named by 20 digits, multiples of ${layout.setting} (${layout.fileBytes})`
        throw storeErrors.RMQ_STORE_STRAY_FILE({ path, expected })
      }
      const before = found[index - 1]
      if (before?.name === name) {
        throw storeErrors.RMQ_STORE_STRAY_FILE({ path, expected: `one file of that name, and "${before.path}" is one` })
      }
      const bytes = open.files.facts(path)?.bytes ?? 0
      if (bytes === 0 && isLast) {
        open.files.remove(path)
      } else if (bytes === layout.fileBytes) {
        const readOnly = !isLast && layout.places?.isReadOnly(dirname(path)) === true
        loaded.#segments.push({ path, start, open: undefined, readOnly })
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
   * Ends the whole at `end`: files behind it are removed, and the rest of its file reads as zeros, so that no stale byte can be
   * taken for data later. Bytes up to `writtenTo` are looked at whatever the file system says of its room. Zeros are
   * written in place: a file that is shorter for a moment would, after a kill in this moment, keep every broker from
   * starting.
   */
  cutAt(end: number, writtenTo = end): void {
    this.removeFrom(end)
    const start = end - (end % this.fileBytes)
    const segment = this.#at(start)
    if (segment === undefined || end === start) return
    const known = Math.ceil((Math.max(end, writtenTo) - start) / PAGE_BYTES) * PAGE_BYTES
    const allocated = this.allocatedBytes(start) ?? Number.POSITIVE_INFINITY
    const to = allocated <= known ? Math.min(known, this.fileBytes) : this.fileBytes
    clear(this.#open.use(segment), end - start, to)
  }

  /** Closes and forgets the file that begins there, for who moves it away. */
  release(start: number): void {
    const segment = this.#at(start)
    if (segment !== undefined) this.#open.release(segment)
    this.#segments = this.#segments.filter((each) => each !== segment)
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
   * Removes the first file; false: it is the only one and stays. Whoever reads it just now reads it to the end. When the file
   * system refuses, the file stays and the error is thrown.
   */
  removeFirst(): boolean {
    const [first, second] = this.#segments
    if (first === undefined || second === undefined) return false
    this.#open.files.remove(first.path)
    this.#open.release(first)
    this.#segments = this.#segments.slice(1)
    return true
  }

  /** Closes the files and removes the folder. */
  removeAll(): void {
    for (const segment of this.#segments) this.#open.release(segment)
    this.#segments = []
    this.#open.files.remove(this.#layout.directory)
  }

  /** Makes what became of the names of files survive a loss of power. */
  syncDirectory(): void {
    const { places } = this.#layout
    if (places === undefined) {
      if (!this.isEmpty) this.#open.files.syncDirectory(this.#layout.directory)
      return
    }
    for (const directory of places.all) {
      if (!places.isReadOnly(directory) && this.#open.files.facts(directory) !== undefined) {
        this.#open.files.syncDirectory(directory)
      }
    }
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
    const { places, directory: only } = this.#layout
    const directory = places?.placeOf(start / this.fileBytes) ?? only
    if (this.#segments.length === 0 || places !== undefined) this.#open.files.makeDirectory(directory)
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

/** Makes `[from, to)` read as zeros; what is zero already is not written. */
function clear(file: OpenFile, from: number, to: number): void {
  if (from >= to) return
  const window = Buffer.allocUnsafe(Math.min(CLEAR_BYTES, to - from))
  for (let position = from; position < to; ) {
    const held = file.readSync(window.subarray(0, Math.min(window.length, to - position)), position)
    if (held === 0) return
    for (let at = 0; at < held; ) {
      const end = Math.min(held, at + PAGE_BYTES - ((position + at) % PAGE_BYTES))
      const page = window.subarray(at, end)
      if (!isZero(page)) file.writeSync(page.fill(0), position + at)
      at = end
    }
    position += held
  }
}

/** The files of all directories, by name. */
function filesOf({ directory, places }: SegmentLayout, open: OpenFiles): { name: string; path: string }[] {
  return (places?.all ?? [directory])
    .flatMap((each) =>
      open.files.list(each).map(({ name, isDirectory }) => ({ name, isDirectory, path: join(each, name) })),
    )
    .filter((entry) => !entry.isDirectory)
    .sort((left, right) => (left.name < right.name ? -1 : 1))
}
