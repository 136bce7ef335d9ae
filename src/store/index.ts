// The message store: Apache RocketMQ's files, read and written.

// Settings
export { type FlushDiskType, type StoreConfig, storeConfig } from './config.ts'
export type { QueueKind } from './consume-queue/entry.ts'
// Delay levels
export { parseDelayLevels } from './consume-queue/tags-code.ts'
// What recovery saved behind damage in the log
export { readSavedPart, type SavedPart, savedParts } from './damaged/saved-parts.ts'
export { storeErrors } from './errors.ts'
// What a store does
export type {
  AppendBatch,
  AppendBatchPart,
  AppendMessage,
  AppendReceiver,
  AppendResult,
  AppendStatus,
  ArrivalListener,
  BitMapOf,
  KeyLookup,
  KeyMatches,
  MessageStore,
  ReadLimits,
  ReadResult,
  ReadStatus,
} from './message-store.ts'
// Messages, for programs that use a store without a broker
export { type FoundMessages, messagesByKey, putMessage, readMessages } from './messages.ts'
// Opening
export { openStore, type StorePorts } from './open-store.ts'
// Room on the disk
export type { DiskUse } from './retention/disk-watch.ts'
// Checking
export { type VerifiedStore, verifyStore } from './verify-store.ts'
