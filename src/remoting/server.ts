import { type Logger, silentLogger } from '../base/log/index.ts'
import { type Address, type Connection, formatAddress, type Network, tcpNetwork } from '../base/network/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'
import { DEFAULT_LIMITS, type RemotingLimits } from './config.ts'
import { Peer } from './peer.ts'
import type { RouteTable } from './routes.ts'

/** What a server is opened with; ports default to the real thing, the logger to silence. */
export interface ServerOptions {
  /** Port 0: any free one. */
  readonly listen: Address
  readonly routes: RouteTable
  readonly limits?: Partial<RemotingLimits>
  /** Called for every accepted connection, before its first request. */
  readonly onPeer?: (peer: Peer) => void
  readonly network?: Network
  readonly clock?: Clock
  readonly logger?: Logger
}

/** A listening server. Disposing stops listening, sends what is gathered, and closes all connections. */
export interface RemotingServer extends AsyncDisposable {
  /** The address really bound. */
  readonly address: Address
  /** Connections open now. */
  readonly connectionCount: number
}

/** How often idle connections and late answers are looked for. */
const SWEEP_MS = 1000

/**
 * Listens for RocketMQ's protocol. What a peer sends that no route knows is answered REQUEST_CODE_NOT_SUPPORTED and
 * logged once per code. A peer that breaks the protocol loses its connection and disturbs nobody else. Apache:
 * `NettyRemotingServer`.
 * @throws RMQ_PORT_IN_USE, RMQ_LISTEN_FAILED
 */
export async function listen(options: ServerOptions): Promise<RemotingServer> {
  const { network = tcpNetwork, clock = systemClock, logger = silentLogger } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const peers = new Set<Peer>()
  const onUnknownCode = oncePerCode(logger)

  const accept = (connection: Connection): void => {
    if (peers.size >= limits.connectionsMax) {
      logger.warn('connection refused: connectionsMax reached', { connectionsMax: limits.connectionsMax })
      connection.destroy()
      return
    }
    const { remoteAddress = 'unknown', remotePort = 0 } = connection
    const address = formatAddress({ host: remoteAddress.replace(/^::ffff:/, ''), port: remotePort })
    const peer = new Peer({ connection, address, routes: options.routes, limits, clock, logger, onUnknownCode })
    peers.add(peer)
    peer.onClose(() => peers.delete(peer))
    options.onPeer?.(peer)
  }

  const listener = await network.listen(options.listen, accept)
  const sweeping = clock.setInterval(
    () => {
      const nowMs = clock.monotonicMs()
      for (const peer of peers) peer.sweep(nowMs)
    },
    SWEEP_MS,
    { background: true },
  )
  return {
    address: listener.address,
    get connectionCount() {
      return peers.size
    },
    async [Symbol.asyncDispose]() {
      sweeping.cancel()
      await listener[Symbol.asyncDispose]()
      for (const peer of peers) {
        peer.end()
        peer.destroy('the server closes')
      }
    },
  }
}

/** Says each unknown request code once: a client that repeats it must not fill the log. */
export function oncePerCode(logger: Logger): (code: number, address: string) => void {
  const said = new Set<number>()
  return (code, peer) => {
    if (said.has(code)) return
    said.add(code)
    logger.warn('request code not supported', { request: code, peer })
  }
}
