// Hot path: every message sent passes here once.
import {
  type BatchItem,
  type CompressionType,
  checkTopic,
  compressBody,
  compressionFlag,
  encodeBatch,
  isRetryTopic,
  type Message,
  messageErrors,
  messageProperties,
  NOT_SENDABLE_TOPICS,
  PROPERTY,
  propertyEntry,
} from '../../message/index.ts'
import { clientErrors } from '../errors.ts'

/** A message, or a batch of them, ready for the wire; the same for every attempt. */
export interface Outgoing {
  readonly topic: string
  readonly body: Buffer
  /** As one string. */
  readonly properties: string
  readonly sysFlag: number
  readonly flag: number
  readonly bornTimestamp: number
  readonly batch: boolean
  /** Unique ids, `,` between those of a batch. */
  readonly messageId: string
  readonly reconsumeTimes: number
  readonly maxReconsumeTimes: number | undefined
}

/** Most bytes of properties that a broker stores with a message. */
const PROPERTIES_BYTES_MAX = 32_767
const WAIT_TRUE = propertyEntry(PROPERTY.waitStoreOk, 'true')
const WAIT_FALSE = propertyEntry(PROPERTY.waitStoreOk, 'false')

/** What making an {@link Outgoing} needs to know. */
export interface OutgoingLimits {
  readonly compressOverBytes: number
  readonly compression: CompressionType
  readonly maxMessageBytes: number
}

/**
 * Checks that a topic may be sent to.
 * @throws RMQ_TOPIC_ILLEGAL, RMQ_TOPIC_NOT_SENDABLE
 */
export function checkSendableTopic(topic: string): void {
  checkTopic(topic)
  if (NOT_SENDABLE_TOPICS.has(topic)) throw clientErrors.RMQ_TOPIC_NOT_SENDABLE({ topic })
}

/**
 * Checks a message and writes it. Apache: `Validators.checkMessage`, `DefaultMQProducerImpl.sendKernelImpl`.
 * @throws RMQ_MESSAGE_ILLEGAL, RMQ_MESSAGE_TOO_LARGE
 */
export function outgoingMessage(message: Message, messageId: string, now: number, limits: OutgoingLimits): Outgoing {
  const plain = checkedBody(message, limits.maxMessageBytes)
  const properties = propertiesText(message, messageId)
  let body = plain
  let sysFlag = 0
  if (plain.length >= limits.compressOverBytes) {
    const compressed = compressBody(plain, limits.compression)
    if (compressed.length < plain.length) {
      body = compressed
      sysFlag = compressionFlag(limits.compression)
    }
  }
  return {
    topic: message.topic,
    body,
    properties,
    sysFlag,
    flag: message.flag ?? 0,
    bornTimestamp: now,
    batch: false,
    messageId,
    reconsumeTimes: 0,
    maxReconsumeTimes: undefined,
  }
}

/**
 * Checks a batch and writes it. Apache: `MessageBatch.generateFromList`.
 * @throws RMQ_BATCH_ILLEGAL, RMQ_MESSAGE_ILLEGAL, RMQ_MESSAGE_TOO_LARGE
 */
export function outgoingBatch(
  messages: readonly Message[],
  nextId: () => string,
  now: number,
  limits: OutgoingLimits,
): Outgoing {
  const [first] = messages
  if (first === undefined) throw clientErrors.RMQ_BATCH_ILLEGAL({ topic: '', reason: 'it has no message.' })
  const { topic } = first
  const refuse = (reason: string): Error => clientErrors.RMQ_BATCH_ILLEGAL({ topic, reason })
  if (isRetryTopic(topic)) throw refuse('retry topics cannot be batched; send its messages one by one.')
  const waits = first.waitStoreOk ?? true
  const ids: string[] = []
  const items: BatchItem[] = []
  for (const message of messages) {
    if (message.topic !== topic)
      throw refuse(`it also has a message for topic "${message.topic}"; batch each topic apart.`)
    if (message.delayLevel !== undefined && message.delayLevel !== 0)
      throw refuse('delayed messages cannot be batched; send them one by one.')
    if ((message.waitStoreOk ?? true) !== waits) throw refuse('its messages differ in waitStoreOk.')
    const id = nextId()
    ids.push(id)
    const body = checkedBody(message, limits.maxMessageBytes)
    items.push({ body, flag: message.flag ?? 0, properties: propertiesText(message, id) })
  }
  const body = encodeBatch(items)
  if (body.length > limits.maxMessageBytes) throw tooLarge(topic, body.length, limits.maxMessageBytes, 'batch')
  return {
    topic,
    body,
    properties: waits ? WAIT_TRUE : WAIT_FALSE,
    sysFlag: 0,
    flag: 0,
    bornTimestamp: now,
    batch: true,
    messageId: ids.join(','),
    reconsumeTimes: 0,
    maxReconsumeTimes: undefined,
  }
}

function checkedBody(message: Message, bytesMax: number): Buffer {
  const { body } = message
  if (!(body instanceof Uint8Array)) throw illegal(message, 'its body is not a Buffer or Uint8Array.')
  if (body.length === 0) throw illegal(message, 'its body is empty; brokers store no message without one.')
  if (body.length > bytesMax) throw tooLarge(message.topic, body.length, bytesMax, 'message body')
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}

function propertiesText(message: Message, messageId: string): string {
  const text = messageProperties(message, messageId)
  // At most three bytes a character, so only long texts must be counted.
  if (text.length * 3 > PROPERTIES_BYTES_MAX && Buffer.byteLength(text) > PROPERTIES_BYTES_MAX) {
    throw tooLarge(message.topic, Buffer.byteLength(text), PROPERTIES_BYTES_MAX, 'properties of the message')
  }
  return text
}

function illegal(message: Message, reason: string): Error {
  return messageErrors.RMQ_MESSAGE_ILLEGAL({ topic: message.topic, reason })
}

function tooLarge(topic: string, bytes: number, bytesMax: number, what: string): Error {
  return clientErrors.RMQ_MESSAGE_TOO_LARGE({ topic, bytes, bytesMax, what })
}
