import { join } from 'node:path'
import { textOf } from '../../base/errors/index.ts'
import type { Files } from '../../base/files/index.ts'
import { knownTopics } from '../checkpoint/coverage.ts'
import { DroppedTopics } from '../checkpoint/dropped-topics.ts'
import { LogPlaces, logLayout } from '../commit-log/log-places.ts'
import { crcCheckOf, type StoreConfig, storeConfig } from '../config.ts'
import { IndexCheck } from '../index-file/check-index.ts'
import { INDEX_DIRECTORY } from '../open-store.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { checkConfig, readConfigFiles } from './config-check.ts'
import { findSizes } from './file-sizes.ts'
import { Findings } from './findings.ts'
import { checkLog, type LogFound } from './log-check.ts'
import { checkCheckpoint, checkNote } from './notes-check.ts'
import { QueuesCheck } from './queues-check.ts'
import { RecordCheck } from './record-check.ts'
import type { VerifiedStore, VerifyOptions } from './verify-store.ts'

/** One check of a whole store. */
export class StoreCheck {
  readonly #directory: string
  readonly #options: VerifyOptions
  readonly #open: OpenFiles
  readonly #problems = new Findings()
  readonly #pending = new Findings()

  constructor(directory: string, options: VerifyOptions, files: Files) {
    this.#directory = directory
    this.#options = options
    this.#open = new OpenFiles(files, options.openFilesMax ?? storeConfig.settings.openFilesMax.default, {
      readOnly: true,
    })
  }

  close(): void {
    this.#open.closeAll()
  }

  async run(): Promise<VerifiedStore> {
    const { files } = this.#open
    const isClean = files.facts(join(this.#directory, 'abort')) === undefined
    let queues: QueuesCheck | undefined
    let index: IndexCheck | undefined
    let found: LogFound = { records: 0, start: 0, end: 0, lastTimestamp: 0, newestTimestamp: 0 }
    try {
      checkConfig(this.#directory, readConfigFiles(this.#directory, files), files, this.#problems)
      const settings = this.#settings()
      const places = new LogPlaces(settings)
      const log = SegmentFiles.inspect(logLayout(settings, places), this.#open, this.#problems.add)
      queues = new QueuesCheck({
        directory: this.#directory,
        open: this.#open,
        sizes: settings,
        keepsLightQueues: settings.enableLmq && settings.enableMultiDispatch,
        logStart: log.start,
        isClean,
        dropped: DroppedTopics.open(this.#directory, files, log.start),
        known: knownTopics(this.#directory, files),
        problems: this.#problems,
        pending: this.#pending,
      })
      index = this.#index(settings, log, isClean)
      const records = new RecordCheck({ queues, index, problems: this.#problems })
      found = await checkLog(
        this.#directory,
        {
          log,
          open: this.#open,
          crc: crcCheckOf(settings),
          isClean,
          problems: this.#problems,
          pending: this.#pending,
          progress: this.#options.progress,
        },
        records,
      )
      const behind = index?.finish(found.end) ?? 0
      if (behind > 0) {
        const told = isClean ? this.#problems : this.#pending
        told.add(`index: ${behind} entries point behind the end of the log`)
      }
      queues.end(found.end)
      checkCheckpoint({ directory: this.#directory, files, isClean, found, problems: this.#problems })
      checkNote({ directory: this.#directory, files, isClean, found, queues, index, problems: this.#problems })
    } catch (failure) {
      this.#problems.add(textOf(failure))
    } finally {
      index?.close()
    }
    return {
      records: found.records,
      queues: queues?.count ?? 0,
      entries: queues?.entries ?? 0,
      indexedKeys: index?.keys ?? 0,
      minPhysicalOffset: found.start,
      maxPhysicalOffset: found.end,
      bytes: found.end - found.start,
      isClean,
      pending: this.#pending.toList(),
      problems: this.#problems.toList(),
    }
  }

  /** What the options do not say is told by the files. */
  #settings(): StoreConfig {
    const { evenInUse: _, progress: __, ...given } = this.#options
    const sizes = findSizes(this.#directory, given, this.#open.files)
    return storeConfig.with({ ...given, ...sizes, storePathRootDir: this.#directory })
  }

  #index(
    { maxHashSlotNum, maxIndexNum, messageIndexEnable }: StoreConfig,
    log: SegmentFiles,
    isClean: boolean,
  ): IndexCheck | undefined {
    if (!messageIndexEnable) return undefined
    const directory = join(this.#directory, INDEX_DIRECTORY)
    for (const { name, isDirectory } of this.#open.files.list(directory)) {
      if (isDirectory)
        this.#problems.add(`${join(directory, name)} is a folder, with which Apache’s broker does not start`)
    }
    const layout = { directory, slots: maxHashSlotNum, entries: maxIndexNum }
    const index = new IndexCheck(layout, this.#open, isClean, this.#problems.add)
    if (index.unfinished !== undefined) this.#pending.add(index.unfinished)
    index.begin(log.start)
    return index
  }
}
