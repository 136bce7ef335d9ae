import { dirname, sep } from 'node:path'
import type { Files } from '../../base/files/index.ts'

/** Directories synced at the same time. */
const SYNCS_AT_ONCE = 16

/**
 * The directories whose names may not be on the disk. A file that is synced is still lost with the power when its name
 * is not synced, and so is every directory above it that is new.
 */
export class NewNames {
  readonly #files: Files
  readonly #directories = new Set<string>()
  /** Syncs that have begun: whoever needs the same directory waits for them, too. */
  readonly #running = new Set<{ readonly directory: string; readonly done: Promise<void> }>()

  constructor(files: Files) {
    this.#files = files
  }

  /** Makes a directory and those above it that are missing. */
  makeDirectory(path: string): void {
    for (let at = path; this.#files.facts(at) === undefined && at !== dirname(at); at = dirname(at)) {
      this.#directories.add(dirname(at))
    }
    this.#files.makeDirectory(path)
  }

  /** To be called when a name in a directory came, went or got another file. */
  changed(directory: string): void {
    this.#directories.add(directory)
  }

  /** {@link changed} for a directory and those above it up to `root`: another process may have made them. */
  changedUpTo(root: string, directory: string): void {
    for (let at = directory; at !== root && at !== dirname(at); at = dirname(at)) this.#directories.add(at)
    this.#directories.add(root)
  }

  /**
   * Resolves when the names leading into `directory`, and those in it, would survive a loss of power; default: all
   * names.
   */
  async sync(directory?: string): Promise<void> {
    const isMeant = (each: string): boolean =>
      directory === undefined || each === directory || directory.startsWith(each + sep)
    const running = [...this.#running].filter((each) => isMeant(each.directory)).map((each) => each.done)
    const due = [...this.#directories].filter(isMeant)
    for (let from = 0; from < due.length; from += SYNCS_AT_ONCE) {
      await Promise.all(due.slice(from, from + SYNCS_AT_ONCE).map((each) => this.#begin(each)))
    }
    await Promise.all(running)
  }

  async #begin(directory: string): Promise<void> {
    const done = this.#sync(directory)
    const running = { directory, done }
    this.#running.add(running)
    try {
      await done
    } finally {
      this.#running.delete(running)
    }
  }

  async #sync(directory: string): Promise<void> {
    this.#directories.delete(directory)
    // What is gone has no names; that it is gone is noted for the directory above.
    if (this.#files.facts(directory) === undefined) return
    try {
      await this.#files.syncDirectory(directory)
    } catch (failure) {
      if (this.#files.facts(directory) === undefined) return
      this.#directories.add(directory)
      throw failure
    }
  }
}
