import { join } from 'node:path'
import type { Scope } from '../base/lifecycle/index.ts'
import type { Clock } from '../base/time/index.ts'
import type { BrokerConfig } from './config.ts'
import type { DelayLevels } from './delay/delay-levels.ts'
import type { KeepingPorts } from './kept-table.ts'
import { ConsumerOffsets } from './offsets/consumer-offsets.ts'
import { ConsumerFilters } from './subscriptions/consumer-filters.ts'
import { GroupConfigs } from './subscriptions/group-table.ts'
import { systemTopics } from './topics/system-topics.ts'
import { TopicTable } from './topics/topic-table.ts'

/** The tables that are read before the store: `config/*.json`. */
export interface Tables {
  readonly topics: TopicTable
  readonly groups: GroupConfigs
  readonly offsets: ConsumerOffsets
  readonly filters: ConsumerFilters
}

/** Where a table of this broker is kept. */
export function tablePath(config: BrokerConfig, name: string): string {
  return join(config.storePathRootDir, 'config', name)
}

/**
 * Opens the tables and adds what every broker has.
 * @throws RMQ_BROKER_FILE_UNREADABLE
 */
export function openTables(
  scope: Scope,
  config: BrokerConfig,
  levels: DelayLevels,
  keeping: KeepingPorts,
  clock: Clock,
): Tables {
  const path = (name: string): string => tablePath(config, name)
  const topics = scope.own(new TopicTable(path('topics.json'), keeping, clock, config.enableLmq))
  topics.addMissing(systemTopics(config, levels.max))
  const groups = scope.own(new GroupConfigs(path('subscriptionGroup.json'), keeping, clock, config))
  const offsets = scope.own(
    new ConsumerOffsets(
      { plain: path('consumerOffset.json'), light: path('lmqConsumerOffset.json') },
      config.enableLmq,
      keeping,
      clock,
      config.flushConsumerOffsetInterval,
    ),
  )
  const filters = scope.own(new ConsumerFilters(path('consumerFilter.json'), keeping, clock, config))
  return { topics, groups, offsets, filters }
}
