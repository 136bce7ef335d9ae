import { join, resolve } from 'node:path'
import type { StoreConfig } from '../config.ts'
import { COMMIT_LOG_DIRECTORY } from '../segments/in-use-mark.ts'
import type { SegmentLayout, SegmentPlaces } from '../segments/segment-layout.ts'

/**
 * The directories of the log, which may lie on several disks: file number `n` goes to directory `n` modulo their count,
 * in the order of their names, passing over those that are read only or nearly full. Apache: `MultiPathMappedFileQueue`
 * (5.3.3).
 */
export class LogPlaces implements SegmentPlaces {
  /** As they are written in the settings, for messages and statistics. */
  readonly names: readonly string[]
  readonly #writable: readonly string[]
  readonly #readOnly: ReadonlySet<string>
  /** Directories on disks that are nearly full: they get no new files while another one has room. */
  full: ReadonlySet<string> = new Set()

  constructor(config: Pick<StoreConfig, 'storePathRootDir' | 'storePathCommitLog' | 'readOnlyCommitLogStorePaths'>) {
    const given = partsOf(config.storePathCommitLog)
    this.names = given.length > 0 ? given : [join(config.storePathRootDir, COMMIT_LOG_DIRECTORY)]
    this.#readOnly = new Set(partsOf(config.readOnlyCommitLogStorePaths).map((name) => resolve(name)))
    // Apache sorts the names as they are written, so that both put a file into the same directory.
    const all = [...new Set([...this.names].sort().map((name) => resolve(name)))]
    const writable = all.filter((directory) => !this.#readOnly.has(directory))
    this.#writable = writable.length > 0 ? writable : all
  }

  /** The directory of one of the {@link names}. */
  pathOf(name: string): string {
    return resolve(name)
  }

  get all(): readonly string[] {
    return [...new Set([...this.#writable, ...this.names.map((name) => resolve(name)), ...this.#readOnly])]
  }

  placeOf(index: number): string {
    const withRoom = this.#writable.filter((directory) => !this.full.has(directory))
    const places = withRoom.length > 0 ? withRoom : this.#writable
    return places[index % places.length] as string
  }

  isReadOnly(directory: string): boolean {
    return this.#readOnly.has(directory)
  }
}

/** Which files the log has; `afterCrash`: some may be too short. */
export function logLayout(config: StoreConfig, places: LogPlaces, afterCrash = false): SegmentLayout {
  const fileBytes = config.mappedFileSizeCommitLog
  const setting = 'mappedFileSizeCommitLog'
  return { directory: places.placeOf(0), fileBytes, setting, places, afterCrash }
}

function partsOf(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
