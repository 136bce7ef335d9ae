import { codeOf } from '../base/errors/index.ts'
import { deadLetterTopicOf, groupOfRetryTopic, isRetryTopic, retryTopicOf } from '../message/index.ts'
import {
  type ClientConnection,
  type ConsumerConnections,
  type ConsumeStats,
  consumerConnectionsBody,
  consumeStatsBody,
  DeleteGroup,
  GetAllGroups,
  GetConsumerConnections,
  GetConsumerRunningInfo,
  GetConsumeStats,
  GetProducerConnections,
  type GroupConfig,
  type GroupTable,
  groupConfigBody,
  groupTableBody,
  parseJson,
  producerConnectionsBody,
  type QueueProgress,
  type RouteData,
  UpdateGroup,
  type WireQueue,
} from '../remoting/index.ts'
import type { AdminConnection } from './admin-connection.ts'
import { masterOrSlave } from './broker-choice.ts'
import type { ClusterOperations } from './cluster.ts'
import { type AdminTarget, RELAY_TIMEOUT_MS } from './config.ts'
import { adminErrors } from './errors.ts'
import type { TopicOperations } from './topics.ts'

/** A group as it is to be. What is left out is as in Apache's `SubscriptionGroupConfig`, 16 retries for example. */
export type GroupSettings = Partial<GroupConfig> & Pick<GroupConfig, 'groupName'>

/** Consumer and producer groups: create, change, remove, look at. */
export interface GroupOperations {
  /**
   * Creates a consumer group or replaces its settings; resolves to the addresses and to what was set.
   * @throws RMQ_ADMIN_CLUSTER, RMQ_REFUSED
   */
  update(
    target: AdminTarget,
    settings: GroupSettings,
  ): Promise<{ readonly addresses: readonly string[]; readonly group: GroupConfig }>
  /**
   * Removes a consumer group's settings, with `cleanOffset` its progress too; of a cluster also its retry and
   * dead-letter topics. Resolves to the addresses.
   * @throws RMQ_ADMIN_CLUSTER, RMQ_REFUSED
   */
  delete(target: AdminTarget, group: string, cleanOffset?: boolean): Promise<readonly string[]>
  /** All consumer groups of a broker with their settings. */
  settings(broker: string): Promise<GroupTable>
  /** Names of all consumer groups that have a retry topic, which is all that ever were online. */
  list(): Promise<readonly string[]>
  /**
   * Where a consumer group stands in each queue, of one topic or of all it reads. Apache:
   * `MQAdminExt.examineConsumeStats`.
   * @throws RMQ_REFUSED  `details.responseCode` 17: neither its retry topic nor the topic has a route
   * @throws RMQ_ADMIN_NO_PROGRESS  it never consumed and is not online, or it is broadcasting
   */
  progress(group: string, topic?: string): Promise<ConsumeStats>
  /**
   * Who consumes in a group; asked at one broker, or at one that has the group's retry topic.
   * @throws RMQ_REFUSED  `details.responseCode` 206: nobody, 17: the group is not known
   */
  connections(group: string, broker?: string): Promise<ConsumerConnections>
  /**
   * Who produces in a group to a topic.
   * @throws RMQ_REFUSED  `details.responseCode` 1: nobody, 17: the topic is not known
   */
  producers(group: string, topic: string): Promise<readonly ClientConnection[]>
  /**
   * Which member of a group has which queue: `topic brokerName queueId` → client id. Members that do not answer are
   * left out.
   * @throws RMQ_REFUSED  `details.responseCode` 206: nobody is online
   */
  assignments(group: string): Promise<ReadonlyMap<string, string>>
  /**
   * A consumer's picture of itself, as Apache's `ConsumerRunningInfo`.
   * @throws RMQ_REFUSED  `details.responseCode` 1: it is not online, 207: it did not answer in 10 s
   */
  runningInfo(group: string, clientId: string): Promise<Readonly<Record<string, unknown>>>
}

/** Consumer statistics may take this many times as long as other answers. Apache: `examineConsumeStats`. */
const PROGRESS_TIMEOUT_MS = 15_000

/** @see GroupOperations */
export function groupOperations(
  connection: AdminConnection,
  cluster: ClusterOperations,
  topics: TopicOperations,
): GroupOperations {
  const anyBroker = async (topic: string): Promise<string> => addressesOf(await topics.route(topic))[0] ?? ''
  const connections = async (group: string, broker?: string): Promise<ConsumerConnections> => {
    const address = broker ?? (await anyBroker(retryTopicOf(group)))
    const { body } = await connection.ask(address, GetConsumerConnections, { consumerGroup: group })
    return consumerConnectionsBody.decode(body)
  }
  const runningInfo = async (group: string, clientId: string): Promise<Readonly<Record<string, unknown>>> => {
    const header = { consumerGroup: group, clientId, jstackEnable: false }
    const options = { timeoutMs: RELAY_TIMEOUT_MS }
    const { body } = await connection.ask(await anyBroker(retryTopicOf(group)), GetConsumerRunningInfo, header, options)
    return parseJson(body, 'a running info') as Readonly<Record<string, unknown>>
  }
  return {
    connections,
    async update(target, settings) {
      const group = groupConfigBody.decode(Buffer.from(JSON.stringify(settings)))
      const addresses = await cluster.addresses(target)
      for (const address of addresses) {
        await connection.ask(address, UpdateGroup, {}, { body: groupConfigBody.encode(group) })
      }
      return { addresses, group }
    },
    async delete(target, groupName, cleanOffset = false) {
      const addresses = await cluster.addresses(target)
      for (const address of addresses) await connection.ask(address, DeleteGroup, { groupName, cleanOffset })
      if ('cluster' in target) {
        await topics.delete(retryTopicOf(groupName), target.cluster)
        await topics.delete(deadLetterTopicOf(groupName), target.cluster)
      }
      return addresses
    },
    async settings(broker) {
      return groupTableBody.decode((await connection.ask(broker, GetAllGroups, {})).body)
    },
    async list() {
      return (await topics.list()).filter(isRetryTopic).map(groupOfRetryTopic).sort()
    },
    async progress(group, topic) {
      const stats = await progressOf(connection, topics, group, topic)
      if (stats.queues.length > 0) return stats
      const online = await connections(group).catch(() => undefined)
      if (online === undefined) {
        throw adminErrors.RMQ_ADMIN_NO_PROGRESS({ group, reason: 'it has consumed nothing and is not online' })
      }
      if (online.messageModel === 'BROADCASTING') {
        throw adminErrors.RMQ_ADMIN_NO_PROGRESS({
          group,
          reason: 'it is broadcasting, so its members keep it themselves',
        })
      }
      return stats
    },
    async producers(group, topic) {
      const { body } = await connection.ask(await anyBroker(topic), GetProducerConnections, { producerGroup: group })
      return producerConnectionsBody.decode(body).connectionSet
    },
    runningInfo,
    async assignments(group) {
      const members = (await connections(group)).connectionSet
      const infos = await Promise.all(
        members.map(async ({ clientId }) => ({
          clientId,
          info: await runningInfo(group, clientId).catch(() => undefined),
        })),
      )
      return new Map(infos.flatMap(({ clientId, info }) => queuesOf(info).map((queue) => [queue, clientId])))
    },
  }
}

/** The queues of a running info, whose keys are queues as JSON. */
function queuesOf(info: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return Object.keys((info?.['mqTable'] ?? {}) as object).map((key) => {
    const { topic, brokerName, queueId } = parseJson(Buffer.from(key), 'a queue') as WireQueue
    return `${topic} ${brokerName} ${queueId}`
  })
}

async function progressOf(
  connection: AdminConnection,
  topics: TopicOperations,
  group: string,
  topic: string | undefined,
): Promise<ConsumeStats> {
  const route = await firstRoute(topics, [retryTopicOf(group), ...(topic === undefined ? [] : [topic])])
  const all = await Promise.all(
    addressesOf(route).map(async (address) => {
      const header = { consumerGroup: group, ...(topic === undefined ? {} : { topic }) }
      const answer = await connection.ask(address, GetConsumeStats, header, { timeoutMs: PROGRESS_TIMEOUT_MS })
      return consumeStatsBody.decode(answer.body)
    }),
  )
  return {
    queues: all.flatMap(({ queues }) => queues).sort(byTopicAndQueue),
    consumeTps: all.reduce((sum, { consumeTps }) => sum + consumeTps, 0),
  }
}

/** The route of the first topic that has one; the failure of the last one. */
async function firstRoute(topics: TopicOperations, names: readonly string[]): Promise<RouteData> {
  let failure: unknown
  for (const name of names) {
    try {
      return await topics.route(name)
    } catch (cause) {
      if (codeOf(cause) !== 'RMQ_REFUSED') throw cause
      failure = cause
    }
  }
  throw failure
}

function addressesOf({ brokerDatas }: RouteData): readonly string[] {
  return brokerDatas.flatMap((broker) => masterOrSlave(broker) ?? [])
}

function byTopicAndQueue(left: QueueProgress, right: QueueProgress): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1
  if (left.brokerName !== right.brokerName) return left.brokerName < right.brokerName ? -1 : 1
  return left.queueId - right.queueId
}
