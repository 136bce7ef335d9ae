import { LiveConfig } from '../base/config/index.ts'
import { type Files, nodeFiles } from '../base/files/index.ts'
import { Scope } from '../base/lifecycle/index.ts'
import { type Logger, silentLogger } from '../base/log/index.ts'
import { type Network, tcpNetwork } from '../base/network/index.ts'
import { type Random, systemRandom } from '../base/random/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'
import { uniqueIds } from '../message/index.ts'
import { listen } from '../remoting/index.ts'
import { BrokerSettings } from './admin/broker-settings.ts'
import { type BrokerConfig, brokerConfig } from './config.ts'
import { delayLevels } from './delay/delay-levels.ts'
import { brokerErrors } from './errors.ts'
import { openClients } from './groups/open-clients.ts'
import { brokerIdentity } from './identity.ts'
import { OffsetResets } from './offsets/offset-resets.ts'
import { openMessages } from './open-messages.ts'
import { openTables } from './open-tables.ts'
import { PullChecks } from './pull/pull-checks.ts'
import { PullService } from './pull/pull-service.ts'
import { nameServerAddresses } from './registration/name-servers.ts'
import { Registration } from './registration/registration.ts'
import { brokerRoutes } from './routes.ts'
import { sendStatuses } from './send/send-status.ts'
import { SendTarget } from './send/send-target.ts'
import { Sender } from './send/sender.ts'
import { takePort } from './take-port.ts'
import { openTransactions } from './transaction/open-transactions.ts'

/** A running broker. */
export interface Broker extends AsyncDisposable {
  /** `host:port` that clients are told, with the port really bound. */
  readonly address: string
  readonly name: string
  /**
   * Closes in the order of `docs/lifecycle.md`: nothing that was acknowledged is lost. The second call gives the same
   * promise.
   */
  [Symbol.asyncDispose](): Promise<void>
}

/** What a broker stands on; each defaults to the real thing, the logger to silence. */
export interface BrokerPorts {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly random?: Random
  readonly network?: Network
  readonly files?: Files
  /** The file that the configuration came from; tools that change settings change it, too. */
  readonly configPath?: string | undefined
}

/**
 * Starts a broker; resolves when it answers and is registered at each name server that could be reached within 3 s.
 * Clients of Apache RocketMQ 4.9 and 5.x can use it, and a store directory of an Apache broker can be its own. Apache:
 * `BrokerStartup`, `BrokerController` (5.3.3).
 *
 * @throws RMQ_BROKER_ROLE  the configuration is that of a slave
 * @throws RMQ_BROKER_ADDRESS  an address in `namesrvAddr` is none
 * @throws RMQ_BROKER_FILE_UNREADABLE  a file below `config/` and its `.bak` are damaged
 * @throws RMQ_PORT_IN_USE, RMQ_LISTEN_FAILED  `bindAddress` and `listenPort`
 * @throws RMQ_STORE_LOCKED, RMQ_STORE_DIRECTORY, RMQ_STORE_FILE_LENGTH, RMQ_STORE_STRAY_FILE, RMQ_STORE_READ_FAILED
 */
export async function startBroker(initial: BrokerConfig, ports: BrokerPorts = {}): Promise<Broker> {
  const { clock = systemClock, logger = silentLogger, random = systemRandom } = ports
  const { network = tcpNetwork, files = nodeFiles } = ports
  const live = new LiveConfig(brokerConfig, initial, files, ports.configPath)
  const config = live.current
  if (config.brokerRole === 'SLAVE' || config.brokerId !== 0) throw brokerErrors.RMQ_BROKER_ROLE(config)
  const nameServers = nameServerAddresses(config.namesrvAddr)
  const levels = delayLevels(config.messageDelayLevel)

  await using scope = new Scope()
  // The port comes first: records carry it, and a second broker must fail before it touches the first one's files.
  const port = scope.own(await takePort(network, config.bindAddress, config.listenPort))
  const identity = brokerIdentity(config, port.listener.address)
  const tables = openTables(scope, config, levels, { files, logger }, clock)
  const messages = await openMessages(scope, config, identity, levels, tables, { files, logger, clock })
  const clients = openClients(scope, config, tables, messages.longPolling, clock, logger)

  const statuses = sendStatuses(config, messages.store)
  const nextUniqueKey = uniqueIds(clock, random)
  const resets = new OffsetResets(tables.offsets)
  const parts = {
    config,
    identity,
    levels,
    random,
    clock,
    files,
    nextUniqueKey,
    resets,
    ...tables,
    ...messages,
    ...clients,
  }
  const endTransaction = await openTransactions(scope, { ...parts, logger })
  const checks = new PullChecks(config, identity, tables, clients.consumers)
  const routes = brokerRoutes({
    ...parts,
    logger,
    sender: new Sender(messages.store, identity, statuses, config.sendThreadPoolQueueCapacity, logger),
    target: new SendTarget(parts),
    illegal: statuses['message-illegal'],
    pulls: new PullService(config, checks, parts),
    settings: new BrokerSettings(live, tables.topics, clock, logger),
    endTransaction,
  })
  scope.own(await listen({ listen: port.listener.address, routes, network: port.network, clock, logger }))
  // Sends that are being stored are answered before the connections close.
  scope.defer(() => messages.store.flush())
  const registration = scope.own(
    new Registration(nameServers, identity, tables.topics, config, { network, clock, logger }),
  )
  await registration.registerFirst()
  logger.info('broker ready', { broker: identity.name, address: identity.address })
  const owned = scope.move()
  return { address: identity.address, name: identity.name, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() }
}
