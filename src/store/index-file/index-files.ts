// Hot path: the keys of every stored message pass here.

import { join } from 'node:path'
import { type Logger, Trouble } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import { storeErrors } from '../errors.ts'
import type { OpenFiles } from '../segments/open-files.ts'
import { indexFileName, isIndexFileName } from './file-name.ts'
import { IndexFile } from './index-file.ts'
import type { IndexLayout } from './layout.ts'
import { openIndexFile } from './open-index-file.ts'
import { findOffsets, type KeyQuery } from './query.ts'
import { restoreIndexFile } from './restore.ts'

/** What {@link IndexFiles} work with. */
export interface IndexParts {
  readonly layout: IndexLayout
  readonly open: OpenFiles
  readonly checkpoint: Checkpoint
  readonly clock: Clock
  readonly logger: Logger
}

/** `end` of an index without entries. */
const NOTHING = -1

/**
 * The index of keys: `topic#key` → log positions, in files that are filled one after the other. Folder `index/`.
 * Apache: `IndexService` (5.3.3).
 */
export class IndexFiles {
  readonly #parts: IndexParts
  /** In order; entries go to the last. */
  #files: IndexFile[] = []
  /** Full files whose content may not be on the disk. */
  #sealed: IndexFile[] = []
  /** Log position of the first record whose keys could not be added; until they are, no other keys are. */
  #lostFrom: number | undefined
  readonly #adding: Trouble
  #lastName = ''
  /** The log must be read from its file with this position on to complete the index; `undefined`: it is complete. */
  lacksFrom: number | undefined

  private constructor(parts: IndexParts) {
    this.#parts = parts
    this.#adding = new Trouble(parts.logger, 'adding keys to the index', 'they are added when the disk takes them')
  }

  /**
   * Takes over the files as they are; one that is damaged is removed with those behind it. After a crash see
   * {@link restore}.
   */
  static load(parts: IndexParts): IndexFiles {
    const loaded = new IndexFiles(parts)
    const { layout, open, logger } = parts
    for (const { name, isDirectory } of open.files.list(layout.directory)) {
      if (isDirectory || !isIndexFileName(name)) {
        logger.warn('not an index file; it is left alone', { path: join(layout.directory, name) })
        continue
      }
      loaded.#lastName = name
      const path = join(layout.directory, name)
      loaded.#giveUpUnfinished()
      const file = openIndexFile(path, layout, open, loaded.end)
      if (file instanceof IndexFile && loaded.lacksFrom === undefined) {
        loaded.#files.push(file)
        continue
      }
      loaded.lacksFrom ??= loaded.end
      const reason = file instanceof IndexFile ? 'one before it is missing' : file
      logger.warn('an index file cannot be used; it is built anew', { path, reason })
      open.files.remove(path)
      open.names.changed(layout.directory)
    }
    return loaded
  }

  /** Log position of the last indexed record, -1 for none. */
  get end(): number {
    const last = this.#files.at(-1)?.header
    return last === undefined || (last.next <= 1 && last.endOffset === 0) ? NOTHING : last.endOffset
  }

  /** Store time of the last indexed record, epoch ms; 0 for none. */
  get endTimestamp(): number {
    return this.#files.at(-1)?.header.endTimestamp ?? 0
  }

  get files(): readonly IndexFile[] {
    return this.#files
  }

  /**
   * After a crash, or when files are missing: keeps what can be believed, and says from where the log must be read for
   * the rest. Apache's broker removes the unfinished file instead and indexes only what its scan of the log happens to
   * meet.
   */
  async restore(): Promise<void> {
    const { checkpoint } = this.#parts
    const hadFiles = this.#files.length > 0
    const unsafe = this.#files.findIndex((file) => file.header.endTimestamp > checkpoint.indexTimestamp)
    await this.#restoreFrom(unsafe < 0 ? this.#files.length - 1 : unsafe, Number.POSITIVE_INFINITY)
    if (hadFiles || this.lacksFrom !== undefined) this.lacksFrom = Math.max(0, this.end)
  }

  /** After a crash: the names of the files, which another process may have made, are not known to be on the disk. */
  noteNames(root: string): void {
    const { layout, open } = this.#parts
    if (this.#files.length > 0) open.names.changedUpTo(root, layout.directory)
  }

  /** Forgets entries of records at or behind `position`, where the log ends. */
  async cutAt(position: number): Promise<void> {
    if (this.end < position) return
    const first = this.#files.findIndex((file) => file.header.endOffset >= position)
    await this.#restoreFrom(first, position)
  }

  /**
   * Adds an entry; never throws. Records must come in the order of the log. Once an entry could not be added none is,
   * until all that were lost are added by `catchUp`.
   */
  put(hash: number, physicalOffset: number, storeTimestamp: number): void {
    if (this.#lostFrom !== undefined) return
    try {
      const last = this.#files[this.#files.length - 1]
      const file = last === undefined || last.isFull ? this.#next(last) : last
      file.put(hash, physicalOffset, storeTimestamp)
      if (file.isFull) this.#seal(file)
    } catch (failure) {
      this.#lostFrom = physicalOffset
      this.#adding.failed(failure)
    }
  }

  /** Log position of the first record whose keys were lost; `undefined`: none were. */
  get lostFrom(): number | undefined {
    return this.#lostFrom
  }

  /** From now on entries are added again; the next must be those of the record at {@link lostFrom}. */
  retry(): void {
    this.#lostFrom = undefined
  }

  /** Entries are to be lost again, from this record on: what was missing could not be read. */
  giveUpFrom(physicalOffset: number): void {
    this.#lostFrom = physicalOffset
  }

  /** No entry is missing any more. */
  complete(): void {
    this.#adding.worked()
  }

  /** Where records with that key lie, ascending; the newest if there are more than `query.max`. */
  find(query: KeyQuery): Promise<readonly number[]> {
    return findOffsets(this.#files, this.#parts.layout, query)
  }

  /** Brings new entries to the file. */
  writeEntries(): void {
    this.#files.at(-1)?.writeEntries()
  }

  /**
   * Resolves when all entries are on the disk.
   * @throws RMQ_STORE_WRITE_FAILED  (rejects) entries were lost
   */
  async flush(): Promise<void> {
    if (this.#lostFrom !== undefined) throw storeErrors.RMQ_STORE_WRITE_FAILED({ what: 'index' })
    const { checkpoint, open, layout } = this.#parts
    for (let file = this.#sealed[0]; file !== undefined; file = this.#sealed[0]) {
      await checkpoint.syncLowered()
      await file.sync()
      // A header says that all files before this one are complete, so none is written while the name of one could go.
      await open.names.sync(layout.directory)
      await file.datasync()
      this.#sealed.shift()
      // Times may be equal, or the clock may have stepped back.
      const pending = this.#sealed.map(({ header }) => header.endTimestamp - 1)
      checkpoint.indexReached(Math.min(file.header.endTimestamp, ...pending))
    }
    await this.#files.at(-1)?.sync()
  }

  /** {@link flush}, slots included, after which the files are as Apache's broker leaves them. */
  async finish(): Promise<void> {
    await this.flush()
    const last = this.#files.at(-1)
    if (last === undefined || last.isFinished) return
    last.finish()
    await last.datasync()
  }

  /**
   * Removes files all of whose records lie before `position`, the oldest first, but never the last nor one that is not
   * on the disk yet; returns how many. Throws what the file system throws. Apache: `IndexService.deleteExpiredFile`.
   */
  removeBefore(position: number): number {
    for (let removed = 0; ; removed++) {
      const [first, second] = this.#files
      if (first === undefined || second === undefined) return removed
      if (!first.isFinished || this.#sealed.includes(first)) return removed
      if (first.header.endOffset >= position) return removed
      first.remove()
      // A search that is under way goes on with the files it began with.
      this.#files = this.#files.slice(1)
    }
  }

  /** Restores the files from number `first` on; what is cut goes with all that follows. */
  async #restoreFrom(first: number, position: number): Promise<void> {
    for (let at = Math.max(0, first); at < this.#files.length; ) {
      const file = this.#files[at] as IndexFile
      const isLast = at === this.#files.length - 1
      const left = await restoreIndexFile(file, this.#parts.layout, position, isLast)
      if (left === 'whole') {
        if (file.isFull) this.#seal(file)
        at++
        continue
      }
      this.#removeFrom(left === 'cut' ? at + 1 : at)
      if (left === 'cut') {
        // New entries take the place of those that were cut, and the slots follow at the end: neither header nor
        // checkpoint may count them.
        const { checkpoint } = this.#parts
        checkpoint.indexPending(file.header.beginTimestamp)
        await checkpoint.syncLowered()
        await file.sync()
        await file.datasync()
        return
      }
      // The keys of one record may lie in two files, and what was the last file before may have been cut: it is looked
      // at, too.
      at = Math.max(0, this.#files.length - 1)
    }
  }

  /** A file with another one behind it was full; one that is not lost its content to a loss of power. */
  #giveUpUnfinished(): void {
    const last = this.#files.at(-1)
    if (last === undefined || last.isFull) return
    this.#removeFrom(this.#files.length - 1)
    this.lacksFrom ??= this.end
    this.#parts.logger.warn('an index file is not full, though another one follows; it is built anew', {
      path: last.path,
    })
  }

  #removeFrom(first: number): void {
    for (const file of this.#files.splice(first)) file.remove()
    this.#sealed = this.#sealed.filter((file) => this.#files.includes(file))
  }

  #next(last: IndexFile | undefined): IndexFile {
    const { layout, open, clock } = this.#parts
    // A full file that the disk did not take before.
    if (last?.isFinished === false && !this.#sealed.includes(last)) this.#seal(last)
    if (last === undefined) open.names.makeDirectory(layout.directory)
    this.#lastName = indexFileName(clock.now(), this.#lastName)
    const header = {
      beginTimestamp: last?.header.endTimestamp ?? 0,
      endTimestamp: last?.header.endTimestamp ?? 0,
      beginOffset: last?.header.endOffset ?? 0,
      endOffset: last?.header.endOffset ?? 0,
      slotsUsed: 0,
      next: 1,
    }
    const file = new IndexFile(join(layout.directory, this.#lastName), header, layout, open)
    this.#files.push(file)
    return file
  }

  /**
   * At the default size once in twenty million keys: some milliseconds, since up to 20 MB of slots are written at once.
   */
  #seal(file: IndexFile): void {
    file.settle()
    this.#sealed.push(file)
    this.#parts.checkpoint.indexPending(file.header.endTimestamp)
  }
}
