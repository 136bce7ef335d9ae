import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import { LogPlaces, logLayout } from '../commit-log/log-places.ts'
import { type StoreConfig, storeConfig } from '../config.ts'
import type { QueueKind } from '../consume-queue/entry.ts'
import { queueIdsOf, queueLayout, topicFolders } from '../consume-queue/queue-folders.ts'
import { isIndexFileName } from '../index-file/file-name.ts'
import { IndexFile } from '../index-file/index-file.ts'
import type { IndexLayout } from '../index-file/layout.ts'
import { openIndexFile } from '../index-file/open-index-file.ts'
import { INDEX_DIRECTORY } from '../open-store.ts'
import { OpenFiles } from '../segments/open-files.ts'
import { SegmentFiles } from '../segments/segment-files.ts'
import { type FileSizes, findSizes } from '../verify/file-sizes.ts'
import { QueueEntries } from './queue-entries.ts'
import type { IndexSummary } from './summary.ts'

/** A queue whose files are looked at. */
export interface LookedAtQueue {
  readonly topic: string
  readonly queueId: number
  readonly kind: QueueKind
  readonly entries: QueueEntries
  /** How many files it has. */
  readonly files: number
}

const IGNORE = (): void => undefined

/**
 * A store directory opened for a look: nothing is changed, and files that are not as they should be are taken as they
 * are.
 */
export class LookedAt {
  readonly directory: string
  readonly isClean: boolean
  readonly log: SegmentFiles
  readonly indexLayout: IndexLayout
  readonly #open: OpenFiles
  readonly #sizes: FileSizes

  constructor(directory: string, config: Partial<StoreConfig>, files: Files) {
    this.directory = directory
    this.isClean = files.facts(join(directory, 'abort')) === undefined
    this.#open = new OpenFiles(files, storeConfig.settings.openFilesMax.default, { readOnly: true })
    const sizes = findSizes(directory, config, files)
    const settings = storeConfig.with({ ...config, ...sizes, storePathRootDir: directory })
    this.#sizes = sizes
    this.log = SegmentFiles.inspect(logLayout(settings, new LogPlaces(settings)), this.#open, IGNORE)
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
  *queues(only?: string): Generator<LookedAtQueue> {
    const { files } = this.#open
    for (const kind of ['simple', 'batch'] as const) {
      for (const topic of topicFolders(this.directory, kind, files)) {
        if (only !== undefined && topic !== only) continue
        for (const queueId of queueIdsOf(this.directory, kind, topic, files)) {
          const layout = queueLayout(this.directory, kind, { topic, queueId }, this.#sizes)
          const entries = SegmentFiles.inspect(layout, this.#open, IGNORE)
          const count = entries.starts.length
          yield { topic, queueId, kind, entries: new QueueEntries(entries, kind), files: count }
        }
      }
    }
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
