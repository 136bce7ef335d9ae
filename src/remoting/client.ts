import { type Logger, silentLogger } from '../base/log/index.ts'
import { type Network, parseAddress, tcpNetwork } from '../base/network/index.ts'
import { type Clock, systemClock } from '../base/time/index.ts'
import type { Answer } from './answer.ts'
import { DEFAULT_LIMITS, type RemotingLimits } from './config.ts'
import type { Api, RequestSide } from './define-api.ts'
import { remotingErrors } from './errors.ts'
import type { Fields, HeaderOf } from './fields.ts'
import { type InvokeOptions, Peer } from './peer.ts'
import type { RouteTable } from './routes.ts'
import { oncePerCode } from './server.ts'

/** What a client stands on; each defaults to the real thing, the logger to silence. */
export interface ClientOptions {
  /** What servers may ask this client; default nothing. */
  readonly routes?: RouteTable
  readonly limits?: Partial<RemotingLimits>
  /** Called when a connection was opened, before the first request on it. */
  readonly onConnect?: (peer: Peer) => void
  readonly network?: Network
  readonly clock?: Clock
  readonly logger?: Logger
}

/** How often late answers are looked for: a time-out is noticed at most this much too late. */
const SWEEP_MS = 100
const NO_ROUTES: RouteTable = new Map()

/** One connection per server address, opened on first use and again after a loss. Apache: `NettyRemotingClient`. */
export class RemotingClient implements AsyncDisposable {
  readonly #options: ClientOptions
  readonly #limits: RemotingLimits
  readonly #network: Network
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #peers = new Map<string, Peer>()
  readonly #opening = new Map<string, Promise<Peer>>()
  readonly #onUnknownCode: (code: number, address: string) => void
  readonly #sweeping: { cancel(): void }
  #closed = false

  constructor(options: ClientOptions = {}) {
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#network = options.network ?? tcpNetwork
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
    this.#onUnknownCode = oncePerCode(this.#logger)
    this.#sweeping = this.#clock.setInterval(() => this.#sweep(), SWEEP_MS, { background: true })
  }

  /**
   * Sends a request to `address` (`host:port`); resolves with the answer.
   * @throws RMQ_CONNECT_FAILED, RMQ_CONNECTION_LOST, RMQ_REQUEST_TIMEOUT, RMQ_REFUSED, RMQ_CLIENT_CLOSED
   */
  async invoke<Request extends Fields, Response extends Fields>(
    address: string,
    api: Api<Request, Response>,
    header: HeaderOf<Request>,
    options: InvokeOptions = {},
  ): Promise<Answer<HeaderOf<Response>>> {
    const peer = this.openPeer(address) ?? (await this.connect(address))
    return peer.invoke(api, header, options)
  }

  /**
   * Sends a request that nobody answers; resolves when it was handed to the connection.
   * @throws RMQ_CONNECT_FAILED, RMQ_CLIENT_CLOSED
   */
  async invokeOneway<Request extends Fields>(
    address: string,
    api: RequestSide<Request>,
    header: HeaderOf<Request>,
    options: InvokeOptions = {},
  ): Promise<void> {
    const peer = this.openPeer(address) ?? (await this.connect(address))
    peer.invokeOneway(api, header, options)
  }

  /** The open connection to `address`, if there is one; for hot paths. */
  openPeer(address: string): Peer | undefined {
    const peer = this.#peers.get(address)
    return peer === undefined || peer.closed ? undefined : peer
  }

  /**
   * The connection to `address`, opened when needed; callers at the same time share one attempt.
   * @throws RMQ_CONNECT_FAILED, RMQ_CLIENT_CLOSED
   */
  connect(address: string): Promise<Peer> {
    const open = this.openPeer(address)
    if (open !== undefined) return Promise.resolve(open)
    const opening = this.#opening.get(address) ?? this.#open(address).finally(() => this.#opening.delete(address))
    this.#opening.set(address, opening)
    return opening
  }

  /** Closes the connection to `address`, if any; requests under way fail. */
  disconnect(address: string, reason: string): void {
    this.#peers.get(address)?.destroy(reason)
  }

  /** Sends what is gathered and closes all connections; requests under way fail with `RMQ_CONNECTION_LOST`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#sweeping.cancel()
    for (const peer of this.#peers.values()) {
      peer.end()
      peer.destroy('this client closes')
    }
    await Promise.allSettled(this.#opening.values())
  }

  async #open(address: string): Promise<Peer> {
    const target = parseAddress(address)
    if (this.#closed || target === undefined) throw remotingErrors.RMQ_CLIENT_CLOSED({ address })
    const connection = await this.#network.connect(target, { timeoutMs: this.#limits.connectTimeoutMs })
    if (this.#closed) {
      connection.destroy()
      throw remotingErrors.RMQ_CLIENT_CLOSED({ address })
    }
    const peer = new Peer({
      connection,
      address,
      routes: this.#options.routes ?? NO_ROUTES,
      limits: this.#limits,
      clock: this.#clock,
      logger: this.#logger,
      onUnknownCode: this.#onUnknownCode,
    })
    this.#peers.set(address, peer)
    peer.onClose(() => {
      if (this.#peers.get(address) === peer) this.#peers.delete(address)
    })
    this.#options.onConnect?.(peer)
    return peer
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const peer of this.#peers.values()) peer.sweep(nowMs)
  }
}
