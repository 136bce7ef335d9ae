import { codeOf, textOf } from '../../base/errors/index.ts'
import { decodeRecord, PROPERTY, type ReceivedMessage, SYSTEM_TOPIC } from '../../message/index.ts'
import { QueryMessage, RESPONSE_CODE, ViewMessageById } from '../../remoting/index.ts'
import { type ClientSettings, inRange } from '../config.ts'
import type { BrokerConnections } from '../connection/broker-connections.ts'
import type { Brokers } from '../connection/brokers.ts'
import { decodedRecords } from '../consumer/push/records.ts'
import type { TopicRoute } from '../route/topic-route.ts'
import type { TopicRoutes } from '../route/topic-routes.ts'
import { decodeTrace } from '../trace/decode-trace.ts'
import type { TraceRecord } from '../trace/trace-record.ts'
import { messagePlace } from './message-id.ts'

/** Which messages a query wants. */
export interface QueryOptions {
  /** The newest that match, at most. Default 64, which is also the most that a broker gives. */
  readonly max?: number | undefined
  /** Stored at this time or later, epoch ms. Default 0. */
  readonly begin?: number | undefined
  /** Stored at this time or before, epoch ms. Default: no limit. */
  readonly end?: number | undefined
  /** Only at the brokers of this cluster. Default: at all. */
  readonly cluster?: string | undefined
}

/** What queries need of their client. */
export interface QueryParts {
  readonly settings: ClientSettings
  readonly routes: TopicRoutes
  readonly brokers: Brokers
  readonly connections: BrokerConnections
}

const MESSAGES_MAX = 64
/** Brokers may have to look into old files, so they get more time than for other requests. */
const TIMEOUT_FACTOR = 3
const ANSWERS = [RESPONSE_CODE.SUCCESS, RESPONSE_CODE.QUERY_NOT_FOUND]

/** Finds stored messages by id and key. Apache: `MQAdminImpl` (5.3.3). */
export class Queries {
  readonly #parts: QueryParts

  constructor(parts: QueryParts) {
    this.#parts = parts
  }

  /** See `Client.viewMessage`. */
  async viewMessage(offsetMessageId: string): Promise<ReceivedMessage | undefined> {
    const { connections, brokers, settings } = this.#parts
    const { address, physicalOffset } = messagePlace(offsetMessageId)
    const peer = await connections.connect(address)
    const timeoutMs = settings.requestTimeoutMs
    const accept = [RESPONSE_CODE.SUCCESS, RESPONSE_CODE.SYSTEM_ERROR]
    const { code, body } = await peer.invoke(ViewMessageById, { offset: physicalOffset }, { timeoutMs, accept })
    if (code !== RESPONSE_CODE.SUCCESS) return undefined
    try {
      const message = decodeRecord(body, 0, brokers.nameOf(address) ?? '')
      return message.physicalOffset === physicalOffset ? message : undefined
    } catch (failure) {
      // Brokers send what lies at the position, whether a record begins there or not.
      if (codeOf(failure) === 'RMQ_RECORD_CORRUPT') return undefined
      throw failure
    }
  }

  /** See `Client.queryMessages`. */
  async byKey(topic: string, key: string, options: QueryOptions = {}): Promise<readonly ReceivedMessage[]> {
    return this.#ask(topic, key, options, false, ({ keys }) => keys.includes(key))
  }

  /** See `Client.queryByUniqueKey`. */
  async byUniqueKey(topic: string, id: string, options: QueryOptions = {}): Promise<readonly ReceivedMessage[]> {
    return this.#ask(topic, id, options, true, ({ properties }) => properties[PROPERTY.uniqueKey] === id)
  }

  /** See `Client.queryTrace`. */
  async trace(messageId: string, traceTopic: string = SYSTEM_TOPIC.trace): Promise<readonly TraceRecord[]> {
    const messages = await this.byKey(traceTopic, messageId)
    return messages
      .flatMap(({ body }) => decodeTrace(body.toString()))
      .filter((record) => record.messageId.split(',').includes(messageId))
      .sort((left, right) => left.timestamp - right.timestamp)
  }

  async #ask(
    topic: string,
    key: string,
    { max, begin = 0, end = Number.MAX_SAFE_INTEGER, cluster }: QueryOptions,
    isUnique: boolean,
    isWanted: (message: ReceivedMessage) => boolean,
  ): Promise<readonly ReceivedMessage[]> {
    const maxNum = inRange('max', max, MESSAGES_MAX, 1, MESSAGES_MAX)
    const route = await this.#parts.routes.ask(topic)
    const header = {
      topic,
      key,
      maxNum,
      beginTimestamp: begin,
      endTimestamp: end,
      uniqueKey: isUnique ? 'true' : undefined,
    }
    const asked = addressesOf(route, cluster).map(async ({ brokerName, address }) => {
      const peer = await this.#parts.connections.connect(address)
      const timeoutMs = this.#parts.settings.requestTimeoutMs * TIMEOUT_FACTOR
      const { code, body } = await peer.invoke(QueryMessage, header, { timeoutMs, accept: ANSWERS })
      return code === RESPONSE_CODE.SUCCESS ? decodedRecords(body, brokerName) : []
    })
    const answers = await Promise.allSettled(asked)
    const wanted = answers
      .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
      // Brokers compare hashes only.
      .filter(({ message }) => message.topic === topic && isWanted(message))
    const found = wanted
      .flatMap(({ message, unreadable }) => (unreadable === undefined ? message : []))
      .sort((left, right) => left.storeTimestamp - right.storeTimestamp || left.physicalOffset - right.physicalOffset)
    const failures = [
      ...answers.flatMap((answer) => (answer.status === 'rejected' ? answer.reason : [])),
      ...wanted.flatMap(({ unreadable }) => unreadable ?? []),
    ]
    for (const failure of failures) {
      // "Nothing there" may only be said when all have answered, and all was readable.
      if (found.length === 0) throw failure
      this.#parts.settings.logger.warn('a query has not found everything', { topic, reason: textOf(failure) })
    }
    return found.slice(-maxNum)
  }
}

/** One address of each broker of a topic, or of those in a cluster: the master's, else any. */
function addressesOf(
  route: TopicRoute | undefined,
  cluster: string | undefined,
): readonly { readonly brokerName: string; readonly address: string }[] {
  const all = route?.data.brokerDatas ?? []
  const wanted = cluster === undefined ? all : all.filter((broker) => broker.cluster === cluster)
  return wanted.flatMap(({ brokerName, brokerAddrs }) => {
    const address = brokerAddrs['0'] ?? Object.values(brokerAddrs)[0]
    return address === undefined ? [] : [{ brokerName, address }]
  })
}
