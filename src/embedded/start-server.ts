import { join } from 'node:path'
import { Scope } from '../base/lifecycle/index.ts'
import { type Logger, silentLogger } from '../base/log/index.ts'
import { readAddressList } from '../base/network/index.ts'
import { type BrokerConfig, startBroker } from '../broker/index.ts'
import { type NamesrvConfig, startNamesrv } from '../namesrv/index.ts'

/** A name server and a broker in this process. Disposing closes the broker, then the name server. */
export interface Server extends AsyncDisposable {
  readonly namesrvPort: number
  readonly brokerName: string
  /** `host:port` that clients are told. */
  readonly brokerAddress: string
}

/** What a server is started with. */
export interface ServerOptions {
  readonly namesrv: Partial<NamesrvConfig>
  /** Its `namesrvAddr`, if any, are further name servers to register at. */
  readonly broker: BrokerConfig
  /** The file that the broker's settings came from; tools that change settings change it, too. */
  readonly brokerConfigPath?: string | undefined
}

/**
 * Starts a complete RocketMQ in this process; resolves when both answer and the broker is registered.
 * @throws RMQ_PORT_IN_USE, RMQ_LISTEN_FAILED  one of the ports
 * @throws RMQ_STORE_LOCKED  another process uses the store directory
 */
export async function startServer(
  options: ServerOptions,
  { logger = silentLogger }: { logger?: Logger } = {},
): Promise<Server> {
  await using scope = new Scope()
  const kvConfigPath = join(options.broker.storePathRootDir, 'namesrv', 'kvConfig.json')
  const namesrv = scope.own(
    await startNamesrv({ kvConfigPath, ...options.namesrv }, { logger: logger.child('namesrv') }),
  )
  const own = `127.0.0.1:${namesrv.port}`
  const { addresses } = readAddressList([own, options.broker.namesrvAddr])
  const broker = scope.own(
    await startBroker(
      { ...options.broker, namesrvAddr: addresses.join(';') },
      { logger: logger.child('broker'), configPath: options.brokerConfigPath },
    ),
  )
  const owned = scope.move()
  return {
    namesrvPort: namesrv.port,
    brokerName: broker.name,
    brokerAddress: broker.address,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}
