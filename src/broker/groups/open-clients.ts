import type { Scope } from '../../base/lifecycle/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { LongPolling } from '../long-polling/long-polling.ts'
import type { Tables } from '../open-tables.ts'
import { QueueLocks } from '../orderly-lock/queue-locks.ts'
import { ConsumerGroups } from './consumer-groups.ts'
import { dropSilentClients } from './drop-silent.ts'
import { notifyMembers } from './notify-members.ts'
import { ProducerGroups } from './producer-groups.ts'

/** What is known of the clients that are connected. */
export interface Clients {
  readonly consumers: ConsumerGroups
  readonly producers: ProducerGroups
  readonly locks: QueueLocks
}

/** Begins to keep account of clients, and to drop those that fall silent. */
export function openClients(
  scope: Scope,
  config: BrokerConfig,
  { groups, filters }: Pick<Tables, 'groups' | 'filters'>,
  longPolling: LongPolling,
  clock: Clock,
  logger: Logger,
): Clients {
  const consumers = new ConsumerGroups(clock, notifyMembers(groups, config), {
    subscribed: (group, subscriptions) => filters.register(group, subscriptions),
    changed: (group, topic) => longPolling.wakeGroup(topic, group),
    left: (group) => filters.unregister(group),
  })
  const producers = new ProducerGroups(clock)
  const scan = dropSilentClients(consumers, producers, config.channelExpiredTimeout, clock, logger)
  scope.defer(() => scan.cancel())
  return { consumers, producers, locks: new QueueLocks(clock) }
}
