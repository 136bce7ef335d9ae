import { dirname, join } from 'node:path'
import type { DiskSpace, Files } from '../../base/files/index.ts'
import { type Logger, Trouble } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import type { LogPlaces } from '../commit-log/log-places.ts'
import { type RetentionConfig, ratiosOf } from './settings.ts'

/** How long a look at the disks counts as new for {@link DiskWatch.use}. */
const FRESH_MS = 1000

/**
 * How full the disks of a store are: used parts from 0 to 1, rounded up to hundredths; -1 where the system does not
 * tell.
 */
export interface DiskUse {
  /** Directory of the log, as it stands in the settings → used part of its disk. */
  readonly logDirectories: ReadonlyMap<string, number>
  /** The least of them: new files go there. */
  readonly log: number
  readonly queues: number
  readonly index: number
}

/** What follows from how full the disks are; each level includes the ones before it. */
export type DiskLevel = 'enough' | 'delete-expired' | 'delete-oldest' | 'refuse'

const LEVELS: readonly DiskLevel[] = ['enough', 'delete-expired', 'delete-oldest', 'refuse']

/** What a {@link DiskWatch} works with. */
export interface DiskWatchParts {
  readonly directory: string
  readonly places: LogPlaces
  readonly config: RetentionConfig
  readonly files: Files
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Knows how full the disks are. Apache: `CleanCommitLogService.isSpaceToDelete`,
 * `UtilAll.getDiskPartitionSpaceUsedPercent`.
 */
export class DiskWatch {
  readonly #parts: DiskWatchParts
  readonly #measuring: Trouble
  #level: DiskLevel = 'enough'
  #last: { readonly use: DiskUse; readonly atMs: number } | undefined

  constructor(parts: DiskWatchParts) {
    this.#parts = parts
    this.#measuring = new Trouble(parts.logger, 'asking how full the disk is', 'it counts as having room')
  }

  /** How full the disks are, a second ago at most. */
  use(): DiskUse {
    const now = this.#parts.clock.monotonicMs()
    if (this.#last === undefined || now - this.#last.atMs >= FRESH_MS) this.#last = { use: this.#measure(), atMs: now }
    return this.#last.use
  }

  /** Looks at the disks and says what follows; a change is told in the log. */
  look(): DiskLevel {
    this.#last = undefined
    const use = this.use()
    const { config, places } = this.#parts
    const { clean, force, refuse } = ratiosOf(config)
    places.full = new Set(
      [...use.logDirectories].filter(([, used]) => used * 100 > force).map(([name]) => places.pathOf(name)),
    )
    const percent = Math.round(Math.max(use.log, use.queues) * 100)
    let level: DiskLevel = 'enough'
    if (percent > clean) level = 'delete-expired'
    if (percent > force) level = 'delete-oldest'
    // Once sends were refused there must be room again: Apache's broker, too, takes them only below the level before.
    if (percent > refuse || (level === 'delete-oldest' && this.#level === 'refuse')) level = 'refuse'
    this.#tell(level, percent, use)
    this.#level = level
    return level
  }

  #measure(): DiskUse {
    const { directory, places } = this.#parts
    const logDirectories = new Map(places.names.map((name) => [name, this.#usedOf(places.pathOf(name))]))
    return {
      logDirectories,
      log: Math.min(...logDirectories.values()),
      queues: this.#usedOf(join(directory, 'consumequeue')),
      index: this.#usedOf(join(directory, 'index')),
    }
  }

  #usedOf(directory: string): number {
    const { files } = this.#parts
    try {
      // It may not have been made yet.
      let existing = directory
      while (files.facts(existing) === undefined && dirname(existing) !== existing) existing = dirname(existing)
      const used = usedRatio(files.space(existing))
      this.#measuring.worked()
      return used
    } catch (failure) {
      this.#measuring.failed(failure, { directory })
      return -1
    }
  }

  #tell(level: DiskLevel, percent: number, use: DiskUse): void {
    if (level === this.#level) return
    const { directory, logger, config } = this.#parts
    const fields = { directory, percent, log: Object.fromEntries(use.logDirectories), queues: use.queues }
    const isBetter = LEVELS.indexOf(level) < LEVELS.indexOf(this.#level)
    if (isBetter && this.#level === 'refuse') logger.warn('the disk has room again: sends are accepted', fields)
    else if (isBetter) logger.info('the disk is less full', fields)
    else if (level === 'refuse')
      logger.error(
        'the disk is nearly full: sends are refused and the oldest messages deleted. Make room, give the store a larger disk, or lower fileReservedTime',
        fields,
      )
    else if (level === 'delete-oldest')
      logger.error(
        config.cleanFileForciblyEnable
          ? 'the disk is getting full: the oldest messages are deleted whatever their age. Make room, give the store a larger disk, or lower fileReservedTime'
          : 'the disk is getting full. Make room, give the store a larger disk, or lower fileReservedTime',
        fields,
      )
    else
      logger.warn(
        'the disk fills up: messages older than fileReservedTime are deleted at any hour. Make room or lower fileReservedTime',
        fields,
      )
  }
}

/** How much of what can be used is used, rounded up to hundredths. */
function usedRatio({ totalBytes, freeBytes, usableBytes }: DiskSpace): number {
  const usedBytes = totalBytes - freeBytes
  const allBytes = usedBytes + usableBytes
  return allBytes === 0 ? 0 : Math.ceil((usedBytes * 100) / allBytes) / 100
}
