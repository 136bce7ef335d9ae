import { dirname } from 'node:path'
import type { Files, OpenFile } from '../../base/files/index.ts'
import { NewNames } from './new-names.ts'

/** A file of the store that is opened when it is used. */
export interface StoreFile {
  readonly path: string
  open: OpenFile | undefined
  /** True: it is opened for reading only. */
  readonly readOnly?: boolean
}

/** Keeps at most `limit` files open, closing the one that was used longest ago. */
export class OpenFiles {
  readonly files: Files
  readonly names: NewNames
  readonly #limit: number
  readonly #readOnly: boolean
  /** In order of use, the longest unused first. */
  readonly #used = new Set<StoreFile>()

  /** `readOnly`: for a look, nothing can be written. */
  constructor(files: Files, limit: number, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.files = files
    this.names = new NewNames(files)
    this.#limit = limit
    this.#readOnly = readOnly
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
