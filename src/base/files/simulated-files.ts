import { dirname, join } from 'node:path'
import { toError } from '../errors/index.ts'
import { type Random, systemRandom } from '../random/index.ts'
import type { Clock } from '../time/index.ts'
import type { DirectoryEntry, DiskSpace, FileFacts, Files, OpenFile, OpenOptions } from './files.ts'
import { SimulatedContent } from './simulated-content.ts'
import { SimulatedDirectory, SimulatedNames } from './simulated-names.ts'

/** What can be made to fail. */
export type FileCall = 'open' | 'read' | 'write' | 'resize' | 'sync' | 'rename' | 'remove' | 'space'

/** A disk that nobody gave a size. */
const TEBIBYTE = 2 ** 40

/** Milliseconds between two changes at one time: less than a real file system tells, so that later is later. */
const CHANGE_MS = 2 ** -10

/**
 * Files in memory that fail and lose power on demand. A loss of power leaves of what was not synced any part: of each
 * sector of 512 bytes, of each length and of each name some state since the last sync; a rename is done or not done.
 */
export class SimulatedFiles implements Files {
  #names = new SimulatedNames()
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
  beforeSync: (path: string) => Promise<void> = async () => undefined

  /** The files after the machine lost its power: a new instance, so that what still runs on this one does no harm. */
  losePower(random: Random = systemRandom): SimulatedFiles {
    return this.#with(this.#names.afterLoss(random))
  }

  /** The files as another process sees them after this one was killed: nothing is lost. */
  copyAll(): SimulatedFiles {
    return this.#with(this.#names.copy())
  }

  open(path: string, { create = false, readOnly = false }: OpenOptions = {}): OpenFile {
    this.check('open', path)
    const node = this.#names.at(path)
    if (node instanceof SimulatedContent) return new SimulatedFile(path, node, this)
    if (node !== undefined) throw errorOf('EISDIR', 'open', path)
    if (!create || readOnly || this.#names.directoryAt(dirname(path)) === undefined)
      throw errorOf('ENOENT', 'open', path)
    const content = new SimulatedContent()
    this.#names.change([path, content])
    return new SimulatedFile(path, content, this)
  }

  list(directory: string): readonly DirectoryEntry[] {
    return [...(this.#names.directoryAt(directory)?.entries ?? [])]
      .map(([name, node]) => ({ name, isDirectory: node instanceof SimulatedDirectory }))
      .sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  makeDirectory(path: string): void {
    this.check('open', path)
    if (this.#names.directoryAt(path) !== undefined) return
    if (path !== dirname(path)) this.makeDirectory(dirname(path))
    this.#names.change([path, new SimulatedDirectory()])
  }

  facts(path: string): FileFacts | undefined {
    const node = this.#names.at(path)
    if (node === undefined) return undefined
    const nowhere = { device: 0, inode: 0 }
    if (node instanceof SimulatedDirectory)
      return { bytes: 0, modifiedMs: 0, isDirectory: true, allocatedBytes: 0, ...nowhere }
    const { bytes, modifiedMs, allocatedBytes } = node
    return { bytes, modifiedMs, isDirectory: false, allocatedBytes, ...nowhere }
  }

  readWhole(path: string): Buffer | undefined {
    const content = this.#names.at(path)
    if (!(content instanceof SimulatedContent)) return undefined
    const whole = Buffer.alloc(content.bytes)
    new SimulatedFile(path, content, this).readSync(whole, 0)
    return whole
  }

  writeWhole(path: string, text: string | Uint8Array): void {
    const file = this.open(path, { create: true })
    file.setBytes(0)
    file.writeSync(Buffer.from(text), 0)
  }

  writeNew(path: string, content: string | Uint8Array): boolean {
    if (this.#names.at(path) !== undefined) return false
    this.writeWhole(path, content)
    return true
  }

  /** Its processes live nowhere. */
  linkWhileAlive(): undefined {
    return undefined
  }

  copy(from: string, to: string): void {
    const content = this.readWhole(from)
    if (content === undefined) throw errorOf('ENOENT', 'copy', from)
    this.writeWhole(to, content)
  }

  rename(from: string, to: string): void {
    this.check('rename', from)
    const node = this.#names.at(from)
    if (node === undefined) throw errorOf('ENOENT', 'rename', from)
    this.#names.change([from, undefined], [to, node])
  }

  remove(path: string): void {
    this.check('remove', path)
    const node = this.#names.at(path)
    if (node === undefined) return
    if (node instanceof SimulatedDirectory) for (const name of node.entries.keys()) this.remove(join(path, name))
    this.#names.change([path, undefined])
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
    let bytes = 0
    for (const content of this.#names.contents()) bytes += content.allocatedBytes
    return bytes
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.#names.directoryAt(path)
    if (directory === undefined) throw errorOf('ENOENT', 'sync', path)
    await this.beforeSync(path)
    this.check('sync', path)
    this.#names.sync(directory)
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

  #with(names: SimulatedNames): SimulatedFiles {
    const files = new SimulatedFiles()
    files.#names = names
    files.#lastChangeMs = this.#lastChangeMs
    files.clock = this.clock
    files.roomBytes = this.roomBytes
    return files
  }
}

class SimulatedFile implements OpenFile {
  readonly path: string
  readonly #content: SimulatedContent
  readonly #files: SimulatedFiles

  constructor(path: string, content: SimulatedContent, files: SimulatedFiles) {
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
    return this.#content.read(into, position)
  }

  writeSync(bytes: Uint8Array, position: number): void {
    this.#files.check('write', this.path)
    this.#content.write(bytes, position, (more) => this.#files.checkRoom(more, this.path))
    this.#content.modifiedMs = this.#files.tick()
  }

  setBytes(bytes: number): void {
    this.#files.check('resize', this.path)
    this.#content.setBytes(bytes)
    this.#content.modifiedMs = this.#files.tick()
  }

  async datasync(): Promise<void> {
    const done = this.#content.beginSync()
    await this.#files.beforeSync(this.path)
    this.#files.check('sync', this.path)
    done()
  }

  datasyncSync(): void {
    this.#files.check('sync', this.path)
    this.#content.beginSync()()
  }

  close(): void {
    // Nothing is held.
  }
}

function errorOf(code: string, call: string, path: string): Error {
  return Object.assign(toError(`${code}: simulated failure of ${call}, '${path}'`), { code, path })
}
