import { PROPERTY, RESERVED_PROPERTIES, type ReceivedMessage } from '../message/index.ts'

const TRANSACTION_ID = ['ROCKET_MQ_TRANSACTION_ID', 'rocketmq_TRANSACTION_ID'] as const

/** Headers that name the transaction of a message, for its sender; its receivers have them among the others. */
export function transactionIdHeaders(transactionId: string): Record<string, string> {
  return Object.fromEntries(TRANSACTION_ID.map((name) => [name, transactionId]))
}

/** Transport facts under the names of both generations of the binder. */
const FACTS: readonly (readonly [names: readonly string[], read: (message: ReceivedMessage) => unknown])[] = [
  [['ROCKET_TAGS', 'rocketmq_TAGS'], (message) => message.tag],
  [['ROCKET_KEYS', 'rocketmq_KEYS'], (message) => message.properties[PROPERTY.keys]],
  [['ROCKET_MQ_TOPIC', 'rocketmq_TOPIC'], (message) => message.topic],
  [['ROCKET_MQ_MESSAGE_ID', 'rocketmq_MESSAGE_ID'], (message) => message.messageId],
  [['ROCKET_MQ_BORN_TIMESTAMP', 'rocketmq_BORN_TIMESTAMP'], (message) => message.bornTimestamp],
  [['ROCKET_MQ_BORN_HOST', 'rocketmq_BORN_HOST'], (message) => message.bornHost],
  [['ROCKET_MQ_FLAG', 'rocketmq_FLAG'], (message) => message.flag],
  [['ROCKET_MQ_QUEUE_ID', 'rocketmq_QUEUE_ID'], (message) => message.queueId],
  [['ROCKET_MQ_SYS_FLAG', 'rocketmq_SYS_FLAG'], (message) => message.sysFlag],
  [TRANSACTION_ID, (message) => message.properties[PROPERTY.transactionId]],
  [['ROCKET_RECONSUME_TIMES', 'rocketmq_RECONSUME_TIMES'], (message) => message.reconsumeTimes],
  [['ROCKET_MQ_QUEUE_OFFSET'], (message) => message.queueOffset],
  [['ROCKET_MQ_BROKER_NAME'], (message) => message.brokerName],
  [['ROCKET_MQ_STORE_TIMESTAMP'], (message) => message.storeTimestamp],
]

/** Whether a name belongs to the transport: such headers are given on receipt and never travel. */
export function isTransportHeader(name: string): boolean {
  return name.startsWith('ROCKET_') || name.startsWith('rocketmq_')
}

/**
 * The headers of a received message: the sender's properties by their names, then the transport's facts, which win over
 * properties of the same name that a forwarded message may carry. `id` is the message id, `timestamp` the producer's
 * clock.
 */
export function inboundHeaders(message: ReceivedMessage): Record<string, unknown> {
  const headers: Record<string, unknown> = {}
  for (const name in message.properties) {
    if (!RESERVED_PROPERTIES.has(name) && !isTransportHeader(name)) headers[name] = message.properties[name]
  }
  for (const [names, read] of FACTS) {
    const value = read(message)
    if (value !== undefined) for (const name of names) headers[name] = value
  }
  headers['id'] = message.messageId
  headers['timestamp'] = message.bornTimestamp
  return headers
}
