import { checkTopic } from '../../../message/index.ts'
import type { ClientSettings } from '../../config.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import type { Brokers } from '../../connection/brokers.ts'
import type { Members } from '../../connection/members.ts'
import type { TopicRoutes } from '../../route/topic-routes.ts'
import { producerSettings } from '../config.ts'
import { GroupProducer } from '../producer.ts'
import type { SendHook } from '../send-hook.ts'
import { Sender } from '../sender.ts'
import { checkSettings, type TransactionProducerOptions } from './config.ts'
import { TransactionChecks } from './transaction-checks.ts'
import { GroupTransactionProducer, type TransactionProducer } from './transaction-producer.ts'

/** What opening needs of its client. */
export interface OpeningParts {
  readonly settings: ClientSettings
  readonly members: Members
  readonly connections: BrokerConnections
  readonly routes: TopicRoutes
  readonly brokers: Brokers
  readonly nextId: () => string
  /** Told of halves and of how transactions end; absent when nobody wants to know. */
  readonly hook: SendHook | undefined
}

/** Opens a transaction producer; see `Client.transactionProducer`. */
export async function openTransactionProducer(
  options: TransactionProducerOptions,
  parts: OpeningParts,
  onClosed: (producer: TransactionProducer) => void,
): Promise<TransactionProducer> {
  const { settings, members, connections, routes, brokers, nextId, hook } = parts
  const { logger } = settings
  const { group, topics = [] } = options
  const sender = new Sender(producerSettings(options), { routes, brokers, connections, ports: settings, hook })
  const checks = new TransactionChecks(group, checkSettings(options), hook, logger)
  for (const topic of topics) checkTopic(topic)
  // The check is there before any broker can ask.
  members.addTransactions(checks)
  members.addProducer(group)
  const watched = [sender.settings.createTopicKey, ...topics]
  for (const topic of watched) routes.watch(topic)
  const producer = new GroupProducer(sender, nextId, async () => {
    onClosed(transactions)
    for (const topic of watched) routes.unwatch(topic)
    if (members.removeProducer(group)) await connections.leave({ producerGroup: group })
  })
  const leave = (): void => members.removeTransactions(group)
  const transactions = new GroupTransactionProducer({ producer, sender, checks, nextId, logger, leave })
  try {
    await Promise.all(watched.map((topic) => routes.ask(topic)))
  } catch (failure) {
    await transactions[Symbol.asyncDispose]()
    throw failure
  }
  await connections.beatAll()
  return transactions
}
