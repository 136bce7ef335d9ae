import { withTimeout } from '../../base/async/index.ts'
import { crc32 } from '../../base/bytes/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Network } from '../../base/network/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { PERM } from '../../message/index.ts'
import {
  kvTableBody,
  type Peer,
  RegisterBroker,
  RemotingClient,
  type RequestOf,
  registerBrokerBody,
  UnregisterBroker,
} from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import type { BrokerIdentity } from '../identity.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { NameServer } from './name-server.ts'

/** Bounds of `registerNameServerPeriod`. Apache: `BrokerController.start`. */
const PERIOD_MS = { min: 10_000, max: 60_000 } as const
/** How long a name server may take to answer. Apache: `registerBrokerTimeoutMills`. */
const REGISTER_TIMEOUT_MS = 24_000
const UNREGISTER_TIMEOUT_MS = 3000
/** How long the broker's start waits for its first registration; it goes on in the background. */
const FIRST_REGISTRATION_MS = 3000

/** What registering stands on. */
export interface RegistrationPorts {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
}

/** Settings of the broker that matter here; the permission may change while it runs. */
type RegistrationSettings = Pick<BrokerConfig, 'brokerPermission' | 'registerNameServerPeriod'>

type BrokerHeader = Pick<RequestOf<typeof RegisterBroker>, 'brokerName' | 'brokerAddr' | 'clusterName' | 'brokerId'>

/**
 * Keeps this broker and its topics known at all name servers: at start, periodically, after every change of a topic,
 * and soon after a connection was lost, since a name server drops a broker with its connection. Apache:
 * `BrokerOuterAPI.registerBrokerAll`, `BrokerController.registerBrokerAll` (5.3.3).
 */
export class Registration implements AsyncDisposable {
  readonly #client: RemotingClient
  readonly #servers: readonly NameServer[]
  readonly #identity: BrokerIdentity
  readonly #settings: RegistrationSettings
  readonly #topics: TopicTable
  readonly #clock: Clock
  readonly #ticking: { cancel(): void }
  #body: { readonly bytes: Buffer; readonly crc: number; readonly of: unknown } | undefined

  constructor(
    addresses: readonly string[],
    identity: BrokerIdentity,
    topics: TopicTable,
    settings: RegistrationSettings,
    ports: RegistrationPorts,
  ) {
    const { network, clock, logger } = ports
    this.#identity = identity
    this.#topics = topics
    this.#settings = settings
    this.#clock = clock
    this.#client = new RemotingClient({ network, clock, logger, onConnect: (peer) => this.#watch(peer) })
    this.#servers = addresses.map((address) => new NameServer(address, () => this.#register(address), clock, logger))
    const periodMs = Math.min(Math.max(settings.registerNameServerPeriod, PERIOD_MS.min), PERIOD_MS.max)
    this.#ticking = clock.setInterval(() => this.registerSoon(), periodMs, { background: true })
    topics.onChange(() => this.registerSoon())
  }

  /** Registers for the first time; resolves when every name server answered or failed, at the latest after 3 s. */
  async registerFirst(): Promise<void> {
    const all = Promise.all(this.#servers.map((server) => server.register())).then(() => undefined)
    await withTimeout(this.#clock, all, FIRST_REGISTRATION_MS, () => undefined)
  }

  /** Registers at every name server; nobody waits for it. */
  registerSoon(): void {
    for (const server of this.#servers) void server.register()
  }

  /** Unregisters at every name server that can be reached, and closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ticking.cancel()
    await Promise.all(this.#servers.map((server) => server.close(() => this.#unregister(server.address))))
    await this.#client[Symbol.asyncDispose]()
  }

  async #register(address: string): Promise<void> {
    const { bytes, crc } = this.#currentBody()
    const header = {
      ...this.#header(),
      haServerAddr: this.#identity.haAddress,
      compressed: false,
      bodyCrc32: crc,
      enableActingMaster: false,
    }
    const answer = await this.#client.invoke(address, RegisterBroker, header, {
      body: bytes,
      timeoutMs: REGISTER_TIMEOUT_MS,
    })
    if (answer.body.length > 0) this.#topics.setOrdered(new Set(Object.keys(kvTableBody.decode(answer.body).table)))
  }

  async #unregister(address: string): Promise<void> {
    // A name server that lost the connection has forgotten this broker already.
    if (this.#client.openPeer(address) === undefined) return
    await this.#client.invoke(address, UnregisterBroker, this.#header(), { timeoutMs: UNREGISTER_TIMEOUT_MS })
  }

  #header(): BrokerHeader {
    const { name, address, cluster, id } = this.#identity
    return { brokerName: name, brokerAddr: address, clusterName: cluster, brokerId: id }
  }

  /** The same bytes for all name servers until a topic changes. A broker that is not open closes its topics, too. */
  #currentBody(): { readonly bytes: Buffer; readonly crc: number } {
    if (this.#body?.of === this.#topics.version) return this.#body
    const { dataVersion, topicConfigTable } = this.#topics.snapshot()
    const permission = this.#settings.brokerPermission
    const isOpen = (permission & PERM.readWrite) === PERM.readWrite
    const closed = (): typeof topicConfigTable =>
      Object.fromEntries(
        Object.entries(topicConfigTable).map(([name, config]) => [name, { ...config, perm: config.perm & permission }]),
      )
    const bytes = registerBrokerBody.encode({
      topicConfigSerializeWrapper: { dataVersion, topicConfigTable: isOpen ? topicConfigTable : closed() },
      filterServerList: [],
    })
    this.#body = { bytes, crc: crc32(bytes), of: dataVersion }
    return this.#body
  }

  #watch(peer: Peer): void {
    peer.onClose(() => this.#servers.find((server) => server.address === peer.address)?.connectionLost())
  }
}
