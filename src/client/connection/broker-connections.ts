import { codeOf, textOf } from '../../base/errors/index.ts'
import { Heartbeat, heartbeatBody, type Peer, type RemotingClient, UnregisterClient } from '../../remoting/index.ts'
import type { ClientSettings } from '../config.ts'
import type { Brokers } from './brokers.ts'
import type { Members } from './members.ts'

/**
 * Connections to brokers. A broker is told who lives in this client before anything else is asked of it, at every
 * change, and from time to time. Apache: `MQClientInstance.sendHeartbeatToAllBroker`,
 * `enableHeartbeatChannelEventListener`.
 */
export class BrokerConnections implements AsyncDisposable {
  readonly #remoting: RemotingClient
  readonly #brokers: Brokers
  readonly #members: Members
  readonly #settings: ClientSettings
  readonly #greeting = new Map<Peer, Promise<void>>()

  constructor(remoting: RemotingClient, brokers: Brokers, members: Members, settings: ClientSettings) {
    this.#remoting = remoting
    this.#brokers = brokers
    this.#members = members
    this.#settings = settings
  }

  /** The open connection to a broker that was greeted, if there is one; for hot paths. */
  open(address: string): Peer | undefined {
    const peer = this.#remoting.openPeer(address)
    return peer === undefined || this.#greeting.has(peer) ? undefined : peer
  }

  /**
   * The connection to a broker, opened and greeted when needed.
   * @throws RMQ_CONNECT_FAILED, RMQ_CLIENT_CLOSED
   */
  async connect(address: string): Promise<Peer> {
    const peer = await this.#remoting.connect(address)
    await this.#greeting.get(peer)
    return peer
  }

  /** To be called when a connection was opened: greets the broker, and has consumers look at their queues again. */
  opened(peer: Peer): void {
    if (!this.#brokers.has(peer.address) || this.#members.isEmpty) return
    const greeting = this.#beat(peer).then(() => {
      this.#greeting.delete(peer)
      for (const consumer of this.#members.consumers()) consumer.rebalance()
    })
    this.#greeting.set(peer, greeting)
  }

  /** Tells every broker who lives here; resolves when all have answered or failed, which is only logged. */
  async beatAll(): Promise<void> {
    if (this.#members.isEmpty) return
    const addresses = this.#brokers.addresses(this.#members.hasConsumers)
    await Promise.all(addresses.map((address) => this.beat(address)))
  }

  /** Tells one broker; never rejects. */
  async beat(address: string): Promise<void> {
    const peer = this.#remoting.openPeer(address)
    if (peer !== undefined) return this.#beat(peer)
    try {
      // Opening the connection greets the broker.
      await this.connect(address)
    } catch (failure) {
      this.#failed(address, failure)
    }
  }

  /** Tells every broker that a group is left; resolves when all have answered or failed, which is only logged. */
  async leave(group: { readonly producerGroup: string } | { readonly consumerGroup: string }): Promise<void> {
    const { clientId, requestTimeoutMs } = this.#settings
    const peers = this.#brokers.addresses(true).map((address) => this.#remoting.openPeer(address))
    const left = peers.map((peer) =>
      peer?.invoke(UnregisterClient, { clientID: clientId, ...group }, { timeoutMs: requestTimeoutMs }),
    )
    for (const one of await Promise.allSettled(left)) {
      if (one.status === 'rejected')
        this.#settings.logger.warn('broker not told of leaving', { ...group, reason: textOf(one.reason) })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#greeting.values())
  }

  async #beat(peer: Peer): Promise<void> {
    const body = heartbeatBody.encode(this.#members.heartbeat())
    try {
      await peer.invoke(Heartbeat, {}, { body, timeoutMs: this.#settings.requestTimeoutMs })
    } catch (failure) {
      this.#failed(peer.address, failure)
    }
  }

  #failed(address: string, failure: unknown): void {
    if (codeOf(failure) === 'RMQ_CLIENT_CLOSED') return
    this.#settings.logger.warn('heartbeat failed', { broker: address, reason: textOf(failure) })
  }
}
