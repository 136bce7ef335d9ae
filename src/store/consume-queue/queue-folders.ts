import { join } from 'node:path'
import type { Files } from '../../base/files/index.ts'
import type { StoreConfig } from '../config.ts'
import type { SegmentLayout } from '../segments/segment-layout.ts'
import { ENTRY_FORMS, type QueueKind } from './entry.ts'

/** Folder of each kind of queues, below the store's directory. */
export const QUEUE_FOLDERS: Readonly<Record<QueueKind, string>> = {
  simple: 'consumequeue',
  batch: 'batchconsumequeue',
}

/** Folder of the units that entries of simple queues may point to. */
export const UNITS_FOLDER = 'consumequeue_ext'

const QUEUE_ID = /^\d{1,9}$/

/** Longest topic of a V2 record that a folder can be named after. */
const TOPIC_BYTES_MAX = 255

/** A queue whose folder there is. */
export interface QueueFolder {
  readonly topic: string
  readonly queueId: number
}

/** Settings that say how long the files of queues are. */
export type QueueFileSizes = Pick<
  StoreConfig,
  'mappedFileSizeConsumeQueue' | 'mapperFileSizeBatchConsumeQueue' | 'mappedFileSizeConsumeQueueExt'
>

/** Whether a folder can be named after the topic. */
export function isFolderName(topic: string): boolean {
  const isName = topic !== '' && topic !== '.' && topic !== '..' && !/[/\\\0]/.test(topic)
  return isName && Buffer.byteLength(topic) <= TOPIC_BYTES_MAX
}

/** Topics with a folder of one kind of queues. */
export function topicFolders(root: string, kind: QueueKind, files: Files): string[] {
  const entries = files.list(join(root, QUEUE_FOLDERS[kind]))
  return entries.filter((entry) => entry.isDirectory).map((entry) => entry.name)
}

/** Ids of the queues of one kind that a topic has, in order. */
export function queueIdsOf(root: string, kind: QueueKind, topic: string, files: Files): number[] {
  const entries = files.list(join(root, QUEUE_FOLDERS[kind], topic))
  const queues = entries.filter(({ name, isDirectory }) => isDirectory && QUEUE_ID.test(name))
  return queues.map(({ name }) => Number(name)).sort((left, right) => left - right)
}

/** The files of a queue's entries. */
export function queueLayout(
  root: string,
  kind: QueueKind,
  { topic, queueId }: QueueFolder,
  sizes: QueueFileSizes,
): SegmentLayout {
  const setting = kind === 'simple' ? 'mappedFileSizeConsumeQueue' : 'mapperFileSizeBatchConsumeQueue'
  const { bytes } = ENTRY_FORMS[kind]
  return {
    directory: join(root, QUEUE_FOLDERS[kind], topic, String(queueId)),
    fileBytes: Math.ceil(sizes[setting] / bytes) * bytes,
    setting,
  }
}

/** The files of a queue's units. */
export function unitsLayout(root: string, { topic, queueId }: QueueFolder, sizes: QueueFileSizes): SegmentLayout {
  return {
    directory: join(root, UNITS_FOLDER, topic, String(queueId)),
    fileBytes: sizes.mappedFileSizeConsumeQueueExt,
    setting: 'mappedFileSizeConsumeQueueExt',
  }
}
