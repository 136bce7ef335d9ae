/**
 * What the name server knows: which brokers live, and which queues of which topics they hold.
 * Apache: `RouteInfoManager` (5.3.3).
 * Invariant: every broker name with queues of a topic has at least one live address; the last address takes them along.
 */
import type { BrokerData, ClusterData, DataVersion, QueueData, RouteData, TopicConfig } from '../../remoting/index.ts'
import { sameVersion } from './data-version.ts'

/** A broker that registers. */
export interface Registration {
  readonly cluster: string
  readonly brokerName: string
  readonly brokerId: number
  readonly address: string
  readonly haAddress: string
  /** Undefined: no heartbeat time of its own. */
  readonly timeoutMs: number | undefined
  /** Undefined: a release that does not know it. */
  readonly enableActingMaster: boolean | undefined
  readonly dataVersion: DataVersion
  readonly topics: Readonly<Record<string, TopicConfig>>
}

/** What a slave learns when it registers. */
export interface MasterAddresses {
  readonly masterAddress: string
  readonly haAddress: string
}

/** Whether topics that a broker no longer registers leave its routes. */
export interface RouteTableOptions {
  readonly deleteTopicWithBrokerRegistration: boolean
}

interface LiveBroker {
  readonly cluster: string
  readonly brokerName: string
  readonly brokerId: number
  readonly haAddress: string
  readonly timeoutMs: number
  readonly dataVersion: DataVersion
  lastUpdateMs: number
}

interface KnownBroker {
  readonly cluster: string
  readonly brokerName: string
  readonly addresses: Map<number, string>
  enableActingMaster: boolean | undefined
}

const MASTER_ID = 0
/**
 * A broker not heard of for so long is gone, unless it named another time. Apache:
 * `DEFAULT_BROKER_CHANNEL_EXPIRED_TIME`.
 */
const DEFAULT_TIMEOUT_MS = 120_000
const WRITE = 2
const READ_WRITE = 6

export class RouteTable {
  readonly #topics = new Map<string, Map<string, QueueData>>()
  readonly #brokers = new Map<string, KnownBroker>()
  /** `cluster address` → what lives there. */
  readonly #live = new Map<string, LiveBroker>()
  readonly #options: RouteTableOptions

  /** The options may change at run time. */
  constructor(options: RouteTableOptions) {
    this.#options = options
  }

  /**
   * Takes a registration. `'failed'` means that a broker unknown so far sent just one topic, which is the form of a
   * later update; it has to register fully. A slave gets its master's addresses when there is one.
   */
  register(registration: Registration, nowMs: number): MasterAddresses | 'done' | 'failed' {
    const { cluster, brokerName, brokerId, address } = registration
    const known = this.#brokers.get(brokerName)
    const topicCount = Object.keys(registration.topics).length
    if (known !== undefined && this.#isOutdated(known, registration)) return 'done'
    if (known?.addresses.has(brokerId) !== true && topicCount === 1) return 'failed'

    const broker = known ?? { cluster, brokerName, addresses: new Map(), enableActingMaster: undefined }
    this.#brokers.set(brokerName, broker)
    broker.enableActingMaster = registration.enableActingMaster
    for (const [id, other] of broker.addresses) if (other === address && id !== brokerId) broker.addresses.delete(id)
    const first = !broker.addresses.has(brokerId)
    broker.addresses.set(brokerId, address)
    if (this.#setsTopics(broker, brokerId)) this.#applyTopics(registration, first)

    this.#live.set(liveKey(cluster, address), {
      cluster,
      brokerName,
      brokerId,
      haAddress: registration.haAddress,
      timeoutMs: registration.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      dataVersion: registration.dataVersion,
      lastUpdateMs: nowMs,
    })
    return brokerId === MASTER_ID ? 'done' : this.#masterOf(broker)
  }

  /** Notes that a broker lives. */
  heartbeat(cluster: string, address: string, nowMs: number): void {
    const live = this.#live.get(liveKey(cluster, address))
    if (live !== undefined) live.lastUpdateMs = nowMs
  }

  /** The version of a broker's topics, `undefined` when it is not registered. */
  dataVersion(cluster: string, address: string): DataVersion | undefined {
    return this.#live.get(liveKey(cluster, address))?.dataVersion
  }

  /** Removes a broker, and with the last address of its name that name's queues. */
  unregister(cluster: string, brokerName: string, brokerId: number, address: string): void {
    this.#live.delete(liveKey(cluster, address))
    const broker = this.#brokers.get(brokerName)
    if (broker?.addresses.get(brokerId) !== address) return
    broker.addresses.delete(brokerId)
    if (broker.addresses.size > 0) return
    this.#brokers.delete(brokerName)
    for (const [topic, queues] of this.#topics) {
      queues.delete(brokerName)
      if (queues.size === 0) this.#topics.delete(topic)
    }
  }

  /** Removes brokers whose time is over; gives their addresses. */
  removeExpired(nowMs: number): string[] {
    const expired = [...this.#live].filter(([, live]) => live.lastUpdateMs + live.timeoutMs < nowMs)
    return expired.map(([key, { cluster, brokerName, brokerId }]) => {
      const address = key.slice(cluster.length + 1)
      this.unregister(cluster, brokerName, brokerId, address)
      return address
    })
  }

  /** Where a topic lives, `undefined` when nobody has it. */
  route(topic: string): RouteData | undefined {
    const queues = this.#topics.get(topic)
    if (queues === undefined) return undefined
    const brokerDatas = [...queues.keys()].flatMap((name) => this.#brokerData(name) ?? [])
    if (brokerDatas.length === 0) return undefined
    return { brokerDatas, queueDatas: [...queues.values()], filterServerTable: {} }
  }

  /** All brokers. */
  cluster(): ClusterData {
    const brokerAddrTable: Record<string, BrokerData> = {}
    const clusterAddrTable: Record<string, string[]> = {}
    for (const [name, broker] of this.#brokers) {
      const data = this.#brokerData(name)
      if (data === undefined) continue
      brokerAddrTable[name] = data
      clusterAddrTable[broker.cluster] = [...(clusterAddrTable[broker.cluster] ?? []), name]
    }
    return { brokerAddrTable, clusterAddrTable }
  }

  /** The addresses of a broker name. */
  broker(brokerName: string): BrokerData | undefined {
    return this.#brokerData(brokerName)
  }

  /** All topics, or those of one cluster. */
  topics(cluster?: string): string[] {
    if (cluster === undefined) return [...this.#topics.keys()]
    const inCluster = (name: string): boolean => this.#brokers.get(name)?.cluster === cluster
    return [...this.#topics].filter(([, queues]) => [...queues.keys()].some(inCluster)).map(([topic]) => topic)
  }

  /** Topics whose system flag is as wanted; the flag is that of the first broker. */
  topicsByFlag(isWanted: (topicSysFlag: number) => boolean): string[] {
    const flagOf = (queues: ReadonlyMap<string, QueueData>): number => [...queues.values()][0]?.topicSysFlag ?? 0
    return [...this.#topics].filter(([, queues]) => isWanted(flagOf(queues))).map(([topic]) => topic)
  }

  /** Forgets a topic, everywhere or in one cluster, until a broker registers it again. */
  deleteTopic(topic: string, cluster?: string): void {
    const queues = this.#topics.get(topic)
    if (queues === undefined) return
    for (const name of queues.keys()) {
      if (cluster === undefined || this.#brokers.get(name)?.cluster === cluster) queues.delete(name)
    }
    if (queues.size === 0) this.#topics.delete(topic)
  }

  /** Takes or gives the write permission of all topics of a broker; gives how many it has. */
  setWritable(brokerName: string, writable: boolean): number {
    let count = 0
    for (const queues of this.#topics.values()) {
      const data = queues.get(brokerName)
      if (data === undefined) continue
      queues.set(brokerName, { ...data, perm: writable ? READ_WRITE : data.perm & ~WRITE })
      count++
    }
    return count
  }

  /** A different live address with the same id and a newer state wins over this registration. */
  #isOutdated(known: KnownBroker, registration: Registration): boolean {
    const holder = known.addresses.get(registration.brokerId)
    if (holder === undefined || holder === registration.address) return false
    const live = this.#live.get(liveKey(registration.cluster, holder))
    return live !== undefined && live.dataVersion.stateVersion > registration.dataVersion.stateVersion
  }

  /** The master decides about topics; without one the slave of lowest id does, if it says that it may act as master. */
  #setsTopics(broker: KnownBroker, brokerId: number): boolean {
    if (brokerId === MASTER_ID) return true
    const lowest = Math.min(...broker.addresses.keys())
    return broker.enableActingMaster !== undefined && brokerId === lowest
  }

  #applyTopics(registration: Registration, first: boolean): void {
    const { cluster, brokerName, brokerId, address, topics, dataVersion } = registration
    const before = this.#live.get(liveKey(cluster, address))?.dataVersion
    const changed = first || before === undefined || !sameVersion(before, dataVersion)
    // A slave that acts as master takes no messages.
    const mask = brokerId !== MASTER_ID && registration.enableActingMaster === true ? ~WRITE : -1
    for (const config of Object.values(topics)) {
      const queues = this.#topics.get(config.topicName) ?? new Map<string, QueueData>()
      if (!changed && queues.has(brokerName)) continue
      this.#topics.set(config.topicName, queues)
      queues.set(brokerName, {
        brokerName,
        readQueueNums: config.readQueueNums,
        writeQueueNums: config.writeQueueNums,
        perm: config.perm & mask,
        topicSysFlag: config.topicSysFlag,
      })
    }
    if (!this.#options.deleteTopicWithBrokerRegistration || !changed || Object.keys(topics).length <= 1) return
    for (const [topic, queues] of this.#topics) {
      if (topics[topic] === undefined && queues.delete(brokerName) && queues.size === 0) this.#topics.delete(topic)
    }
  }

  #masterOf(broker: KnownBroker): MasterAddresses | 'done' {
    const masterAddress = broker.addresses.get(MASTER_ID)
    const live = masterAddress === undefined ? undefined : this.#live.get(liveKey(broker.cluster, masterAddress))
    return masterAddress === undefined || live === undefined ? 'done' : { masterAddress, haAddress: live.haAddress }
  }

  #brokerData(brokerName: string): BrokerData | undefined {
    const broker = this.#brokers.get(brokerName)
    if (broker === undefined) return undefined
    return {
      cluster: broker.cluster,
      brokerName,
      brokerAddrs: Object.fromEntries(broker.addresses),
      enableActingMaster: broker.enableActingMaster ?? false,
    }
  }
}

function liveKey(cluster: string, address: string): string {
  return `${cluster} ${address}`
}
