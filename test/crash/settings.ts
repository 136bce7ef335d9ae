import { type StoreConfig, storeConfig } from '../../src/store/index.ts'

/** Settings of a store to be killed: tiny files, so that all of them roll all the time, and much flushing. */
export function crashConfig(changes: Pick<StoreConfig, 'flushDiskType'> & { readonly directory: string }): StoreConfig {
  return storeConfig.with({
    storePathRootDir: changes.directory,
    flushDiskType: changes.flushDiskType,
    mappedFileSizeCommitLog: 16_384,
    mappedFileSizeConsumeQueue: 400,
    maxHashSlotNum: 50,
    maxIndexNum: 100,
    flushIntervalCommitLog: 5,
    flushConsumeQueueThoroughInterval: 20,
    flushIntervalConsumeQueue: 5,
    hotLogBytesMax: 1,
    coldLogBytesMax: 8192,
    coldQueueBytesMax: 800,
    openFilesMax: 32,
  })
}
