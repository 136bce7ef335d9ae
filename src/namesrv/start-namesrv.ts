import { LiveConfig } from '../base/config/index.ts'
import { type Files, nodeFiles } from '../base/files/index.ts'
import { Scope } from '../base/lifecycle/index.ts'
import { type Logger, silentLogger } from '../base/log/index.ts'
import { type Network, tcpNetwork } from '../base/network/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'
import { listen } from '../remoting/index.ts'
import { type NamesrvConfig, namesrvConfig } from './config.ts'
import { openKvConfig } from './kv-config/kv-config.ts'
import { RouteTable } from './route-table/route-table.ts'
import { namesrvRoutes } from './routes.ts'

/** A running name server. Disposing closes its port and connections. */
export interface Namesrv extends AsyncDisposable {
  /** Port really bound. */
  readonly port: number
}

/** What a name server stands on; each defaults to the real thing, the logger to silence. */
export interface NamesrvPorts {
  readonly clock?: Clock
  readonly files?: Files
  readonly network?: Network
  readonly logger?: Logger
  /** The file that the configuration came from; tools that change settings change it, too. */
  readonly configPath?: string | undefined
}

/**
 * Starts a name server; resolves when it answers. Brokers and clients of Apache RocketMQ 4.9 and 5.x can use it.
 * Apache: `NamesrvController` (5.3.3).
 * @throws RMQ_PORT_IN_USE, RMQ_LISTEN_FAILED, RMQ_KV_CONFIG_UNREADABLE
 */
export async function startNamesrv(changes: Partial<NamesrvConfig> = {}, ports: NamesrvPorts = {}): Promise<Namesrv> {
  const { clock = systemClock, files = nodeFiles, network = tcpNetwork, logger = silentLogger } = ports
  const live = new LiveConfig(namesrvConfig, namesrvConfig.with(changes), files, ports.configPath)
  const config = live.current
  await using scope = new Scope()
  const kv = openKvConfig(config.kvConfigPath, files)
  const table = new RouteTable(config)
  const scan = clock.setInterval(
    () => {
      for (const address of table.removeExpired(clock.now())) logger.warn('broker gone: no heartbeat', { address })
    },
    config.scanNotActiveBrokerInterval,
    { background: true },
  )
  scope.defer(() => scan.cancel())
  const server = scope.own(
    await listen({
      listen: { host: config.bindAddress, port: config.listenPort },
      routes: namesrvRoutes(table, kv, live, clock, logger),
      network,
      clock,
      logger,
    }),
  )
  logger.info('name server ready', { port: server.address.port })
  const owned = scope.move()
  return { port: server.address.port, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() }
}
