import {
  closeSync,
  copyFileSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  read as readWithCallback,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { threadId } from 'node:worker_threads'
import { type Deferred, deferred } from '../async/index.ts'
import { codeOf } from '../errors/index.ts'
import type { Files, OpenFile } from './files.ts'

/** Unit of the blocks that the system counts, whatever the file system uses. */
const STAT_BLOCK_BYTES = 512

/**
 * Least number of the descriptor behind a {@link Files.linkWhileAlive}. A process that gets the id of an ended one
 * should not have a file of that number too, and few have so many.
 */
const LINKED_DESCRIPTOR_MIN = 300

/** The machine's files. */
export const nodeFiles: Files = {
  open: (path, { create = false, readOnly = false } = {}) => new NodeFile(path, openNode(path, create, readOnly)),
  list: (directory) =>
    (unlessMissing(() => readdirSync(directory, { withFileTypes: true })) ?? [])
      .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
      .sort((left, right) => (left.name < right.name ? -1 : 1)),
  makeDirectory: (path) => void mkdirSync(path, { recursive: true }),
  facts(path) {
    const stat = unlessMissing(() => statSync(path, { throwIfNoEntry: false }))
    if (stat === undefined) return undefined
    const { size: bytes, mtimeMs: modifiedMs, blocks, dev: device, ino: inode } = stat
    const allocatedBytes = Number.isFinite(blocks) ? blocks * STAT_BLOCK_BYTES : undefined
    return { bytes, modifiedMs, isDirectory: stat.isDirectory(), allocatedBytes, device, inode }
  },
  readWhole: (path) => unlessMissing(() => readFileSync(path)),
  writeWhole: (path, content) => writeFileSync(path, content),
  writeNew: writeNodeNew,
  linkWhileAlive: linkNodeWhileAlive,
  copy: (from, to) => copyFileSync(from, to),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  space(directory) {
    const { bsize, blocks, bfree, bavail } = statfsSync(directory)
    return { totalBytes: bsize * blocks, freeBytes: bsize * bfree, usableBytes: bsize * bavail }
  },
  syncDirectory(path) {
    const descriptor = openSync(path, 'r')
    const done = deferred()
    fsync(descriptor, (failure) => {
      closeSync(descriptor)
      if (failure === null) done.resolve()
      else done.reject(failure)
    })
    return done.promise
  },
}

/** Opens for reading and writing without cutting; Node has no flag text for "make it, but keep what is there". */
function openNode(path: string, create: boolean, readOnly: boolean): number {
  if (readOnly) return openSync(path, 'r')
  try {
    return openSync(path, 'r+')
  } catch (failure) {
    if (!create || codeOf(failure) !== 'ENOENT') throw failure
    return openSync(path, 'wx+')
  }
}

/** Written beside it first, so that nobody ever finds half of it. */
function writeNodeNew(path: string, content: string | Uint8Array): boolean {
  const unfinished = `${path}.${process.pid}-${threadId}.new`
  try {
    writeFileSync(unfinished, content)
    linkSync(unfinished, path)
    return true
  } catch (failure) {
    if (codeOf(failure) === 'EEXIST') return false
    if (!NO_LINKS.has(codeOf(failure) ?? '')) throw failure
    return writeExclusively(path, content)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** What file systems without hard links answer. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

function writeExclusively(path: string, content: string | Uint8Array): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' })
    return true
  } catch (failure) {
    if (codeOf(failure) === 'EEXIST') return false
    throw failure
  }
}

/** Linux shows the open files of each living process below `/proc`. */
function linkNodeWhileAlive(path: string, target: string): (() => void) | undefined {
  if (process.platform !== 'linux') return undefined
  const descriptor = openHigh(target)
  const remove = (): void => {
    rmSync(path, { force: true })
    closeSync(descriptor)
  }
  try {
    symlinkSync(`/proc/${process.pid}/fd/${descriptor}`, path)
    if (statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino) return remove
  } catch (failure) {
    if (!NO_LINKS.has(codeOf(failure) ?? '')) {
      closeSync(descriptor)
      throw failure
    }
  }
  remove()
  return undefined
}

/**
 * Opens for reading, under a number of at least {@link LINKED_DESCRIPTOR_MIN} unless the process may not have so many
 * files.
 */
function openHigh(path: string): number {
  const opened = [openSync(path, 'r')]
  try {
    while ((opened.at(-1) ?? 0) < LINKED_DESCRIPTOR_MIN) opened.push(openSync(path, 'r'))
  } catch (failure) {
    if (codeOf(failure) !== 'EMFILE') throw failure
  }
  const kept = opened.pop() as number
  for (const descriptor of opened) closeSync(descriptor)
  return kept
}

function unlessMissing<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch (failure) {
    if (codeOf(failure) === 'ENOENT' || codeOf(failure) === 'ENOTDIR') return undefined
    throw failure
  }
}

class NodeFile implements OpenFile {
  readonly path: string
  readonly #descriptor: number
  /** Calls that the thread pool has not answered; the descriptor must not be closed (and used again) under them. */
  #running = 0
  #closing = false

  constructor(path: string, descriptor: number) {
    this.path = path
    this.#descriptor = descriptor
  }

  bytes(): number {
    return fstatSync(this.#descriptor).size
  }

  read(into: Uint8Array, position: number): Promise<number> {
    const done = deferred<number>()
    this.#running++
    this.#readOn(into, 0, position, done)
    return done.promise
  }

  #readOn(into: Uint8Array, filled: number, position: number, done: Deferred<number>): void {
    readWithCallback(this.#descriptor, into, filled, into.length - filled, position + filled, (failure, bytes) => {
      if (failure === null && bytes > 0 && filled + bytes < into.length) {
        this.#readOn(into, filled + bytes, position, done)
        return
      }
      this.#ran()
      if (failure === null) done.resolve(filled + bytes)
      else done.reject(failure)
    })
  }

  readSync(into: Uint8Array, position: number): number {
    let filled = 0
    while (filled < into.length) {
      const bytes = readSync(this.#descriptor, into, filled, into.length - filled, position + filled)
      if (bytes === 0) break
      filled += bytes
    }
    return filled
  }

  writeSync(bytes: Uint8Array, position: number): void {
    let written = 0
    while (written < bytes.length) {
      written += writeSync(this.#descriptor, bytes, written, bytes.length - written, position + written)
    }
  }

  setBytes(bytes: number): void {
    ftruncateSync(this.#descriptor, bytes)
  }

  datasync(): Promise<void> {
    const done = deferred()
    this.#running++
    fdatasync(this.#descriptor, (failure) => {
      this.#ran()
      if (failure === null) done.resolve()
      else done.reject(failure)
    })
    return done.promise
  }

  datasyncSync(): void {
    fdatasyncSync(this.#descriptor)
  }

  close(): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#running === 0) closeSync(this.#descriptor)
  }

  #ran(): void {
    this.#running--
    if (this.#closing && this.#running === 0) closeSync(this.#descriptor)
  }
}
