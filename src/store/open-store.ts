import { join, resolve } from 'node:path'
import { codeOf, textOf } from '../base/errors/index.ts'
import { type Files, isNoRoom, nodeFiles } from '../base/files/index.ts'
import { Scope } from '../base/lifecycle/index.ts'
import { type Logger, silentLogger, Trouble } from '../base/log/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'
import { hostBytes } from '../message/index.ts'
import { Checkpoint } from './checkpoint/checkpoint.ts'
import { readCleanStop, removeCleanStop } from './checkpoint/clean-stop.ts'
import { lockDirectory } from './checkpoint/directory-lock.ts'
import { DroppedTopics } from './checkpoint/dropped-topics.ts'
import { recover, takeAsLeft } from './checkpoint/recover.ts'
import { CommitLog } from './commit-log/commit-log.ts'
import { HotTail } from './commit-log/hot-tail.ts'
import { LogPlaces, logLayout } from './commit-log/log-places.ts'
import { crcCheckOf, type StoreConfig, storeConfig } from './config.ts'
import type { QueueKind } from './consume-queue/entry.ts'
import type { HotLog } from './consume-queue/entry-files.ts'
import { QueueTable } from './consume-queue/queue-table.ts'
import { parseDelayLevels } from './consume-queue/tags-code.ts'
import { DiskStore } from './disk-store.ts'
import { storeErrors } from './errors.ts'
import { IndexFiles, type IndexParts } from './index-file/index-files.ts'
import type { BitMapOf, MessageStore } from './message-store.ts'
import { OpenFiles } from './segments/open-files.ts'
import { SegmentFiles } from './segments/segment-files.ts'

/** What a store takes from outside. */
export interface StorePorts {
  readonly clock?: Clock
  readonly files?: Files
  /** Default: silent. */
  readonly logger?: Logger
  /**
   * The kind of a topic's queues, asked when its first queue is made: `batch` for topics with the attribute
   * `queue.type=BatchCQ`. Default, and for `undefined`: the kind whose folder the directory has for the topic, else
   * `simple`.
   */
  readonly queueKindOf?: ((topic: string) => QueueKind | undefined) | undefined
  /** With `enableConsumeQueueExt`: asked for every message that gets a queue entry. Default: no bit maps. */
  readonly bitMapOf?: BitMapOf | undefined
}

/** Where the index lies below the store's directory. */
export const INDEX_DIRECTORY = 'index'

/** Written while a store is open; whoever finds it recovers as after a crash. Apache: `abort`. */
const ABORT_FILE = 'abort'

/**
 * Opens the store in `storePathRootDir`, making it when it is missing, and recovers what the last stop left; resolves
 * when it can be used. A directory of an Apache RocketMQ 5.3.3 broker with the same file sizes is taken over as it is.
 *
 * @param settings  what differs from the defaults of {@link storeConfig}; of a whole {@link StoreConfig}, later changes
 *   count
 * @throws RMQ_STORE_LOCKED  another store or broker uses the directory
 * @throws RMQ_STORE_DIRECTORY  it cannot be made, read or written
 * @throws RMQ_STORE_DISK_FULL  there is no room to write to it
 * @throws RMQ_STORE_FILE_LENGTH  a file is longer or shorter than the settings say
 * @throws RMQ_STORE_STRAY_FILE  a file in it is none of the store's
 * @throws RMQ_STORE_QUEUE_KIND  a topic has a folder of the kind that its queues are not
 * @throws RMQ_STORE_READ_FAILED  the disk cannot be read
 * @throws RMQ_STORE_DAMAGE_NOT_SAVED  what lies behind damage in the log cannot be saved
 * @throws RMQ_STORE_DELAY_LEVELS  `messageDelayLevel` cannot be understood
 */
export async function openStore(settings: Partial<StoreConfig>, ports: StorePorts = {}): Promise<MessageStore> {
  const config = isWhole(settings) ? settings : storeConfig.with(settings)
  const { clock = systemClock, files = nodeFiles, logger: rootLogger = silentLogger, queueKindOf, bitMapOf } = ports
  const logger = rootLogger.child('store')
  const directory = resolve(config.storePathRootDir)
  const delaysMs = parseDelayLevels(config.messageDelayLevel)
  await using scope = new Scope()
  try {
    const places = new LogPlaces(config)
    const open = new OpenFiles(files, config.openFilesMax, { readsAtOnce: config.coldReadsAtOnceMax })
    scope.defer(() => open.closeAll())
    open.names.makeDirectory(directory)
    open.names.beforeMaking(places.placeOf(0))
    scope.defer(lockDirectory(directory, files, places.placeOf(0)))
    const opening = {
      config,
      clock,
      files,
      logger,
      directory,
      delaysMs,
      places,
      open,
      queueKindOf,
      bitMapOf: config.enableConsumeQueueExt && bitMapOf !== undefined ? guarded(bitMapOf, logger) : undefined,
      keepsLightQueues: config.enableLmq && config.enableMultiDispatch,
      afterCrash: files.facts(join(directory, ABORT_FILE)) !== undefined,
    }
    return await openLocked(opening, scope)
  } catch (failure) {
    if (codeOf(failure)?.startsWith('RMQ_') === true) throw failure
    const facts = { path: pathOf(failure) ?? directory, reason: textOf(failure) }
    if (isNoRoom(failure)) throw storeErrors.RMQ_STORE_DISK_FULL(facts, failure)
    throw storeErrors.RMQ_STORE_DIRECTORY(facts, failure)
  }
}

/** What opening a store works with; the directory is locked. */
interface Opening {
  readonly config: StoreConfig
  readonly clock: Clock
  readonly files: Files
  readonly logger: Logger
  readonly directory: string
  readonly delaysMs: readonly number[]
  readonly places: LogPlaces
  readonly open: OpenFiles
  readonly queueKindOf: StorePorts['queueKindOf']
  readonly bitMapOf: BitMapOf | undefined
  readonly keepsLightQueues: boolean
  readonly afterCrash: boolean
}

/** What a directory holds, before anybody looked whether that is right. */
interface Loaded {
  readonly logFiles: SegmentFiles
  readonly queues: QueueTable
  readonly checkpoint: Checkpoint
  readonly dropped: DroppedTopics
  readonly index: IndexFiles | undefined
}

async function openLocked(opening: Opening, scope: Scope): Promise<MessageStore> {
  const { config, directory, open, logger, afterCrash } = opening
  // The log needs recovered queues and the queues need the log: until it is there, nothing is in memory.
  let log: CommitLog | undefined
  const loaded = load(opening, scope, {
    get hotStart() {
      return log?.hotStart ?? Number.POSITIVE_INFINITY
    },
    get start() {
      return log?.minimum ?? 0
    },
  })
  const { logFiles } = loaded
  const end = await takeOver(opening, loaded)
  // A later file could survive a loss of power without the first one, and nobody would know that the log began before
  // it.
  logFiles.begin()
  await open.names.sync()
  log = new CommitLog(logFiles, new HotTail(config.hotLogBytesMax, logFiles.fileBytes), end)
  const storeHost = hostBytes(config.storeHost, config.storePort)
  const store = new DiskStore({ ...opening, ...loaded, log, names: open.names, storeHost, opened: scope.move() })
  logger.info('the store is open', { directory, afterCrash, from: logFiles.start, to: end })
  return store
}

function load(opening: Opening, scope: Scope, log: HotLog): Loaded {
  const { config, directory, places, open, files, queueKindOf: kindOf, keepsLightQueues, afterCrash } = opening
  const logFiles = SegmentFiles.load(logLayout(config, places, afterCrash), open)
  const queues = QueueTable.empty({ root: directory, config, open, log, kindOf, keepsLightQueues, afterCrash })
  const checkpoint = Checkpoint.open(join(directory, 'checkpoint'), open)
  scope.defer(() => checkpoint.close())
  const dropped = DroppedTopics.open(directory, files, logFiles.start)
  const index = config.messageIndexEnable ? loadIndex(config, { ...opening, checkpoint }) : undefined
  return { logFiles, queues, checkpoint, dropped, index }
}

/** Believes our own clean stop, else recovers; resolves to the end of the log. */
async function takeOver(opening: Opening, loaded: Loaded): Promise<number> {
  const { config, directory, files, places, open, afterCrash } = opening
  const { logFiles, queues, index } = loaded
  const cleanStop = readCleanStop(directory, files)
  const isAsLeft = cleanStop !== undefined && !afterCrash && takeAsLeft(logFiles, queues, index, cleanStop)
  files.writeWhole(join(directory, ABORT_FILE), String(process.pid))
  open.names.changed(directory)
  // Before anything else changes: without this name a loss of power would look like a clean stop.
  await open.names.sync()
  let end = cleanStop?.logEnd ?? 0
  if (!isAsLeft) {
    // Whoever was here before may have made them and not brought their names to the disk.
    for (const each of [directory, ...places.all.filter((place) => !places.isReadOnly(place))])
      open.names.changedToTop(each)
    queues.load()
    const checkCrc = config.checkCRCOnRecover ? crcCheckOf(config) : 'none'
    const parts = { ...opening, ...loaded, ports: files, files: logFiles, names: open.names, cleanStop, checkCrc }
    end = await recover(parts)
  }
  removeCleanStop(directory, files)
  return end
}

/** A message whose bit map cannot be told is stored without one: every consumer's filter is asked then. */
function guarded(bitMapOf: BitMapOf, logger: Logger): BitMapOf {
  const telling = new Trouble(logger, 'telling the bit map of a message', 'it is stored without one')
  return (...message) => {
    try {
      const bitMap = bitMapOf(...message)
      telling.worked()
      return bitMap
    } catch (failure) {
      telling.failed(failure)
      return undefined
    }
  }
}

function isWhole(settings: Partial<StoreConfig>): settings is StoreConfig {
  return Object.keys(storeConfig.settings).every((name) => name in settings)
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
