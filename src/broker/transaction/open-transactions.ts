import type { Scope } from '../../base/lifecycle/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { hostBytes } from '../../message/index.ts'
import type { EndTransaction, Handler } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { DelayLevels } from '../delay/delay-levels.ts'
import type { ProducerGroups } from '../groups/producer-groups.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { askProducer } from './ask-producer.ts'
import { CheckBack } from './check-back.ts'
import { endTransaction } from './end-transaction.ts'
import { EndedHalves } from './ended-halves.ts'
import { MovedHalves } from './moved-halves.ts'

/** What transactions stand on. */
export interface TransactionServices {
  readonly config: BrokerConfig
  readonly identity: BrokerIdentity
  readonly store: MessageStore
  readonly topics: TopicTable
  readonly offsets: ConsumerOffsets
  readonly producers: ProducerGroups
  readonly levels: DelayLevels
  readonly clock: Clock
  readonly logger: Logger
  readonly nextUniqueKey: () => string
}

/**
 * Reads how far earlier runs came with transactions and begins to look for open ones; gives what answers producers that
 * end one.
 */
export async function openTransactions(
  scope: Scope,
  services: TransactionServices,
): Promise<Handler<typeof EndTransaction>> {
  const { config, identity, producers } = services
  const ownHost = hostBytes(identity.ip, identity.port)
  const ended = scope.own(await EndedHalves.open({ ...services, ownHost, settings: config }))
  const moved = new MovedHalves()
  const ask = askProducer(producers, identity)
  scope.own(new CheckBack({ ...services, ended, moved, ask, settings: config }))
  return endTransaction({ ...services, ended, moved, transactionTimeOut: config.transactionTimeOut })
}
