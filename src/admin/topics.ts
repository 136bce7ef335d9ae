import { codeOf } from '../base/errors/index.ts'
import {
  DeleteKvConfig,
  DeleteTopicInBroker,
  DeleteTopicInNamesrv,
  GetAllTopics,
  GetGroupsOfTopic,
  GetKvConfig,
  GetRoute,
  GetSystemTopicsOfNamesrv,
  GetTopicStats,
  GetTopicsByCluster,
  groupListBody,
  PutKvConfig,
  type RouteData,
  routeBody,
  type TopicConfig,
  type TopicStats,
  topicListBody,
  topicStatsBody,
  UpdateTopic,
} from '../remoting/index.ts'
import type { AdminConnection } from './admin-connection.ts'
import { masterOrSlave } from './broker-choice.ts'
import type { ClusterOperations } from './cluster.ts'
import type { AdminTarget } from './config.ts'

const ORDER_NAMESPACE = 'ORDER_TOPIC_CONFIG'
const AUTO_CREATE_TOPIC = 'TBW102'

/** A topic as it is to be; what is left out is 8 queues to read and to write, permission 6, not ordered. */
export interface TopicSettings extends Partial<Omit<TopicConfig, 'topicName' | 'attributes'>> {
  readonly topicName: string
  /** `+key=value` to add or change, `-key` to remove, separated by commas. */
  readonly attributes?: string | undefined
}

/** What {@link TopicOperations.update} did. */
export interface UpdatedTopic {
  readonly addresses: readonly string[]
  readonly topic: TopicConfig
  /** For an ordered topic: its order configuration at the name servers, `broker:queues` divided by `;`. */
  readonly orderConfiguration: string | undefined
}

/** Topics: create, change, remove, look at. */
export interface TopicOperations {
  /** Names of all topics, or those of one cluster. Apache: `MQAdminExt.fetchAllTopicList`, `fetchTopicsByCLuster`. */
  list(cluster?: string): Promise<readonly string[]>
  /** Names of topics that are clusters or brokers. */
  system(): Promise<readonly string[]>
  /**
   * Where a topic lives.
   * @throws RMQ_REFUSED  `details.responseCode` 17: nobody has it
   */
  route(topic: string): Promise<RouteData>
  /**
   * Bounds of all its queues. `routeTopic`: the topic whose brokers are asked, when the topic itself has no route.
   * @throws RMQ_REFUSED  `details.responseCode` 17: nobody has it
   */
  status(topic: string, routeTopic?: string): Promise<TopicStats>
  /**
   * Creates a topic or changes its settings. An ordered topic gets its order configuration at the name servers, too.
   * @throws RMQ_ADMIN_CLUSTER, RMQ_REFUSED
   */
  update(target: AdminTarget, settings: TopicSettings): Promise<UpdatedTopic>
  /**
   * Removes a topic from the masters of a cluster and from the name servers; its messages can no longer be read.
   * @throws RMQ_ADMIN_CLUSTER, RMQ_REFUSED
   */
  delete(topic: string, cluster: string): Promise<void>
  /** Groups that read it, or have read it. Apache: `MQAdminExt.queryTopicConsumeByWho`. */
  groups(topic: string): Promise<readonly string[]>
}

/** @see TopicOperations */
export function topicOperations(connection: AdminConnection, cluster: ClusterOperations): TopicOperations {
  const route = async (topic: string): Promise<RouteData> => {
    const header = { topic, acceptStandardJsonOnly: true }
    return routeBody.decode((await connection.askNameServer(GetRoute, header)).body)
  }
  return {
    async list(name) {
      const answer =
        name === undefined
          ? await connection.askNameServer(GetAllTopics, {})
          : await connection.askNameServer(GetTopicsByCluster, { cluster: name })
      return topicListBody.decode(answer.body).topicList
    },
    async system() {
      return topicListBody.decode((await connection.askNameServer(GetSystemTopicsOfNamesrv, {})).body).topicList
    },
    route,
    async status(topic, routeTopic = topic) {
      const addresses = (await route(routeTopic)).brokerDatas.flatMap((broker) => masterOrSlave(broker) ?? [])
      const all = await Promise.all(
        addresses.map(async (address) =>
          topicStatsBody.decode((await connection.ask(address, GetTopicStats, { topic })).body),
        ),
      )
      return {
        queues: all.flatMap(({ queues }) => queues).sort(byQueue),
        topicPutTps: all.reduce((sum, { topicPutTps }) => sum + topicPutTps, 0),
      }
    },
    update: (target, settings) => updateTopic(connection, cluster, target, settings),
    async delete(topic, name) {
      const addresses = await cluster.addresses({ cluster: name })
      for (const address of addresses) await connection.ask(address, DeleteTopicInBroker, { topic })
      await connection.askNameServers(DeleteTopicInNamesrv, { topic, clusterName: name })
      await connection.askNameServers(DeleteKvConfig, { namespace: ORDER_NAMESPACE, key: topic })
    },
    async groups(topic) {
      const { brokerDatas } = await route(topic)
      const addresses = brokerDatas.flatMap((broker) => masterOrSlave(broker) ?? [])
      const lists = await Promise.all(
        addresses.map(async (address) =>
          groupListBody.decode((await connection.ask(address, GetGroupsOfTopic, { topic })).body),
        ),
      )
      return [...new Set(lists.flatMap(({ groupList }) => groupList))].sort()
    },
  }
}

async function updateTopic(
  connection: AdminConnection,
  cluster: ClusterOperations,
  target: AdminTarget,
  { attributes = '', ...settings }: TopicSettings,
): Promise<UpdatedTopic> {
  const topic: TopicConfig = {
    readQueueNums: 8,
    writeQueueNums: 8,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
    ...settings,
  }
  const { topicName, attributes: _none, ...header } = topic
  const addresses = await cluster.addresses(target)
  for (const address of addresses) {
    await connection.ask(address, UpdateTopic, {
      ...header,
      topic: topicName,
      defaultTopic: AUTO_CREATE_TOPIC,
      ...(attributes === '' ? {} : { attributes }),
    })
  }
  const orderConfiguration = topic.order ? await setOrder(connection, cluster, target, topic) : undefined
  return { addresses, topic: { ...topic, attributes: attributesOf(attributes) }, orderConfiguration }
}

/**
 * Tells the name servers which queues of an ordered topic producers use. Apache: `MQAdminExt.createOrUpdateOrderConf`.
 */
async function setOrder(
  connection: AdminConnection,
  cluster: ClusterOperations,
  target: AdminTarget,
  { topicName, writeQueueNums }: TopicConfig,
): Promise<string> {
  const isWhole = 'cluster' in target
  const names = isWhole
    ? (await cluster.brokers(target.cluster)).map(({ name }) => name)
    : [await cluster.nameOf(target.broker)]
  const parts = new Map(isWhole ? [] : (await orderOf(connection, topicName)).map(([name, part]) => [name, part]))
  for (const name of names) parts.set(name, `${name}:${writeQueueNums}`)
  const value = [...parts.values()].join(';')
  await connection.askNameServers(PutKvConfig, { namespace: ORDER_NAMESPACE, key: topicName, value })
  return names.map((name) => `${name}:${writeQueueNums}`).join(';')
}

/** Broker name → its part of the order configuration there is. */
async function orderOf(connection: AdminConnection, key: string): Promise<readonly [string, string][]> {
  try {
    const { header } = await connection.askNameServer(GetKvConfig, { namespace: ORDER_NAMESPACE, key })
    const parts = (header.value ?? '').split(';').filter((part) => part !== '')
    return parts.map((part) => [part.slice(0, part.lastIndexOf(':')), part])
  } catch (failure) {
    // Not found: this broker is the first one.
    if (codeOf(failure) === 'RMQ_REFUSED') return []
    throw failure
  }
}

function attributesOf(changes: string): Record<string, string> {
  const added = changes.split(',').filter((change) => change.startsWith('+'))
  return Object.fromEntries(added.map((change) => change.slice(1).split('=')))
}

function byQueue(
  left: { readonly brokerName: string; readonly queueId: number },
  right: { readonly brokerName: string; readonly queueId: number },
): number {
  if (left.brokerName !== right.brokerName) return left.brokerName < right.brokerName ? -1 : 1
  return left.queueId - right.queueId
}
