import type { BrokerData } from '../../remoting/index.ts'
import type { TopicRoute } from '../route/topic-route.ts'

/** Id of a master; all others are replicas. */
export const MASTER_ID = 0

/** An address of a broker and the id it stands for. */
export interface BrokerAddress {
  readonly address: string
  readonly id: number
}

interface Broker {
  readonly master: string | undefined
  readonly byId: ReadonlyMap<number, string>
  /** The data it was read from, to see at a glance that nothing changed. */
  readonly data: BrokerData
}

/** The addresses of all brokers that the routes name. Apache: `MQClientInstance.brokerAddrTable`. */
export class Brokers {
  #byName = new Map<string, Broker>()
  #addresses = new Set<string>()

  /** Takes over the addresses of a new route. */
  update(route: TopicRoute): void {
    for (const data of route.data.brokerDatas) {
      if (this.#byName.get(data.brokerName)?.data === data) continue
      const byId = new Map(Object.entries(data.brokerAddrs).map(([id, address]) => [Number(id), address]))
      this.#byName.set(data.brokerName, { master: byId.get(MASTER_ID), byId, data })
    }
    this.#index()
  }

  /** Forgets brokers and addresses that no route names any more. */
  retain(routes: Iterable<TopicRoute>): void {
    const named = new Set<string>()
    for (const route of routes) for (const data of route.data.brokerDatas) named.add(data.brokerName)
    for (const name of this.#byName.keys()) if (!named.has(name)) this.#byName.delete(name)
    this.#index()
  }

  /** Where to write. */
  master(brokerName: string): string | undefined {
    return this.#byName.get(brokerName)?.master
  }

  /** Where to write; without a master, any address. */
  masterOrAny(brokerName: string): string | undefined {
    const broker = this.#byName.get(brokerName)
    return broker?.master ?? broker?.byId.values().next().value
  }

  /** Where to read: the wanted id, else the next one, else any. Apache: `findBrokerAddressInSubscribe`. */
  toRead(brokerName: string, id: number): BrokerAddress | undefined {
    const byId = this.#byName.get(brokerName)?.byId
    if (byId === undefined) return undefined
    const wanted = byId.get(id)
    if (wanted !== undefined) return { address: wanted, id }
    const next = id === MASTER_ID ? undefined : byId.get(id + 1)
    if (next !== undefined) return { address: next, id: id + 1 }
    for (const [anyId, address] of byId) return { address, id: anyId }
    return undefined
  }

  /** The broker with this address, if one is known. */
  nameOf(address: string): string | undefined {
    for (const [name, { byId }] of this.#byName) for (const one of byId.values()) if (one === address) return name
    return undefined
  }

  /** Whether a broker, not a name server, has this address. */
  has(address: string): boolean {
    return this.#addresses.has(address)
  }

  /** Every address. */
  addresses(withReplicas: boolean): readonly string[] {
    if (withReplicas) return [...this.#addresses]
    return [...this.#byName.values()].flatMap(({ master }) => (master === undefined ? [] : [master]))
  }

  #index(): void {
    this.#addresses = new Set([...this.#byName.values()].flatMap(({ byId }) => [...byId.values()]))
  }
}
