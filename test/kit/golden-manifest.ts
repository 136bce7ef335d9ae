import { type StoreConfig, storeConfig } from '../../src/store/index.ts'
import { type GoldenName, goldenManifest } from './golden-stores.ts'

/** Directories with a manifest that Apache's broker left after a clean stop. */
export const GOLDEN_CLEAN = ['a-clean', 'c-small-files', 'f-ipv6', 'g-lmq-cqext'] as const

/** Those that a kill left, some of them damaged afterwards, and that Apache's broker opens. */
export const GOLDEN_CRASHED = [
  'b-kill9',
  'd1-zeroed-tail',
  'd2-bit-flip',
  'd4-empty-next-file',
  'd5-lost-consume-queues',
  'd6-no-checkpoint',
  'd7-garbage-tail',
] as const

/** A record as the manifest describes it. */
export interface GoldenMessage {
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly commitLogOffset: number
  readonly totalSize: number
  readonly flag: number
  readonly sysFlag: number
  readonly bornTimestamp: number
  readonly bornHost: string
  readonly storeTimestamp: number
  readonly storeHost: string
  readonly reconsumeTimes: number
  readonly preparedTransactionOffset: number
  readonly msgId: string
  readonly properties: Readonly<Record<string, string>>
  readonly bodyLength: number
  /** Of the body as it was sent: decompressed. */
  readonly bodySha256: string
  readonly inConsumeQueue: boolean
}

/** A queue: its bounds and every entry. */
export interface GoldenQueue {
  readonly minOffset: number
  readonly maxOffset: number
  readonly entries: readonly (readonly [queueOffset: number, physicalOffset: number, size: number, tagsCode: number])[]
}

/** An entry of a batch queue. */
export interface GoldenBatchEntry {
  readonly commitLogOffset: number
  readonly size: number
  readonly storeTimestamp: number
  readonly msgBaseOffset: number
  readonly batchSize: number
}

/** A batch queue: its bounds, its entries where the directory was left cleanly, and every message in them. */
export interface GoldenBatchQueue extends Omit<GoldenQueue, 'entries'> {
  readonly entries?: readonly GoldenBatchEntry[]
  readonly unwrapped: readonly {
    readonly queueOffset: number
    readonly keys: string
    readonly tags: string
    readonly uniqKey: string
    readonly bodyUtf8: string
  }[]
}

/** An entry of a light queue. */
export interface GoldenLightEntry {
  readonly index: number
  readonly commitLogOffset: number
  readonly size: number
  readonly tagsCode: number
}

/** A unit of an entry. */
export interface GoldenExtUnit {
  /** The address, as text: no number holds it. */
  readonly address: string
  readonly offset: number
  readonly size: number
  readonly tagsCode: number
  readonly msgStoreTime: number
  readonly bitMapHex: string
}

/** A question to the index and Apache’s answer. */
export interface GoldenQuery {
  readonly topic: string
  readonly key: string
  readonly begin?: number
  /** The greatest int64 is a text, see {@link goldenManifest}. */
  readonly end?: number | string
  readonly maxNum?: number
  readonly phyOffsets: readonly number[]
}

/** A question for the offset at a time and Apache’s answer. */
export interface GoldenTime {
  readonly topic: string
  readonly queueId: number
  readonly timestamp: number
  readonly boundary: 'lower' | 'upper'
  readonly offset: number
}

/** What a directory holds. */
export interface GoldenManifest {
  readonly brokerSettings: Readonly<Record<string, string>>
  readonly commitLog?: { readonly minOffset: number; readonly endOfValidData: number; readonly recordCount: number }
  /** After a crash: what Apache’s broker did. */
  readonly recovery?: { readonly startFile: string; readonly maxPhyOffset: number; readonly recordsScanned: number }
  readonly checkpoint?: Readonly<Record<string, number>>
  readonly messages: readonly GoldenMessage[]
  readonly consumeQueues: Readonly<Record<string, Readonly<Record<string, GoldenQueue>>>>
  readonly batchConsumeQueues: Readonly<Record<string, Readonly<Record<string, GoldenBatchQueue>>>>
  readonly lmqQueues?: Readonly<Record<string, readonly GoldenLightEntry[]>>
  readonly consumeQueueExt?: Readonly<Record<string, readonly GoldenExtUnit[]>>
  readonly index: { readonly queries: readonly GoldenQuery[]; readonly uniqKeyQueries?: readonly GoldenQuery[] }
  readonly offsetByTimestamp: readonly GoldenTime[]
  readonly consumerOffsets: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly delayOffsets: Readonly<Record<string, number>>
  readonly topics?: Readonly<Record<string, GoldenTopic>>
}

/** A topic of `topics.json`. */
export interface GoldenTopic {
  readonly readQueueNums: number
  readonly writeQueueNums: number
  readonly perm: number
  readonly attributes: Readonly<Record<string, string>>
}

/** The manifest of a directory that has one. */
export function goldenTruth(name: GoldenName): GoldenManifest {
  return goldenManifest(name) as GoldenManifest
}

/** The store's settings that the broker of a directory had. */
export function goldenConfig({ brokerSettings }: Pick<GoldenManifest, 'brokerSettings'>): Partial<StoreConfig> {
  const texts = Object.entries(brokerSettings).filter(([key]) => key in storeConfig.settings)
  const { config } = storeConfig.parse(new Map(texts.map(([key, text]) => [key, { text, origin: 'manifest' }])))
  return Object.fromEntries(texts.map(([key]) => [key, config[key as keyof StoreConfig]]))
}
