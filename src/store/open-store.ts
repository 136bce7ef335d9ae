import { join, resolve } from 'node:path'
import { codeOf, textOf } from '../base/errors/index.ts'
import { type Files, nodeFiles } from '../base/files/index.ts'
import { Scope } from '../base/lifecycle/index.ts'
import { type Logger, silentLogger } from '../base/log/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'
import { hostBytes } from '../message/index.ts'
import { Checkpoint } from './checkpoint/checkpoint.ts'
import { readCleanStop, removeCleanStop } from './checkpoint/clean-stop.ts'
import { lockDirectory } from './checkpoint/directory-lock.ts'
import { DroppedTopics } from './checkpoint/dropped-topics.ts'
import { recover, takeAsLeft } from './checkpoint/recover.ts'
import { CommitLog } from './commit-log/commit-log.ts'
import { HotTail } from './commit-log/hot-tail.ts'
import type { StoreConfig } from './config.ts'
import type { HotLog } from './consume-queue/consume-queue.ts'
import { QueueTable } from './consume-queue/queue-table.ts'
import { parseDelayLevels } from './consume-queue/tags-code.ts'
import { DiskStore } from './disk-store.ts'
import { storeErrors } from './errors.ts'
import { IndexFiles, type IndexParts } from './index-file/index-files.ts'
import type { MessageStore } from './message-store.ts'
import { OpenFiles } from './segments/open-files.ts'
import { SegmentFiles } from './segments/segment-files.ts'

/** What a store takes from outside. */
export interface StorePorts {
  readonly clock?: Clock
  readonly files?: Files
  /** Default: silent. */
  readonly logger?: Logger
}

/** Where the log lies below the store's directory. */
export const COMMIT_LOG_DIRECTORY = 'commitlog'

/** Where the index lies. */
export const INDEX_DIRECTORY = 'index'

/** Written while a store is open; whoever finds it recovers as after a crash. Apache: `abort`. */
const ABORT_FILE = 'abort'

/**
 * Opens the store in `storePathRootDir`, making it when it is missing, and recovers what the last stop left; resolves when it
 * can be used. A directory of an Apache RocketMQ 5.3.3 broker with the same file sizes is taken over as it is.
 *
 * @throws RMQ_STORE_LOCKED  another store or broker uses the directory
 * @throws RMQ_STORE_DIRECTORY  it cannot be made, read or written
 * @throws RMQ_STORE_FILE_LENGTH  a file is longer or shorter than the settings say
 * @throws RMQ_STORE_STRAY_FILE  a file in it is none of the store's
 * @throws RMQ_STORE_READ_FAILED  the disk cannot be read
 * @throws RMQ_STORE_DELAY_LEVELS  `messageDelayLevel` cannot be understood
 */
export async function openStore(config: StoreConfig, ports: StorePorts = {}): Promise<MessageStore> {
  const { clock = systemClock, files = nodeFiles, logger: rootLogger = silentLogger } = ports
  const logger = rootLogger.child('store')
  const directory = resolve(config.storePathRootDir)
  const delaysMs = parseDelayLevels(config.messageDelayLevel)
  await using scope = new Scope()
  try {
    files.makeDirectory(directory)
    scope.defer(lockDirectory(directory, files))
    const abortPath = join(directory, ABORT_FILE)
    const afterCrash = files.facts(abortPath) !== undefined
    const open = new OpenFiles(files, config.openFilesMax, config.coldReadsAtOnceMax)
    scope.defer(() => open.closeAll())

    const layout = {
      directory: join(directory, COMMIT_LOG_DIRECTORY),
      fileBytes: config.mappedFileSizeCommitLog,
      setting: 'mappedFileSizeCommitLog',
    }
    const logFiles = SegmentFiles.load(layout, open)
    // The log needs recovered queues and the queues need the log: until it is there, nothing is in memory.
    let log: CommitLog | undefined
    const hotLog: HotLog = {
      get hotStart() {
        return log?.hotStart ?? Number.POSITIVE_INFINITY
      },
    }
    const queues = QueueTable.empty(directory, config.mappedFileSizeConsumeQueue, open, hotLog)
    const checkpoint = Checkpoint.open(join(directory, 'checkpoint'), open)
    scope.defer(() => checkpoint.close())
    const dropped = DroppedTopics.open(directory, files, logFiles.start)
    const cleanStop = readCleanStop(directory, files)
    const index = config.messageIndexEnable ? loadIndex(config, { open, checkpoint, clock, logger }) : undefined
    const isAsLeft = cleanStop !== undefined && !afterCrash && takeAsLeft(logFiles, queues, index, cleanStop)
    files.writeWhole(abortPath, String(process.pid))
    let end = cleanStop?.logEnd ?? 0
    if (!isAsLeft) {
      queues.load()
      const checkCrc = config.checkCRCOnRecover
      const recovery = {
        files: logFiles,
        queues,
        index,
        checkpoint,
        dropped,
        afterCrash,
        cleanStop,
        checkCrc,
        delaysMs,
        logger,
      }
      end = await recover(recovery)
    }
    removeCleanStop(directory, files)

    log = new CommitLog(logFiles, new HotTail(config.hotLogBytesMax, logFiles.fileBytes), end)
    const storeHost = hostBytes(config.storeHost, config.storePort)
    const parts = {
      config,
      clock,
      files,
      logger,
      directory,
      log,
      queues,
      index,
      checkpoint,
      dropped,
      delaysMs,
      storeHost,
    }
    const store = new DiskStore({ ...parts, opened: scope.move() })
    logger.info('the store is open', { directory, afterCrash, from: logFiles.start, to: end })
    return store
  } catch (failure) {
    if (codeOf(failure)?.startsWith('RMQ_') === true) throw failure
    throw storeErrors.RMQ_STORE_DIRECTORY({ path: pathOf(failure) ?? directory, reason: textOf(failure) }, failure)
  }
}

function loadIndex(config: StoreConfig, parts: Omit<IndexParts, 'layout'>): IndexFiles {
  const directory = join(resolve(config.storePathRootDir), INDEX_DIRECTORY)
  return IndexFiles.load({ ...parts, layout: { directory, slots: config.maxHashSlotNum, entries: config.maxIndexNum } })
}

/** The path in an error of the file system. */
function pathOf(failure: unknown): string | undefined {
  if (typeof failure !== 'object' || failure === null || !('path' in failure)) return undefined
  return typeof failure.path === 'string' ? failure.path : undefined
}
