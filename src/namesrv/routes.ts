import type { LiveConfig } from '../base/config/index.ts'
import type { Logger } from '../base/log/index.ts'
import type { Clock } from '../base/time/index.ts'
import {
  AddWritePermission,
  BrokerHeartbeat,
  clusterBody,
  DeleteKvConfig,
  DeleteTopicInNamesrv,
  dataVersionBody,
  GetAllTopics,
  GetBrokerMemberGroup,
  GetClusterInfo,
  GetKvConfig,
  GetKvList,
  GetRoute,
  GetSystemTopicsOfNamesrv,
  GetTopicsByCluster,
  GetUnitSubscribedPlainTopics,
  GetUnitSubscribedTopics,
  GetUnitTopics,
  kvTableBody,
  memberGroupBody,
  PutKvConfig,
  QueryDataVersion,
  RESPONSE_CODE,
  RegisterBroker,
  type Reply,
  type Route,
  type RouteTable as Routes,
  route,
  routeTable,
  topicListBody,
  UnregisterBroker,
  WipeWritePermission,
} from '../remoting/index.ts'
import type { NamesrvConfig } from './config.ts'
import { getRoute } from './handlers/get-route.ts'
import { settingsRoutes } from './handlers/name-server-settings.ts'
import { registerBroker } from './handlers/register-broker.ts'
import type { KvConfig } from './kv-config/kv-config.ts'
import { sameVersion } from './route-table/data-version.ts'
import type { RouteTable } from './route-table/route-table.ts'

/** What a name server answers. */
export function namesrvRoutes(
  table: RouteTable,
  kv: KvConfig,
  live: LiveConfig<NamesrvConfig>,
  clock: Clock,
  logger: Logger,
): Routes {
  const config = live.current
  return routeTable(
    route(RegisterBroker, registerBroker(table, kv, config, clock, logger)),
    route(GetRoute, getRoute(table, kv, config)),
    ...brokerRoutes(table, clock),
    ...topicRoutes(table, config),
    ...kvRoutes(kv),
    ...settingsRoutes(live, logger),
  )
}

function brokerRoutes(table: RouteTable, clock: Clock): Route[] {
  return [
    route(UnregisterBroker, ({ clusterName, brokerName, brokerId, brokerAddr }) => {
      table.unregister(clusterName, brokerName, brokerId, brokerAddr)
      return {}
    }),
    route(BrokerHeartbeat, ({ clusterName, brokerAddr }) => {
      table.heartbeat(clusterName, brokerAddr, clock.now())
      return {}
    }),
    route(QueryDataVersion, ({ clusterName, brokerAddr }, call) => {
      const asked = dataVersionBody.decode(call.body)
      const known = table.dataVersion(clusterName, brokerAddr)
      table.heartbeat(clusterName, brokerAddr, clock.now())
      const changed = known === undefined || !sameVersion(known, asked)
      return { header: { changed }, ...(known === undefined ? {} : { body: dataVersionBody.encode(known) }) }
    }),
    route(GetClusterInfo, () => ({ body: clusterBody.encode(table.cluster()) })),
    route(GetBrokerMemberGroup, ({ clusterName, brokerName }) => {
      const brokerAddrs = table.broker(brokerName)?.brokerAddrs ?? {}
      return { body: memberGroupBody.encode({ brokerMemberGroup: { cluster: clusterName, brokerName, brokerAddrs } }) }
    }),
    route(WipeWritePermission, ({ brokerName }) => ({
      header: { wipeTopicCount: table.setWritable(brokerName, false) },
    })),
    route(AddWritePermission, ({ brokerName }) => ({ header: { addTopicCount: table.setWritable(brokerName, true) } })),
  ]
}

/** Bits of a topic's system flag. Apache: `TopicSysFlag`. */
const UNIT = 1
const UNIT_SUBSCRIBED = 2

function topicRoutes(table: RouteTable, config: NamesrvConfig): Route[] {
  const names = (isOpen: boolean, find: () => TopicNames): Reply<Record<never, never>> =>
    isOpen ? { body: topicListBody.encode(find()) } : { code: RESPONSE_CODE.SYSTEM_ERROR, remark: 'disable' }
  const byFlag = (isWanted: (flag: number) => boolean) => () =>
    names(config.enableTopicList, () => ({ topicList: table.topicsByFlag(isWanted) }))
  return [
    route(GetAllTopics, () => names(config.enableAllTopicList, () => ({ topicList: table.topics() }))),
    route(GetTopicsByCluster, ({ cluster }) =>
      names(config.enableTopicList, () => ({ topicList: table.topics(cluster) })),
    ),
    route(GetSystemTopicsOfNamesrv, () => names(config.enableTopicList, () => systemTopics(table))),
    route(
      GetUnitTopics,
      byFlag((flag) => (flag & UNIT) !== 0),
    ),
    route(
      GetUnitSubscribedTopics,
      byFlag((flag) => (flag & UNIT_SUBSCRIBED) !== 0),
    ),
    route(
      GetUnitSubscribedPlainTopics,
      byFlag((flag) => (flag & UNIT_SUBSCRIBED) !== 0 && (flag & UNIT) === 0),
    ),
    route(DeleteTopicInNamesrv, ({ topic, clusterName }) => {
      table.deleteTopic(topic, clusterName)
      return {}
    }),
  ]
}

interface TopicNames {
  readonly topicList: readonly string[]
  readonly brokerAddr?: string | undefined
}

/**
 * Clusters and brokers, which are topics too, and the address of some broker. Apache:
 * `RouteInfoManager.getSystemTopicList`.
 */
function systemTopics(table: RouteTable): TopicNames {
  const { clusterAddrTable, brokerAddrTable } = table.cluster()
  const topicList = Object.entries(clusterAddrTable).flatMap(([cluster, brokers]) => [cluster, ...brokers])
  const [brokerAddr] = Object.values(brokerAddrTable).flatMap(({ brokerAddrs }) => Object.values(brokerAddrs))
  return { topicList, brokerAddr }
}

function kvRoutes(kv: KvConfig): Route[] {
  const missing = (namespace: string, key?: string): { code: number; remark: string } => ({
    code: RESPONSE_CODE.QUERY_NOT_FOUND,
    remark: `No config item, Namespace: ${namespace}${key === undefined ? '' : ` Key: ${key}`}`,
  })
  return [
    route(PutKvConfig, async ({ namespace, key, value }) => {
      await kv.put(namespace, key, value)
      return {}
    }),
    route(DeleteKvConfig, async ({ namespace, key }) => {
      await kv.delete(namespace, key)
      return {}
    }),
    route(GetKvConfig, ({ namespace, key }) => {
      const value = kv.get(namespace, key)
      return value === undefined ? missing(namespace, key) : { header: { value } }
    }),
    route(GetKvList, ({ namespace }) => {
      const table = kv.list(namespace)
      return table === undefined ? missing(namespace) : { body: kvTableBody.encode({ table }) }
    }),
  ]
}
