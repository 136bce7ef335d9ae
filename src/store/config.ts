import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  booleanText,
  type ConfigTable,
  defineConfig,
  integerText,
  multipleText,
  neverText,
  onlyText,
  plainText,
  setting,
  wordText,
} from '../base/config/index.ts'
import type { CrcCheck } from '../message/index.ts'
import { type RetentionConfig, retentionSettings } from './retention/settings.ts'

/** When a message counts as stored. */
export type FlushDiskType = 'ASYNC_FLUSH' | 'SYNC_FLUSH'

/** Settings of the message store under their Apache keys. Apache: `MessageStoreConfig`. */
export interface StoreConfig extends RetentionConfig {
  readonly storePathRootDir: string
  readonly storeHost: string
  readonly storePort: number
  readonly mappedFileSizeCommitLog: number
  readonly mappedFileSizeConsumeQueue: number
  readonly mapperFileSizeBatchConsumeQueue: number
  readonly enableLmq: boolean
  readonly enableMultiDispatch: boolean
  readonly maxLmqConsumeQueueNum: number
  readonly enableConsumeQueueExt: boolean
  readonly mappedFileSizeConsumeQueueExt: number
  readonly flushDiskType: FlushDiskType
  readonly flushIntervalCommitLog: number
  readonly flushCommitLogLeastPages: number
  readonly flushCommitLogThoroughInterval: number
  readonly flushIntervalConsumeQueue: number
  readonly flushConsumeQueueThoroughInterval: number
  readonly syncFlushTimeout: number
  readonly maxMessageSize: number
  readonly checkCRCOnRecover: boolean
  readonly enabledAppendPropCRC: boolean
  readonly forceVerifyPropCRC: boolean
  readonly maxTransferBytesOnMessageInMemory: number
  readonly maxTransferCountOnMessageInMemory: number
  readonly maxTransferBytesOnMessageInDisk: number
  readonly maxTransferCountOnMessageInDisk: number
  readonly accessMessageInMemoryMaxRatio: number
  readonly maxFilterMessageSize: number
  readonly messageDelayLevel: string
  readonly messageIndexEnable: boolean
  readonly maxHashSlotNum: number
  readonly maxIndexNum: number
  readonly maxMsgsNumBatch: number
  readonly defaultQueryMaxNum: number
  readonly hotLogBytesMax: number
  readonly unflushedLogBytesMax: number
  readonly coldLogBytesMax: number
  readonly coldQueueBytesMax: number
  readonly coldReadsAtOnceMax: number
  readonly coldReadBytesMax: number
  readonly coldReadsWaitingMax: number
  readonly openFilesMax: number
  readonly storeType: 'default'
  readonly rocksdbCQDoubleWriteEnable: false
  readonly enableDLegerCommitLog: false
  readonly duplicationEnable: false
}

const INT32_MAX = 2_147_483_647
const MIB = 1024 * 1024
const NO_ROCKSDB = 'queues in RocksDB are not supported: in files they are made anew from the log'

/** The store's table of settings. */
export const storeConfig: ConfigTable<StoreConfig> = defineConfig<StoreConfig>({
  storePathRootDir: setting(plainText, join(homedir(), 'store'), 'Directory of the store.'),
  storeHost: setting(plainText, '127.0.0.1', 'Address of the broker as written into every record; the broker sets it.'),
  storePort: setting(
    integerText(0, 65_535),
    10_911,
    'Port of the broker as written into every record; the broker sets it.',
  ),
  mappedFileSizeCommitLog: setting(integerText(1024, INT32_MAX), 1024 * MIB, 'Bytes of a commit log file.'),
  mappedFileSizeConsumeQueue: setting(
    integerText(20, INT32_MAX),
    6_000_000,
    'Bytes of a consume queue file, rounded up to a multiple of 20.',
  ),
  mapperFileSizeBatchConsumeQueue: setting(
    multipleText(46, INT32_MAX),
    13_800_000,
    'Bytes of a file of a batch consume queue, a multiple of 46.',
  ),
  enableLmq: setting(
    booleanText,
    false,
    'Whether there are light queues: with enableMultiDispatch a message can name any number of them.',
  ),
  enableMultiDispatch: setting(
    booleanText,
    false,
    'Whether messages get entries in the light queues that they name; needs enableLmq.',
  ),
  maxLmqConsumeQueueNum: setting(integerText(0, INT32_MAX), 20_000, 'Light queues that messages can make, at most.'),
  enableConsumeQueueExt: setting(
    booleanText,
    false,
    'Whether queue entries get units in consumequeue_ext, which can hold which SQL filters want a message.',
  ),
  mappedFileSizeConsumeQueueExt: setting(integerText(64, INT32_MAX), 48 * MIB, 'Bytes of a file of such units.'),
  flushDiskType: setting(
    wordText(['ASYNC_FLUSH', 'SYNC_FLUSH']),
    'ASYNC_FLUSH',
    'Whether a send is answered when the message is in the page cache or when it is on the disk.',
  ),
  flushIntervalCommitLog: setting(integerText(1, INT32_MAX), 500, 'Milliseconds between flushes with ASYNC_FLUSH.'),
  flushCommitLogLeastPages: setting(integerText(0, INT32_MAX), 4, 'Pages of 4096 bytes that are worth a flush.'),
  flushCommitLogThoroughInterval: setting(
    integerText(1, INT32_MAX),
    10_000,
    'Milliseconds after which any unflushed byte is flushed.',
  ),
  flushIntervalConsumeQueue: setting(
    integerText(1, INT32_MAX),
    1000,
    'Milliseconds between writes of new consume queue entries to their files.',
  ),
  flushConsumeQueueThoroughInterval: setting(
    integerText(1, INT32_MAX),
    60_000,
    'Milliseconds between flushes of all consume queue files, after which the checkpoint advances.',
  ),
  syncFlushTimeout: setting(
    integerText(1, INT32_MAX),
    5000,
    'Milliseconds a send waits for the disk with SYNC_FLUSH before it is answered with FLUSH_DISK_TIMEOUT.',
  ),
  maxMessageSize: setting(integerText(0, INT32_MAX), 4 * MIB, 'Bytes of the largest body.'),
  checkCRCOnRecover: setting(booleanText, true, 'Whether recovery checks the checksum of every body it scans.'),
  enabledAppendPropCRC: setting(
    booleanText,
    false,
    'Whether every record ends with a checksum of all of it, as its last property.',
  ),
  forceVerifyPropCRC: setting(
    booleanText,
    false,
    'Whether recovery checks that checksum instead of the body’s, where a record has one; new records then always have one.',
  ),
  maxTransferBytesOnMessageInMemory: setting(
    integerText(1, INT32_MAX),
    262_144,
    'Bytes of one read of recent messages.',
  ),
  maxTransferCountOnMessageInMemory: setting(integerText(1, INT32_MAX), 32, 'Messages of one read of recent messages.'),
  maxTransferBytesOnMessageInDisk: setting(integerText(1, INT32_MAX), 65_536, 'Bytes of one read of old messages.'),
  maxTransferCountOnMessageInDisk: setting(integerText(1, INT32_MAX), 8, 'Messages of one read of old messages.'),
  accessMessageInMemoryMaxRatio: setting(
    integerText(0, 100),
    40,
    'Percent of the physical memory; messages that much behind the end of the log still count as recent.',
  ),
  maxFilterMessageSize: setting(
    integerText(20, INT32_MAX),
    16_000,
    'Bytes of queue entries (20 each) that one read looks at for messages that match.',
  ),
  messageDelayLevel: setting(
    plainText,
    '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h',
    'Delays of the delay levels, from level 1 on.',
  ),
  messageIndexEnable: setting(booleanText, true, 'Whether messages can be found by key and unique id.'),
  maxHashSlotNum: setting(
    integerText(1, INT32_MAX),
    5_000_000,
    'Hash slots of an index file, 4 bytes each; those in use of the newest file are kept in memory.',
  ),
  maxIndexNum: setting(integerText(2, INT32_MAX), 20_000_000, 'Keys in an index file, 20 bytes each.'),
  maxMsgsNumBatch: setting(integerText(1, INT32_MAX), 64, 'Messages found by one query for a key, at most.'),
  defaultQueryMaxNum: setting(integerText(1, INT32_MAX), 32, 'Messages found by one query for a unique id, at most.'),
  hotLogBytesMax: setting(integerText(MIB, INT32_MAX), 32 * MIB, 'Bytes of the newest part of the log kept in memory.'),
  unflushedLogBytesMax: setting(
    integerText(MIB, INT32_MAX),
    256 * MIB,
    'Bytes that may wait for the disk with SYNC_FLUSH; beyond that sends are refused.',
  ),
  coldLogBytesMax: setting(
    integerText(0, INT32_MAX),
    16 * MIB,
    'Bytes of the older log kept in memory after they were read.',
  ),
  coldQueueBytesMax: setting(
    integerText(0, INT32_MAX),
    4 * MIB,
    'Bytes of older consume queue entries kept in memory after they were read.',
  ),
  coldReadsAtOnceMax: setting(
    integerText(1, 64),
    2,
    'Reads from the disk at the same time. Node has four threads for files (UV_THREADPOOL_SIZE); flushes need the others.',
  ),
  coldReadBytesMax: setting(
    integerText(MIB, INT32_MAX),
    32 * MIB,
    'Bytes of memory that all reads of older messages may fill at the same time; others wait for their turn.',
  ),
  coldReadsWaitingMax: setting(
    integerText(1, INT32_MAX),
    10_000,
    'Reads of older messages that may wait for their turn; beyond that they are refused.',
  ),
  openFilesMax: setting(integerText(16, 65_536), 512, 'Files the store keeps open at most.'),
  storeType: setting(
    onlyText('default', `default; ${NO_ROCKSDB}`),
    'default',
    'How queues are stored; Apache’s defaultRocksDB is refused.',
  ),
  rocksdbCQDoubleWriteEnable: setting(
    neverText(`false; ${NO_ROCKSDB}`),
    false,
    'Queues in RocksDB, which are refused.',
  ),
  enableDLegerCommitLog: setting(
    neverText('false; a log that DLedger replicates has another form, which is not supported'),
    false,
    'A log in the form of DLedger, which is refused.',
  ),
  duplicationEnable: setting(
    neverText('false; records whose place an external replicator chooses are not supported'),
    false,
    'Records that an external replicator placed, which are refused.',
  ),
  ...retentionSettings,
})

/** How well a record is checked when one is. */
export function crcCheckOf({ forceVerifyPropCRC }: StoreConfig): CrcCheck {
  return forceVerifyPropCRC ? 'record' : 'body'
}
