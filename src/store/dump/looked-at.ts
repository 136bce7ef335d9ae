import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import { type StoreConfig, storeConfig } from '../config.ts'
import { ENTRY_BYTES } from '../consume-queue/entry.ts'
import { isIndexFileName } from '../index-file/file-name.ts'
import { IndexFile } from '../index-file/index-file.ts'
import type { IndexLayout } from '../index-file/layout.ts'
import { openIndexFile } from '../index-file/open-index-file.ts'
import { INDEX_DIRECTORY } from '../open-store.ts'
import { COMMIT_LOG_DIRECTORY } from '../segments/in-use-mark.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles, segmentName } from '../segments/segment-files.ts'
import { findSizes } from '../verify/file-sizes.ts'
import { QueueEntries } from './queue-entries.ts'
import type { IndexSummary } from './summary.ts'

/** A queue whose files are looked at. */
export interface LookedAtQueue {
  readonly topic: string
  readonly queueId: number
  readonly entries: QueueEntries
  /** How many files it has. */
  readonly files: number
}

const IGNORE = (): void => undefined

/** A store directory opened for a look: nothing is changed, and files that are not as they should be are taken as they are. */
export class LookedAt {
  readonly directory: string
  readonly isClean: boolean
  readonly log: SegmentFiles
  readonly indexLayout: IndexLayout
  readonly #open: OpenFiles
  readonly #queueFileBytes: number

  /** Path of the log file that begins there. */
  readonly logPath = (start: number): string => join(this.directory, COMMIT_LOG_DIRECTORY, segmentName(start))

  constructor(directory: string, config: Partial<StoreConfig>, files: Files) {
    this.directory = directory
    this.isClean = files.facts(join(directory, 'abort')) === undefined
    this.#open = new OpenFiles(files, storeConfig.settings.openFilesMax.default, { readOnly: true })
    const sizes = findSizes(directory, config, files)
    const { mappedFileSizeCommitLog: fileBytes, mappedFileSizeConsumeQueue: queueBytes } = sizes
    this.#queueFileBytes = Math.ceil(queueBytes / ENTRY_BYTES) * ENTRY_BYTES
    const logLayout = {
      directory: join(directory, COMMIT_LOG_DIRECTORY),
      fileBytes,
      setting: 'mappedFileSizeCommitLog',
    }
    this.log = SegmentFiles.inspect(logLayout, this.#open, IGNORE)
    this.indexLayout = {
      directory: join(directory, INDEX_DIRECTORY),
      slots: sizes.maxHashSlotNum,
      entries: sizes.maxIndexNum,
    }
  }

  close(): void {
    this.#open.closeAll()
  }

  /** Every consume queue, or those of one topic. */
  *queues(topic?: string): Generator<LookedAtQueue> {
    const root = join(this.directory, 'consumequeue')
    for (const { name, isDirectory } of this.#open.files.list(root)) {
      if (!isDirectory || (topic !== undefined && name !== topic)) continue
      const ids = this.#open.files
        .list(join(root, name))
        .filter((queue) => queue.isDirectory && /^\d{1,9}$/.test(queue.name))
      for (const queueId of ids.map((queue) => Number(queue.name)).sort((left, right) => left - right)) {
        const layout = {
          directory: join(root, name, String(queueId)),
          fileBytes: this.#queueFileBytes,
          setting: 'mappedFileSizeConsumeQueue',
        }
        const files = SegmentFiles.inspect(layout, this.#open, IGNORE)
        yield { topic: name, queueId, entries: new QueueEntries(files), files: files.starts.length }
      }
    }
  }

  /** Folders of batch consume queues, `topic/queueId`. */
  batchQueues(): string[] {
    const root = join(this.directory, 'batchconsumequeue')
    return this.#open.files.list(root).flatMap(({ name }) => {
      return this.#open.files.list(join(root, name)).map((queue) => `${name}/${queue.name}`)
    })
  }

  /** The index files that can be read. */
  index(): IndexFile[] {
    const found: IndexFile[] = []
    for (const { name } of this.#open.files.list(this.indexLayout.directory)) {
      if (!isIndexFileName(name)) continue
      const endBefore = found.at(-1)?.header.endOffset ?? 0
      const file = openIndexFile(join(this.indexLayout.directory, name), this.indexLayout, this.#open, endBefore)
      if (file instanceof IndexFile) found.push(file)
    }
    return found
  }

  /** What the headers of the index files say. */
  indexFiles(): IndexSummary[] {
    return this.index().map(({ path, header }) => {
      const { next, slotsUsed, beginOffset, endOffset, beginTimestamp, endTimestamp } = header
      const name = path.slice(this.indexLayout.directory.length + 1)
      return { kind: 'index', name, keys: next - 1, slotsUsed, beginOffset, endOffset, beginTimestamp, endTimestamp }
    })
  }
}
