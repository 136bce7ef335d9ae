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
  /** Those above a store that another process may have made; what cannot be synced of them is left. */
  readonly #above = new Set<string>()
  /** Syncs that have begun: whoever needs the same directory waits for them, too. */
  readonly #running = new Set<{ readonly directory: string; readonly done: Promise<void> }>()

  constructor(files: Files) {
    this.#files = files
  }

  /** Makes a directory and those above it that are missing. */
  makeDirectory(path: string): void {
    this.beforeMaking(path)
    this.#files.makeDirectory(path)
  }

  /** To be called before somebody else makes a directory and those above it that are missing. */
  beforeMaking(path: string): void {
    for (let at = path; this.#files.facts(at) === undefined && at !== dirname(at); at = dirname(at)) {
      this.#directories.add(dirname(at))
    }
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
   * {@link changedUpTo} the root of the file system, where that is possible: what lies above may be on a disk, or
   * belong to a user, that refuses to be synced.
   */
  changedToTop(directory: string): void {
    this.changed(directory)
    for (let at = dirname(directory); ; at = dirname(at)) {
      this.#above.add(at)
      if (at === dirname(at)) return
    }
  }

  /**
   * Resolves when the names leading into `directory`, and those in it, would survive a loss of power; default: all
   * names.
   */
  async sync(directory?: string): Promise<void> {
    const isMeant = (each: string): boolean => directory === undefined || isAtOrAbove(each, directory)
    const running = [...this.#running].filter((each) => isMeant(each.directory)).map((each) => each.done)
    const due = [...new Set([...this.#directories, ...this.#above])].filter(isMeant)
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
    const isOurs = this.#directories.delete(directory)
    this.#above.delete(directory)
    // What is gone has no names; that it is gone is noted for the directory above.
    if (this.#files.facts(directory) === undefined) return
    try {
      await this.#files.syncDirectory(directory)
    } catch (failure) {
      if (!isOurs || this.#files.facts(directory) === undefined) return
      this.#directories.add(directory)
      throw failure
    }
  }
}

/** Whether a directory is the other one or one above it, the root included. */
function isAtOrAbove(upper: string, directory: string): boolean {
  return upper === directory || directory.startsWith(upper.endsWith(sep) ? upper : upper + sep)
}
