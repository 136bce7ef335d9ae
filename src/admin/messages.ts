import { codeOf } from '../base/errors/index.ts'
import { type Client, decodeTrace, type QueryOptions, type SendResult, type TraceRecord } from '../client/index.ts'
import { PROPERTY, RESERVED_PROPERTIES, type ReceivedMessage, SYSTEM_TOPIC } from '../message/index.ts'
import { ConsumeMessageDirectly, parseJson } from '../remoting/index.ts'
import type { AdminConnection } from './admin-connection.ts'
import { RELAY_TIMEOUT_MS } from './config.ts'
import { adminErrors } from './errors.ts'
import type { MessageTrack, MessageTracks } from './message-tracks.ts'

/** A record of a trace, and the host that wrote it. Apache: `TraceView`. */
export interface TraceFrom {
  readonly record: TraceRecord
  /** IP address of the client, without its port. */
  readonly clientHost: string
}

/** How a consumer that was told to consume a message fared. Apache: `ConsumeMessageDirectlyResult`. */
export interface DirectConsumption {
  readonly order: boolean
  readonly autoCommit: boolean
  /** `CR_SUCCESS`, `CR_LATER`, `CR_ROLLBACK`, `CR_COMMIT`, `CR_THROW_EXCEPTION`, `CR_RETURN_NULL`. */
  readonly consumeResult: string
  readonly remark: string | undefined
  readonly spentTimeMills: number
}

/** Stored messages: find them, see what became of them, deliver or send one again. */
export interface MessageOperations {
  /**
   * Finds a message of a topic by its offset id or, where that leads to nothing, by its unique id. Apache:
   * `MQAdminExt.queryMessage`.
   * @throws RMQ_ADMIN_NO_MESSAGE, RMQ_NAME_SERVERS_UNREACHABLE
   */
  find(topic: string, id: string, options?: QueryOptions): Promise<ReceivedMessage>
  /**
   * Finds messages by key, oldest first; at least one.
   * @throws RMQ_ADMIN_NO_MESSAGE, RMQ_OPTION_ILLEGAL, RMQ_NAME_SERVERS_UNREACHABLE
   */
  byKey(topic: string, key: string, options?: QueryOptions): Promise<readonly ReceivedMessage[]>
  /** As {@link MessageOperations.byKey}, by the unique id: each copy that the topic has. */
  byUniqueKey(topic: string, id: string, options?: QueryOptions): Promise<readonly ReceivedMessage[]>
  /**
   * What the traces tell of a message by its unique id, in order of time. `traceTopic` defaults to
   * `RMQ_SYS_TRACE_TOPIC`.
   * @throws RMQ_ADMIN_NO_MESSAGE, RMQ_OPTION_ILLEGAL, RMQ_NAME_SERVERS_UNREACHABLE
   */
  trace(id: string, traceTopic?: string, options?: QueryOptions): Promise<readonly TraceFrom[]>
  /** What became of a message in each group that reads its topic. Apache: `MQAdminExt.messageTrackDetail`. */
  tracks(message: ReceivedMessage): Promise<readonly MessageTrack[]>
  /**
   * Has one consumer consume a stored message now, whatever its progress. Apache: `MQAdminExt.consumeMessageDirectly`.
   * @throws RMQ_REFUSED  `details.responseCode` 1: it is not online, 207: it did not answer in 10 s
   */
  consumeDirectly(group: string, clientId: string, message: ReceivedMessage): Promise<DirectConsumption>
  /** Sends a new message that is like a stored one. */
  resend(message: ReceivedMessage): Promise<SendResult>
}

/** Sends what is sent again. */
const RESEND_GROUP = 'ReSendMsgById'
/** Failures of looking at the place that an id names, which a unique id may name by chance. */
const WRONG_PLACE: readonly string[] = [
  'RMQ_MESSAGE_ID_ILLEGAL',
  'RMQ_CONNECT_FAILED',
  'RMQ_CONNECTION_LOST',
  'RMQ_REQUEST_TIMEOUT',
  'RMQ_REFUSED',
]

/** @see MessageOperations */
export function messageOperations(
  connection: AdminConnection,
  client: () => Promise<Client>,
  tracks: MessageTracks,
): MessageOperations {
  const byKey: MessageOperations['byKey'] = async (topic, key, options) =>
    atLeastOne(await (await client()).queryMessages(topic, key, options), topic, `the key "${key}"`)
  const byUniqueKey: MessageOperations['byUniqueKey'] = async (topic, id, options) =>
    atLeastOne(await (await client()).queryByUniqueKey(topic, id, options), topic, `the id "${id}"`)
  return {
    byKey,
    byUniqueKey,
    async find(topic, id, options) {
      try {
        const found = await (await client()).viewMessage(id)
        if (found !== undefined) return found
      } catch (failure) {
        if (!WRONG_PLACE.includes(codeOf(failure) ?? '')) throw failure
      }
      return last(await byUniqueKey(topic, id, options))
    },
    async trace(id, traceTopic = SYSTEM_TOPIC.trace, options = {}) {
      const found = (await byKey(traceTopic, id, options)).flatMap(({ body, bornHost }) =>
        decodeTrace(body.toString()).map((record) => ({ record, clientHost: hostOf(bornHost) })),
      )
      return found
        .filter(({ record }) => record.messageId.split(',').includes(id))
        .sort((left, right) => left.record.timestamp - right.record.timestamp)
    },
    tracks,
    async consumeDirectly(consumerGroup, clientId, { topic, storeHost, offsetMessageId }) {
      const header = { consumerGroup, clientId, topic, msgId: offsetMessageId }
      const options = { timeoutMs: RELAY_TIMEOUT_MS }
      const { body } = await connection.ask(storeHost, ConsumeMessageDirectly, header, options)
      const result = parseJson(body, 'the result of a delivery') as Partial<DirectConsumption>
      const { order = false, autoCommit = true, consumeResult = '', remark, spentTimeMills = 0 } = result
      return { order, autoCommit, consumeResult, remark, spentTimeMills }
    },
    async resend({ topic, body, tag, keys, flag, properties: all }) {
      const producer = await (await client()).producer({ group: RESEND_GROUP })
      const properties = Object.fromEntries(Object.entries(all).filter(([name]) => !RESERVED_PROPERTIES.has(name)))
      const shardingKey = all[PROPERTY.shardingKey]
      try {
        return await producer.send({ topic, body, tag, keys, flag, properties, shardingKey })
      } finally {
        await producer[Symbol.asyncDispose]()
      }
    },
  }
}

function atLeastOne(found: readonly ReceivedMessage[], topic: string, what: string): readonly ReceivedMessage[] {
  if (found.length > 0) return found
  throw adminErrors.RMQ_ADMIN_NO_MESSAGE({ topic, what })
}

function last(found: readonly ReceivedMessage[]): ReceivedMessage {
  return found.at(-1) as ReceivedMessage
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}
