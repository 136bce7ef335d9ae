import { join } from 'node:path'
import { textOf } from '../../base/errors/index.ts'
import type { Files } from '../../base/files/index.ts'
import { DroppedTopics } from '../checkpoint/dropped-topics.ts'
import { storeConfig } from '../config.ts'
import { ENTRY_BYTES } from '../consume-queue/entry.ts'
import { parseDelayLevels } from '../consume-queue/tags-code.ts'
import { IndexCheck } from '../index-file/check-index.ts'
import { INDEX_DIRECTORY } from '../open-store.ts'
import { COMMIT_LOG_DIRECTORY } from '../segments/in-use-mark.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { checkConfig, knownTopics, readConfigFiles } from './config-check.ts'
import { type FileSizes, findSizes } from './file-sizes.ts'
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
    let found: LogFound = { records: 0, start: 0, end: 0, newestTimestamp: 0 }
    try {
      const config = readConfigFiles(this.#directory, files)
      checkConfig(this.#directory, config, files, this.#problems)
      const sizes = findSizes(this.#directory, this.#options, files)
      const log = this.#log(sizes)
      queues = new QueuesCheck({
        directory: this.#directory,
        open: this.#open,
        fileBytes: Math.ceil(sizes.mappedFileSizeConsumeQueue / ENTRY_BYTES) * ENTRY_BYTES,
        logStart: log.start,
        isClean,
        dropped: DroppedTopics.open(this.#directory, files, log.start),
        known: knownTopics(config),
        problems: this.#problems,
        pending: this.#pending,
      })
      index = this.#index(sizes, log, isClean)
      const delays = parseDelayLevels(this.#options.messageDelayLevel ?? storeConfig.settings.messageDelayLevel.default)
      const records = new RecordCheck({ queues, index, delays, problems: this.#problems })
      const { progress } = this.#options
      const parts = { log, open: this.#open, isClean, problems: this.#problems, pending: this.#pending, progress }
      found = await checkLog(this.#directory, parts, records)
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

  #log({ mappedFileSizeCommitLog: fileBytes }: FileSizes): SegmentFiles {
    const directory = join(this.#directory, COMMIT_LOG_DIRECTORY)
    return SegmentFiles.inspect(
      { directory, fileBytes, setting: 'mappedFileSizeCommitLog' },
      this.#open,
      this.#problems.add,
    )
  }

  #index({ maxHashSlotNum, maxIndexNum }: FileSizes, log: SegmentFiles, isClean: boolean): IndexCheck | undefined {
    if (this.#options.messageIndexEnable === false) return undefined
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
