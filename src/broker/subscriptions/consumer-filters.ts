import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock, Timer } from '../../base/time/index.ts'
import { BloomFilter, SqlFilter, setBits } from '../../filter/index.ts'
import { type ConsumerFilterData, consumerFilterBody, type SubscriptionData } from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import { type KeepingPorts, KeptTable, loadTable } from '../kept-table.ts'
import { isTagExpression, SQL92 } from './expression-type.ts'

/** What these filters are told by the configuration. */
type FilterSettings = Pick<
  BrokerConfig,
  'expectConsumerNumUseFilter' | 'filterDataCleanTimeSpan' | 'maxErrorRateOfBloomFilter'
>

/** A group's filter in a topic, compiled once. */
export interface ConsumerFilter {
  readonly data: ConsumerFilterData
  readonly filter: SqlFilter
}

/** Apache: `BrokerController`, which saves the filters every 10 s. */
const SAVE_MS = 10_000
/** At start all consumers count as gone since so long. Apache: `ConsumerFilterManager.decode`. */
const GONE_BEFORE_START_MS = 30_000

/**
 * The expressions of consumer groups that are not tags, kept in `config/consumerFilter.json`. They come with heartbeats
 * and stay for a while after the group's last consumer has left. Apache: `ConsumerFilterManager` (5.3.3).
 */
export class ConsumerFilters implements AsyncDisposable {
  /** Topic → group. */
  readonly #filters = new Map<string, Map<string, ConsumerFilter>>()
  readonly #settings: FilterSettings
  readonly #bloom: BloomFilter
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #kept: KeptTable
  readonly #saving: Timer

  constructor(path: string, ports: KeepingPorts, clock: Clock, settings: FilterSettings) {
    this.#settings = settings
    this.#bloom = new BloomFilter(settings.maxErrorRateOfBloomFilter, settings.expectConsumerNumUseFilter)
    this.#clock = clock
    this.#logger = ports.logger
    this.#kept = new KeptTable(ports, path, () => this.#render())
    this.#load(Object.values(loadTable(ports.files, path, consumerFilterBody)?.filterDataByTopic ?? {}))
    this.#saving = clock.setInterval(() => this.#save(), SAVE_MS, { background: true })
  }

  /** The group's filter in a topic; `undefined` when it has none, or its last expression was wrong. */
  get(topic: string, group: string): ConsumerFilter | undefined {
    return this.#filters.get(topic)?.get(group)
  }

  /**
   * Which groups' expressions a stored message fits, as a bit map; `undefined`: no group has one for the topic.
   * Apache: `CommitLogDispatcherCalcBitMap` (5.3.3).
   */
  bitMapOf(topic: string, bytes: Buffer, at: number, size: number): Buffer | undefined {
    const groups = this.#filters.get(topic)
    if (groups === undefined || groups.size === 0) return undefined
    const map = this.#bloom.emptyMap()
    for (const { data, filter } of groups.values()) {
      if (filter.matchesRecord(bytes, at, size)) setBits(map, data.bloomFilterData)
    }
    return map
  }

  /**
   * Takes in what a consumer of the group says that it subscribes; filters of other topics have no consumer any more.
   */
  register(group: string, subscriptions: readonly SubscriptionData[]): void {
    const topics = new Set<string>()
    for (const subscription of subscriptions) {
      topics.add(subscription.topic)
      if (!isTagExpression(subscription.expressionType) && subscription.subString !== '') this.#put(group, subscription)
    }
    this.#bury(group, (topic) => !topics.has(topic))
  }

  /** The group has no consumer any more. */
  unregister(group: string): void {
    this.#bury(group, () => true)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#saving.cancel()
    this.#removeDead()
    await this.#kept[Symbol.asyncDispose]()
  }

  /**
   * Of two expressions the one with the newer version counts; a wrong one leaves none, so that its pulls are refused.
   */
  #put(group: string, { topic, subString: expression, expressionType, subVersion }: SubscriptionData): void {
    const known = this.get(topic, group)
    if (known !== undefined) {
      const { data } = known
      const isNewer = subVersion > data.clientVersion
      const isSame = expression === data.expression && expressionType === data.expressionType
      if (!isNewer || isSame) {
        if (isNewer || (data.dead && subVersion === data.clientVersion)) {
          this.#set({ ...known, data: { ...data, clientVersion: subVersion, deadTime: 0, dead: false } })
        }
        return
      }
    }
    const filter = this.#compile(topic, group, expression, expressionType)
    if (filter === undefined) {
      if (this.#filters.get(topic)?.delete(group) === true) this.#kept.changed()
      return
    }
    const bornTime = this.#clock.now()
    const bloomFilterData = this.#bloom.bitsOf(group, topic)
    const life = { bornTime, deadTime: 0, dead: false, clientVersion: subVersion }
    this.#set({ data: { consumerGroup: group, topic, expression, expressionType, ...life, bloomFilterData }, filter })
  }

  #compile(topic: string, group: string, expression: string, expressionType: string): SqlFilter | undefined {
    try {
      if (expressionType === SQL92) return new SqlFilter(expression)
      this.#logger.warn('a subscription has an expression of an unknown type', { topic, group, expressionType })
    } catch (failure) {
      this.#logger.warn('a subscription cannot be used', { topic, group, reason: textOf(failure) })
    }
    return undefined
  }

  #set(filter: ConsumerFilter): void {
    const { topic, consumerGroup } = filter.data
    const groups = this.#filters.get(topic) ?? new Map<string, ConsumerFilter>()
    this.#filters.set(topic, groups.set(consumerGroup, filter))
    this.#kept.changed()
  }

  #bury(group: string, isGone: (topic: string) => boolean): void {
    for (const groups of this.#filters.values()) {
      const known = groups.get(group)
      if (known === undefined || known.data.dead || !isGone(known.data.topic)) continue
      this.#set({ ...known, data: { ...known.data, deadTime: this.#clock.now(), dead: true } })
    }
  }

  #save(): void {
    this.#removeDead()
    void this.#kept.save()
  }

  #removeDead(): void {
    const deadline = this.#clock.now() - this.#settings.filterDataCleanTimeSpan
    for (const [topic, groups] of this.#filters) {
      for (const [group, { data }] of groups) {
        if (!data.dead || data.deadTime > deadline) continue
        groups.delete(group)
        this.#kept.changed()
      }
      if (groups.size === 0) this.#filters.delete(topic)
    }
  }

  /** Bits that were made with other numbers mean that the whole table is out of date. */
  #load(topics: readonly { readonly groupFilterData: Readonly<Record<string, ConsumerFilterData>> }[]): void {
    const kept = topics.flatMap(({ groupFilterData }) => Object.values(groupFilterData))
    if (!kept.every(({ bloomFilterData }) => this.#bloom.owns(bloomFilterData))) {
      this.#logger.info('the numbers of the bloom filter changed; kept filters of consumers are dropped', {
        filters: kept.length,
      })
      return
    }
    const gone = this.#clock.now() - GONE_BEFORE_START_MS
    for (const data of kept) {
      const filter = this.#compile(data.topic, data.consumerGroup, data.expression, data.expressionType)
      if (filter === undefined) continue
      const deadTime = data.deadTime === 0 ? Math.max(gone, data.bornTime) : data.deadTime
      this.#set({ data: { ...data, deadTime, dead: deadTime >= data.bornTime }, filter })
    }
  }

  #render(): object {
    const byTopic = [...this.#filters].map(([topic, groups]) => {
      const filters = [...groups].map(([group, { data }]) => [group, data] as const)
      return [topic, { groupFilterData: Object.fromEntries(filters), topic }] as const
    })
    return { filterDataByTopic: Object.fromEntries(byTopic) }
  }
}
