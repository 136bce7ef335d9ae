import {
  consumerListBody,
  GetConsumerList,
  GetMaxOffset,
  Heartbeat,
  heartbeatBody,
  LitePullMessage,
  PullMessage,
  QueryConsumerOffset,
  RESPONSE_CODE,
  type Reply,
  type RequestOf,
  type ResponseOf,
  type Route,
  route,
  UpdateConsumerOffset,
} from '../../src/remoting/index.ts'

/** A pull, and how to answer it. */
export interface HeldPull {
  readonly request: RequestOf<typeof PullMessage>
  reply(reply: Reply<ResponseOf<typeof PullMessage>>): void
}

/** What a scripted broker knows of one group; a test reads and changes it. */
export interface ScriptedGroup {
  readonly routes: readonly Route[]
  /** Who is in it: those that sent a heartbeat, unless a test says otherwise. */
  members: readonly string[] | undefined
  /** Recorded offsets, `topic@queueId`. */
  readonly recorded: Map<string, number>
  /** Every offset that was recorded, in order. */
  readonly records: string[]
  /** Pulls that nobody answered yet. */
  readonly pulls: HeldPull[]
  heartbeats: number
}

/** The part of a broker that a consumer group talks to; pulls are held until a test answers them. */
export function scriptedGroup(): ScriptedGroup {
  const alive = new Set<string>()
  const group: ScriptedGroup = {
    routes: [],
    members: undefined,
    recorded: new Map(),
    records: [],
    pulls: [],
    heartbeats: 0,
  }
  const routes = [
    route(Heartbeat, (_, call) => {
      group.heartbeats++
      alive.add(heartbeatBody.decode(call.body).clientID)
      return {}
    }),
    route(GetConsumerList, () => ({
      body: consumerListBody.encode({ consumerIdList: [...(group.members ?? alive)] }),
    })),
    route(QueryConsumerOffset, ({ topic, queueId }) => {
      const offset = group.recorded.get(`${topic}@${queueId}`)
      return offset === undefined ? { code: RESPONSE_CODE.QUERY_NOT_FOUND } : { header: { offset } }
    }),
    route(GetMaxOffset, () => ({ header: { offset: 0 } })),
    route(UpdateConsumerOffset, ({ topic, queueId, commitOffset }) => {
      group.recorded.set(`${topic}@${queueId}`, commitOffset)
      group.records.push(`${topic}@${queueId}=${commitOffset}`)
      return {}
    }),
    ...[PullMessage, LitePullMessage].map((api) =>
      route(api, (request, call) => {
        group.pulls.push({ request, reply: (reply) => call.reply(reply) })
        return undefined
      }),
    ),
  ]
  return Object.assign(group, { routes })
}
