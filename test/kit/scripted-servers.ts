import { formatAddress } from '../../src/base/network/index.ts'
import {
  GetRoute,
  Heartbeat,
  listen,
  type Peer,
  RESPONSE_CODE,
  type Route,
  type RouteData,
  route,
  routeBody,
  routeTable,
  UnregisterClient,
} from '../../src/remoting/index.ts'

/** A server that answers as a test says. */
export interface ScriptedServer extends AsyncDisposable {
  readonly address: string
  /** Connections accepted so far. */
  readonly peers: readonly Peer[]
}

/** Starts a server with the given answers. */
export async function startScripted(...routes: readonly Route[]): Promise<ScriptedServer> {
  const peers: Peer[] = []
  const server = await listen({
    listen: { host: '127.0.0.1', port: 0 },
    routes: routeTable(...routes),
    onPeer: (peer) => peers.push(peer),
  })
  return {
    address: formatAddress(server.address),
    peers,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** A broker that takes heartbeats and answers everything else as given. */
export function startScriptedBroker(...routes: readonly Route[]): Promise<ScriptedServer> {
  return startScripted(
    route(Heartbeat, () => ({})),
    route(UnregisterClient, () => ({})),
    ...routes,
  )
}

/** A name server that knows the routes in `topics`, which a test may change at any time. */
export function startScriptedNamesrv(topics: Map<string, RouteData>): Promise<ScriptedServer> {
  return startScripted(
    route(GetRoute, ({ topic }) => {
      const data = topics.get(topic)
      if (data === undefined) return { code: RESPONSE_CODE.TOPIC_NOT_EXIST, remark: `no ${topic}` }
      return { body: routeBody.encode(data) }
    }),
  )
}

/** The route of a topic with so many queues at each broker. */
export function routeAt(brokers: Readonly<Record<string, string>>, queues: number): RouteData {
  return {
    queueDatas: Object.keys(brokers).map((brokerName) => ({
      brokerName,
      readQueueNums: queues,
      writeQueueNums: queues,
      perm: 6,
      topicSysFlag: 0,
    })),
    brokerDatas: Object.entries(brokers).map(([brokerName, address]) => ({
      cluster: 'c',
      brokerName,
      brokerAddrs: { 0: address },
      enableActingMaster: false,
    })),
    filterServerTable: {},
  }
}
