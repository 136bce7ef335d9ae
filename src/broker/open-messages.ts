import type { Scope } from '../base/lifecycle/index.ts'
import type { Clock } from '../base/time/index.ts'
import { type BitMapOf, type MessageStore, openStore, type QueueKind } from '../store/index.ts'
import type { BrokerConfig } from './config.ts'
import { DELAY_TOPIC, type DelayLevels } from './delay/delay-levels.ts'
import { DelayProgress } from './delay/delay-progress.ts'
import { DelayedDelivery } from './delay/deliver.ts'
import type { BrokerIdentity } from './identity.ts'
import type { KeepingPorts } from './kept-table.ts'
import { LongPolling } from './long-polling/long-polling.ts'
import { type Tables, tablePath } from './open-tables.ts'
import { BrokerStats } from './stats/broker-stats.ts'
import { storeSettings } from './store-settings.ts'

/** The store and those who wait for what arrives in it. */
export interface Messages {
  readonly store: MessageStore
  readonly longPolling: LongPolling
  readonly progress: DelayProgress
  readonly stats: BrokerStats
}

/** Opens the store, begins to deliver delayed messages, and lets pulls wait. */
export async function openMessages(
  scope: Scope,
  config: BrokerConfig,
  identity: BrokerIdentity,
  levels: DelayLevels,
  { topics, filters }: Pick<Tables, 'topics' | 'filters'>,
  { files, logger, clock }: KeepingPorts & { readonly clock: Clock },
): Promise<Messages> {
  const queueKindOf = (topic: string): QueueKind | undefined => topics.get(topic)?.queueKind
  const bitMapOf: BitMapOf | undefined = config.enableCalcFilterBitMap
    ? (...message) => filters.bitMapOf(...message)
    : undefined
  const ports = { clock, files, logger, queueKindOf, bitMapOf }
  const store = scope.own(await openStore(storeSettings(config, identity), ports))
  const keeping = { files, logger }
  const progress = scope.own(
    new DelayProgress(tablePath(config, 'delayOffset.json'), keeping, clock, config.flushDelayOffsetInterval),
  )
  const delivery = scope.own(new DelayedDelivery({ store, progress, levels, clock, logger }))
  const longPolling = scope.own(new LongPolling(clock, config.pullThreadPoolQueueCapacity))
  const stats = new BrokerStats(identity.cluster, clock)
  scope.defer(() => stats[Symbol.dispose]())
  store.onArrival((topic, queueId, queueOffset, tagsCode, _storeTimestamp, size, messages) => {
    if (messages > 0) stats.stored(topic, size, messages)
    if (topic === DELAY_TOPIC) delivery.arrived(queueId)
    longPolling.arrived(topic, queueId, queueOffset, tagsCode)
  })
  return { store, longPolling, progress, stats }
}
