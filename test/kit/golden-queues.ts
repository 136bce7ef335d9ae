import type { Files } from '../../src/base/files/index.ts'
import { type StoreConfig, storeConfig } from '../../src/store/index.ts'
import { type GoldenName, goldenManifest } from './golden-stores.ts'

/** An entry of a batch queue, as a manifest names its parts. */
export interface GoldenBatchEntry {
  readonly commitLogOffset: number
  readonly size: number
  readonly storeTimestamp: number
  readonly msgBaseOffset: number
  readonly batchSize: number
}

/** The parts of a manifest that tell of queues. */
export interface GoldenQueues {
  readonly brokerSettings: Readonly<Record<string, string>>
  readonly consumeQueues: Readonly<Record<string, Readonly<Record<string, GoldenQueue>>>>
  readonly batchConsumeQueues: Readonly<Record<string, Readonly<Record<string, GoldenBatchQueue>>>>
  readonly lmqQueues?: Readonly<Record<string, readonly GoldenLightEntry[]>>
  readonly consumeQueueExt?: Readonly<Record<string, readonly GoldenExtUnit[]>>
  readonly offsetByTimestamp: readonly GoldenTime[]
}

interface GoldenQueue {
  readonly minOffset: number
  readonly maxOffset: number
  /** Queue offset, log position, size, tags code; of clean directories only. */
  readonly entries?: readonly (readonly [number, number, number, number])[]
}

interface GoldenBatchQueue extends Omit<GoldenQueue, 'entries'> {
  readonly entries?: readonly GoldenBatchEntry[]
  readonly unwrapped: readonly {
    readonly queueOffset: number
    readonly keys: string
    readonly tags: string
    readonly uniqKey: string
    readonly bodyUtf8: string
  }[]
}

interface GoldenLightEntry {
  readonly index: number
  readonly commitLogOffset: number
  readonly size: number
  readonly tagsCode: number
}

interface GoldenExtUnit {
  /** The address, as text: no number holds it. */
  readonly address: string
  readonly offset: number
  readonly size: number
  readonly tagsCode: number
  readonly msgStoreTime: number
  readonly bitMapHex: string
}

interface GoldenTime {
  readonly topic: string
  readonly queueId: number
  readonly timestamp: number
  readonly boundary: 'lower' | 'upper'
  readonly offset: number
}

/** What a manifest says of queues. */
export function goldenQueues(name: GoldenName): GoldenQueues {
  return goldenManifest(name) as GoldenQueues
}

/** The store's settings that the broker of a directory had. */
export function goldenConfig({ brokerSettings }: GoldenQueues, root: string): Partial<StoreConfig> {
  const texts = Object.entries(brokerSettings).filter(([key]) => key in storeConfig.settings)
  const { config: parsed } = storeConfig.parse(new Map(texts.map(([key, text]) => [key, { text, origin: 'manifest' }])))
  return { ...parsed, storePathRootDir: root }
}

/** The content of all files below a folder: path → bytes without the zeros behind the last other byte. */
export function filesBelow(files: Files, folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { name, isDirectory } of files.list(folder)) {
    const path = `${folder}/${name}`
    if (isDirectory) Object.assign(found, filesBelow(files, path))
    else found[path] = withoutZeros(files.readWhole(path) ?? Buffer.alloc(0)).toString('hex')
  }
  return found
}

function withoutZeros(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}
