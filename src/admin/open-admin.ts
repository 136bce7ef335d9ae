import { Scope } from '../base/lifecycle/index.ts'
import { type Client, openClient } from '../client/index.ts'
import { AdminConnection } from './admin-connection.ts'
import { type BrokerOperations, brokerOperations } from './brokers.ts'
import { type ClusterOperations, clusterOperations } from './cluster.ts'
import type { AdminOptions } from './config.ts'
import { type GroupOperations, groupOperations } from './groups.ts'
import { messageTracks } from './message-tracks.ts'
import { type MessageOperations, messageOperations } from './messages.ts'
import { type NameServerOperations, nameServerOperations } from './name-servers.ts'
import { type OffsetOperations, offsetOperations } from './offsets.ts'
import { type TopicOperations, topicOperations } from './topics.ts'

/** What an operator does with a cluster, Apache's or ours. Apache: `MQAdminExt` (5.3.3). */
export interface Admin extends AsyncDisposable {
  readonly cluster: ClusterOperations
  readonly brokers: BrokerOperations
  readonly topics: TopicOperations
  readonly groups: GroupOperations
  readonly offsets: OffsetOperations
  readonly messages: MessageOperations
  readonly nameServers: NameServerOperations
  /** A client of the same name servers, opened on first use and closed with this: for sending and finding messages. */
  client(): Promise<Client>
  /** Closes all connections. The second call gives the same promise. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Opens the operator's view of a cluster. Nothing is connected before the first operation.
 * @throws RMQ_ADMIN_ADDRESS  `nameServer` has no address, or something that is none
 */
export function openAdmin(options: AdminOptions): Admin {
  const connection = new AdminConnection(options)
  const scope = new Scope()
  scope.own(connection)
  const cluster = clusterOperations(connection)
  const topics = topicOperations(connection, cluster)
  const groups = groupOperations(connection, cluster, topics)
  let client: Promise<Client> | undefined
  const opened = async (): Promise<Client> => {
    const { network, clock, logger } = options
    return scope.own(
      await openClient({
        nameServer: options.nameServer,
        ...(network === undefined ? {} : { network }),
        ...(clock === undefined ? {} : { clock }),
        ...(logger === undefined ? {} : { logger }),
      }),
    )
  }
  const sharedClient = (): Promise<Client> => {
    client ??= opened()
    return client
  }
  return {
    cluster,
    brokers: brokerOperations(connection),
    topics,
    groups,
    offsets: offsetOperations(connection, topics, groups),
    messages: messageOperations(connection, sharedClient, messageTracks(cluster, topics, groups)),
    nameServers: nameServerOperations(connection),
    client: sharedClient,
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  }
}
