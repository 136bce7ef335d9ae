import { dirname, join } from 'node:path'
import { toError } from '../errors/index.ts'
import { type Random, systemRandom } from '../random/index.ts'
import type { Clock } from '../time/index.ts'
import type { DirectoryEntry, DiskSpace, FileFacts, Files, OpenFile, OpenOptions } from './files.ts'

/** What can be made to fail. */
export type FileCall = 'open' | 'read' | 'write' | 'resize' | 'sync' | 'rename' | 'remove' | 'space'

const PAGE_BYTES = 4096

/** A disk that nobody gave a size. */
const TEBIBYTE = 2 ** 40

/** Milliseconds between two changes at one time: less than a real file system tells, so that later is later. */
const CHANGE_MS = 2 ** -10

/** Content in pages; a page that is missing reads as zeros. Pages are never changed, only replaced. */
interface Content {
  bytes: number
  /** What a program sees. */
  readonly pages: Map<number, Uint8Array>
  /** What would be left after a loss of power. */
  readonly durable: Map<number, Uint8Array>
  modifiedMs: number
}

/**
 * Files in memory that fail and lose power on demand. A loss of power takes any part of what was not synced, page by page;
 * names and lengths survive.
 */
export class SimulatedFiles implements Files {
  readonly #files = new Map<string, Content>()
  readonly #directories = new Set<string>(['/'])
  #lastChangeMs = 0
  /** Tells the time of changes; without one they only count up. */
  clock: Pick<Clock, 'now'> | undefined
  /** What fits on the disk. A write beyond it, which may be one into a hole, fails with ENOSPC after a part of it. */
  roomBytes = Number.POSITIVE_INFINITY
  /** What {@link space} tells instead of the room that is left; for several disks. */
  spaceOf: ((directory: string) => DiskSpace) | undefined
  /** Asked before every call: the code of the error to throw, `undefined` for none. */
  fault: (call: FileCall, path: string) => string | undefined = () => undefined
  /** Awaited by every read that may wait, with the bytes it asks for. */
  beforeRead: (path: string, bytes: number) => Promise<void> = async () => undefined
  /** Awaited by every sync. */
  beforeSync: () => Promise<void> = async () => undefined

  /** The files after the machine lost its power: a new instance, so that what still runs on this one does no harm. */
  losePower(random: Random = systemRandom): SimulatedFiles {
    const after = this.copyAll()
    for (const content of after.#files.values()) {
      for (const page of [...content.pages.keys()]) {
        const durable = content.durable.get(page)
        if (content.pages.get(page) === durable || random.below(2) === 0) continue
        if (durable === undefined) content.pages.delete(page)
        else content.pages.set(page, durable)
      }
      content.durable.clear()
      for (const [page, bytes] of content.pages) content.durable.set(page, bytes)
    }
    return after
  }

  /** The files as another process sees them after this one was killed: nothing is lost. */
  copyAll(): SimulatedFiles {
    const copied = new SimulatedFiles()
    copied.#lastChangeMs = this.#lastChangeMs
    copied.clock = this.clock
    copied.roomBytes = this.roomBytes
    for (const directory of this.#directories) copied.#directories.add(directory)
    for (const [path, { bytes, pages, durable, modifiedMs }] of this.#files) {
      copied.#files.set(path, { bytes, pages: new Map(pages), durable: new Map(durable), modifiedMs })
    }
    return copied
  }

  open(path: string, { create = false, readOnly = false }: OpenOptions = {}): OpenFile {
    this.check('open', path)
    let content = this.#files.get(path)
    if (content === undefined) {
      if (!create || readOnly || !this.#directories.has(dirname(path))) throw errorOf('ENOENT', 'open', path)
      content = { bytes: 0, pages: new Map(), durable: new Map(), modifiedMs: 0 }
      this.#files.set(path, content)
    }
    return new SimulatedFile(path, content, this)
  }

  list(directory: string): readonly DirectoryEntry[] {
    const entries: DirectoryEntry[] = []
    for (const path of this.#files.keys()) {
      if (dirname(path) === directory)
        entries.push({ name: path.slice(join(directory, '/').length), isDirectory: false })
    }
    for (const path of this.#directories) {
      if (path !== '/' && dirname(path) === directory) {
        entries.push({ name: path.slice(join(directory, '/').length), isDirectory: true })
      }
    }
    return entries.sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  makeDirectory(path: string): void {
    this.check('open', path)
    for (let at = path; at !== dirname(at); at = dirname(at)) this.#directories.add(at)
  }

  facts(path: string): FileFacts | undefined {
    if (this.#directories.has(path)) return { bytes: 0, modifiedMs: 0, isDirectory: true, allocatedBytes: 0 }
    const content = this.#files.get(path)
    if (content === undefined) return undefined
    const { bytes, modifiedMs, pages } = content
    return { bytes, modifiedMs, isDirectory: false, allocatedBytes: pages.size * PAGE_BYTES }
  }

  readWhole(path: string): Buffer | undefined {
    const content = this.#files.get(path)
    if (content === undefined) return undefined
    const whole = Buffer.alloc(content.bytes)
    new SimulatedFile(path, content, this).readSync(whole, 0)
    return whole
  }

  writeWhole(path: string, text: string | Uint8Array): void {
    const file = this.open(path, { create: true })
    file.setBytes(0)
    file.writeSync(Buffer.from(text), 0)
  }

  copy(from: string, to: string): void {
    const content = this.readWhole(from)
    if (content === undefined) throw errorOf('ENOENT', 'copy', from)
    this.writeWhole(to, content)
  }

  rename(from: string, to: string): void {
    this.check('rename', from)
    const content = this.#files.get(from)
    if (content === undefined) throw errorOf('ENOENT', 'rename', from)
    this.#files.delete(from)
    this.#files.set(to, content)
  }

  remove(path: string): void {
    this.check('remove', path)
    const below = join(path, '/')
    for (const name of [...this.#files.keys()]) if (name === path || name.startsWith(below)) this.#files.delete(name)
    for (const name of [...this.#directories]) {
      if (name === path || name.startsWith(below)) this.#directories.delete(name)
    }
  }

  space(directory: string): DiskSpace {
    this.check('space', directory)
    if (this.spaceOf !== undefined) return this.spaceOf(directory)
    const totalBytes = Math.min(this.roomBytes, TEBIBYTE)
    const freeBytes = Math.max(0, totalBytes - this.usedBytes)
    return { totalBytes, freeBytes, usableBytes: freeBytes }
  }

  /** Bytes of all pages that were written to. */
  get usedBytes(): number {
    let pages = 0
    for (const content of this.#files.values()) pages += content.pages.size
    return pages * PAGE_BYTES
  }

  syncDirectory(path: string): void {
    this.check('sync', path)
  }

  /** A time of change, later than all before. */
  tick(): number {
    this.#lastChangeMs = Math.max(this.#lastChangeMs + CHANGE_MS, this.clock?.now() ?? 0)
    return this.#lastChangeMs
  }

  /** Throws when so much more does not fit. */
  checkRoom(bytes: number, path: string): void {
    if (this.roomBytes === Number.POSITIVE_INFINITY) return
    if (this.usedBytes + bytes > this.roomBytes) throw errorOf('ENOSPC', 'write', path)
  }

  /** Throws when the call is to fail. */
  check(call: FileCall, path: string): void {
    const code = this.fault(call, path)
    if (code !== undefined) throw errorOf(code, call, path)
  }
}

class SimulatedFile implements OpenFile {
  readonly path: string
  readonly #content: Content
  readonly #files: SimulatedFiles

  constructor(path: string, content: Content, files: SimulatedFiles) {
    this.path = path
    this.#content = content
    this.#files = files
  }

  bytes(): number {
    return this.#content.bytes
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    await this.#files.beforeRead(this.path, into.length)
    return this.readSync(into, position)
  }

  readSync(into: Uint8Array, position: number): number {
    this.#files.check('read', this.path)
    const { bytes, pages } = this.#content
    const count = Math.max(0, Math.min(into.length, bytes - position))
    for (let done = 0; done < count; ) {
      const { page, at } = placeOf(position + done)
      const part = Math.min(PAGE_BYTES - at, count - done)
      const source = pages.get(page)
      if (source === undefined) into.fill(0, done, done + part)
      else into.set(source.subarray(at, at + part), done)
      done += part
    }
    return count
  }

  writeSync(bytes: Uint8Array, position: number): void {
    this.#files.check('write', this.path)
    const { pages } = this.#content
    for (let done = 0; done < bytes.length; ) {
      const { page, at } = placeOf(position + done)
      const part = Math.min(PAGE_BYTES - at, bytes.length - done)
      const replaced = new Uint8Array(PAGE_BYTES)
      const before = pages.get(page)
      if (before !== undefined) replaced.set(before)
      else this.#files.checkRoom(PAGE_BYTES, this.path)
      replaced.set(bytes.subarray(done, done + part), at)
      pages.set(page, replaced)
      done += part
    }
    this.#content.bytes = Math.max(this.#content.bytes, position + bytes.length)
    this.#content.modifiedMs = this.#files.tick()
  }

  setBytes(bytes: number): void {
    this.#files.check('resize', this.path)
    const content = this.#content
    if (bytes < content.bytes) {
      const { page: lastPage, at } = placeOf(bytes)
      for (const page of [...content.pages.keys()]) if (page > lastPage) content.pages.delete(page)
      const last = content.pages.get(lastPage)
      if (last !== undefined) {
        const kept = new Uint8Array(PAGE_BYTES)
        kept.set(last.subarray(0, at))
        content.pages.set(lastPage, kept)
      }
    }
    content.bytes = bytes
    content.modifiedMs = this.#files.tick()
  }

  async datasync(): Promise<void> {
    const synced = new Map(this.#content.pages)
    await this.#files.beforeSync()
    this.#files.check('sync', this.path)
    const { durable } = this.#content
    for (const page of [...durable.keys()]) if (!synced.has(page)) durable.delete(page)
    for (const [page, bytes] of synced) durable.set(page, bytes)
  }

  close(): void {
    // Nothing is held.
  }
}

function placeOf(position: number): { readonly page: number; readonly at: number } {
  return { page: Math.floor(position / PAGE_BYTES), at: position % PAGE_BYTES }
}

function errorOf(code: string, call: string, path: string): Error {
  return Object.assign(toError(`${code}: simulated failure of ${call}, '${path}'`), { code, path })
}
