import { dirname } from 'node:path'
import { Slots } from '../../base/async/index.ts'
import type { Files, OpenFile } from '../../base/files/index.ts'
import { NewNames } from './new-names.ts'

/** A file of the store that is opened when it is used. */
export interface StoreFile {
  readonly path: string
  open: OpenFile | undefined
  /** True: it is opened for reading only. */
  readonly readOnly?: boolean
}

/**
 * Reads that wait for the disk at the same time, unless the settings say otherwise. Node has four threads for files; a
 * sync that waits behind reads of the older log would make every sender wait.
 */
const READS_AT_ONCE = 2

/** How {@link OpenFiles} open them. */
interface OpenOptions {
  /** For a look, nothing can be written. Default: false. */
  readonly readOnly?: boolean
  /** Reads under way at the same time; more wait for their turn. */
  readonly readsAtOnce?: number
}

/** Keeps at most `limit` files open, closing the one that was used longest ago. */
export class OpenFiles {
  readonly files: Files
  readonly names: NewNames
  readonly #limit: number
  readonly #readOnly: boolean
  readonly #reads: Slots
  /** In order of use, the longest unused first. */
  readonly #used = new Set<StoreFile>()

  constructor(files: Files, limit: number, { readOnly = false, readsAtOnce = READS_AT_ONCE }: OpenOptions = {}) {
    this.files = files
    this.names = new NewNames(files)
    this.#limit = limit
    this.#readOnly = readOnly
    this.#reads = new Slots(readsAtOnce)
  }

  /** Runs a read when it is its turn; `work` must look for its file itself, since it may be gone by then. */
  async reading(work: () => Promise<number>): Promise<number> {
    await this.#reads.take()
    try {
      return await work()
    } finally {
      this.#reads.release()
    }
  }

  /** The open file; `newBytes` makes it with that length when it is missing. */
  use(file: StoreFile, newBytes = 0): OpenFile {
    if (file.open !== undefined) {
      this.#used.delete(file)
      this.#used.add(file)
      return file.open
    }
    const readOnly = this.#readOnly || file.readOnly === true
    const open = this.files.open(file.path, { create: newBytes > 0, readOnly })
    try {
      if (newBytes > 0 && open.bytes() === 0) {
        this.names.changed(dirname(file.path))
        open.setBytes(newBytes)
      }
    } catch (failure) {
      open.close()
      throw failure
    }
    file.open = open
    this.#used.add(file)
    if (this.#used.size > this.#limit) {
      for (const oldest of this.#used) {
        this.release(oldest)
        break
      }
    }
    return open
  }

  /** Closes it when it is open. */
  release(file: StoreFile): void {
    file.open?.close()
    file.open = undefined
    this.#used.delete(file)
  }

  closeAll(): void {
    for (const file of [...this.#used]) this.release(file)
  }
}
