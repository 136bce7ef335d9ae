import { type ClusterData, clusterBody, GetClusterInfo } from '../remoting/index.ts'
import type { AdminConnection } from './admin-connection.ts'
import type { AdminTarget } from './config.ts'
import { adminErrors } from './errors.ts'

/** Id of the master among the brokers of a name. */
const MASTER_ID = '0'

/** A master and its slaves. */
export interface BrokerAddresses {
  readonly name: string
  /** `undefined`: only slaves are left. */
  readonly master: string | undefined
  readonly slaves: readonly string[]
}

/** Which brokers there are. */
export interface ClusterOperations {
  /** Clusters, broker names and addresses. Apache: `MQAdminExt.examineBrokerClusterInfo`. */
  info(): Promise<ClusterData>
  /**
   * The brokers of a cluster by name.
   * @throws RMQ_ADMIN_CLUSTER
   */
  brokers(cluster: string): Promise<readonly BrokerAddresses[]>
  /**
   * The addresses that something is to be done at: the broker's, or those of all masters of the cluster.
   * @throws RMQ_ADMIN_CLUSTER
   */
  addresses(target: AdminTarget): Promise<readonly string[]>
  /**
   * The name of the broker at an address.
   * @throws RMQ_ADMIN_BROKER
   */
  nameOf(address: string): Promise<string>
}

/** @see ClusterOperations */
export function clusterOperations(connection: AdminConnection): ClusterOperations {
  const info = async (): Promise<ClusterData> =>
    clusterBody.decode((await connection.askNameServer(GetClusterInfo, {})).body)
  const brokers = async (cluster: string): Promise<readonly BrokerAddresses[]> => {
    const { clusterAddrTable, brokerAddrTable } = await info()
    const names = clusterAddrTable[cluster]
    if (names === undefined) throw adminErrors.RMQ_ADMIN_CLUSTER({ cluster, known: Object.keys(clusterAddrTable) })
    return [...names].sort().map((name) => {
      const addresses = Object.entries(brokerAddrTable[name]?.brokerAddrs ?? {})
      const slaves = addresses.filter(([id]) => id !== MASTER_ID).map(([, address]) => address)
      return { name, master: brokerAddrTable[name]?.brokerAddrs[MASTER_ID], slaves }
    })
  }
  return {
    info,
    brokers,
    async addresses(target) {
      if ('broker' in target) return [target.broker]
      return (await brokers(target.cluster)).flatMap(({ master }) => master ?? [])
    },
    async nameOf(address) {
      const { brokerAddrTable } = await info()
      const found = Object.values(brokerAddrTable).find(({ brokerAddrs }) =>
        Object.values(brokerAddrs).includes(address),
      )
      if (found !== undefined) return found.brokerName
      const known = Object.values(brokerAddrTable).flatMap(({ brokerAddrs }) => Object.values(brokerAddrs))
      throw adminErrors.RMQ_ADMIN_BROKER({ broker: address, known })
    },
  }
}
