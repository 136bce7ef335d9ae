import { resolve } from 'node:path'
import { readInt64 } from '../../base/bytes/index.ts'
import { type Files, nodeFiles } from '../../base/files/index.ts'
import { loadCompression } from '../../message/index.ts'
import type { StoreConfig } from '../config.ts'
import { savedPartAt } from '../damaged/saved-parts.ts'
import { indexHash } from '../index-file/key-hash.ts'
import { INDEX_ENTRY, INDEX_ENTRY_BYTES } from '../index-file/layout.ts'
import { findOffsets } from '../index-file/query.ts'
import { refuseUsed } from '../verify/verify-store.ts'
import { type DumpedRecord, dumpedRecord } from './dumped-record.ts'
import { LookedAt } from './looked-at.ts'
import type { QueueEntry } from './queue-entries.ts'
import { readLog, recordAt } from './read-log.ts'
import { type CheckpointSummary, checkpointOf, type IndexSummary, type StoreSummary, summaryOf } from './summary.ts'

/** What of a store {@link dumpStore} shows. */
export type DumpRequest =
  /** The whole at a glance. */
  | { readonly show: 'summary' }
  /** Records of the log from a position on. */
  | { readonly show: 'log'; readonly from?: number | undefined }
  /** Entries of a topic's queues with their records; one queue when `queueId` is given. */
  | {
      readonly show: 'queue'
      readonly topic: string
      readonly queueId?: number | undefined
      readonly from?: number | undefined
    }
  /** Records of a topic with that key or unique id, found by the index. */
  | { readonly show: 'key'; readonly topic: string; readonly key: string }
  /** The record with that offset message id, or records with that unique id. */
  | { readonly show: 'message'; readonly messageId: string }
  /** The headers of the index files. */
  | { readonly show: 'index' }
  | { readonly show: 'checkpoint' }

/** How {@link dumpStore} looks. Sizes may be given as settings of the store; default: what the files say. */
export interface DumpOptions extends Partial<StoreConfig> {
  /**
   * True: a store in use is shown all the same; its newest messages may be missing. Default false; a summary always is.
   */
  readonly evenInUse?: boolean
}

/** An entry of a queue whose record is not there. */
export interface DumpedEntry extends QueueEntry {
  readonly kind: 'entry'
  readonly topic: string
  readonly queueId: number
}

/** A place of the log where no record lies. */
export interface DumpedGap {
  readonly kind: 'gap'
  readonly position: number
  /** Where the next sound record lies; absent: none follows. */
  readonly next: number | undefined
}

/** One thing that {@link dumpStore} shows; `kind` tells which. */
export type DumpItem = StoreSummary | DumpedRecord | DumpedEntry | DumpedGap | IndexSummary | CheckpointSummary

/**
 * Shows what is in a store directory, or in a folder of `damaged/` into which recovery saved a part of the log (there
 * the log only: it begins with the damage). Changes nothing on the disk.
 *
 * @throws RMQ_STORE_LOCKED  (rejects) a store or a broker uses the directory
 * @throws RMQ_STORE_READ_FAILED  (rejects) the disk cannot be read
 */
export async function* dumpStore(
  directory: string,
  request: DumpRequest,
  options: DumpOptions = {},
  files: Files = nodeFiles,
): AsyncGenerator<DumpItem> {
  const root = resolve(directory)
  // Bodies may be compressed in any way.
  await loadCompression('zstd')
  if (options.evenInUse !== true && request.show !== 'summary') refuseUsed(root, files)
  const store = new LookedAt(root, options, files)
  try {
    yield* items(store, request, files)
  } finally {
    store.close()
  }
}

async function* items(store: LookedAt, request: DumpRequest, files: Files): AsyncGenerator<DumpItem> {
  const { log } = store
  const start = savedPartAt(store.directory, files)?.start ?? log.start
  const readFrom = (from: number): AsyncGenerator<DumpedRecord | DumpedGap> =>
    shown(readLog(log, Math.max(from, start)))
  switch (request.show) {
    case 'summary':
      yield await summaryOf(store, files)
      return
    case 'log':
      yield* readFrom(request.from ?? 0)
      return
    case 'queue':
      yield* entriesOf(store, request)
      return
    case 'key':
      yield* withKey(store, request.topic, request.key)
      return
    case 'message':
      yield* withId(store, request.messageId, readFrom)
      return
    case 'index':
      yield* store.indexFiles()
      return
    default: {
      const checkpoint = checkpointOf(store.directory, files)
      if (checkpoint !== undefined) yield checkpoint
    }
  }
}

async function* shown(places: ReturnType<typeof readLog>): AsyncGenerator<DumpedRecord | DumpedGap> {
  for await (const place of places) {
    if (place.kind === 'sound') yield dumpedRecord(place.bytes, place.position)
    else yield place
  }
}

type QueueRequest = Extract<DumpRequest, { show: 'queue' }>

async function* entriesOf(store: LookedAt, { topic, queueId, from = 0 }: QueueRequest): AsyncGenerator<DumpItem> {
  for (const queue of store.queues(topic)) {
    if (queueId !== undefined && queue.queueId !== queueId) continue
    for (const entry of queue.entries.from(Math.max(from, queue.entries.min(store.log.start)))) {
      const record = await recordAt(store.log, entry.physicalOffset)
      if (record === undefined) yield { kind: 'entry', topic, queueId: queue.queueId, ...entry }
      else yield dumpedRecord(record, entry.physicalOffset)
    }
  }
}

async function* withKey(store: LookedAt, topic: string, key: string): AsyncGenerator<DumpedRecord> {
  for (const offset of await offsetsOf(store, indexHash(topic, key))) {
    const bytes = await recordAt(store.log, offset)
    const record = bytes === undefined ? undefined : dumpedRecord(bytes, offset)
    if (record?.topic !== topic) continue
    if (record.messageId === key || record.properties['KEYS']?.split(' ').includes(key) === true) yield record
  }
}

/**
 * Log positions of records with that key hash. After a crash the slots of the newest file are not there, so its entries
 * are gone through.
 */
async function offsetsOf(store: LookedAt, hash: number): Promise<readonly number[]> {
  const index = store.index()
  if (store.isClean) {
    const query = { hash, max: Number.MAX_SAFE_INTEGER, begin: 0, end: Number.MAX_SAFE_INTEGER }
    return findOffsets(index, store.indexLayout, query)
  }
  const found = new Set<number>()
  const window = Buffer.alloc(Math.min(10_000, store.indexLayout.entries) * INDEX_ENTRY_BYTES)
  for (const file of index) {
    for (let number = 1; number < file.header.next; ) {
      const held = Math.min(await file.readEntries(window, number), file.header.next - number)
      if (held === 0) break
      for (let at = 0; at < held * INDEX_ENTRY_BYTES; at += INDEX_ENTRY_BYTES) {
        if (window.readInt32BE(at) === hash) found.add(readInt64(window, at + INDEX_ENTRY.physicalOffset))
      }
      number += held
    }
  }
  return [...found].sort((left, right) => left - right)
}

/** An id may be the place of the record in the log, or one that its producer made: then the log is gone through. */
async function* withId(
  store: LookedAt,
  messageId: string,
  readFrom: (from: number) => AsyncGenerator<DumpedRecord | DumpedGap>,
): AsyncGenerator<DumpedRecord> {
  const position = Number.parseInt(messageId.slice(-16), 16)
  const bytes = Number.isSafeInteger(position) ? await recordAt(store.log, position) : undefined
  const record = bytes === undefined ? undefined : dumpedRecord(bytes, position)
  if (record?.offsetMessageId === messageId.toUpperCase()) {
    yield record
    return
  }
  for await (const item of readFrom(0)) if (item.kind === 'record' && item.messageId === messageId) yield item
}
