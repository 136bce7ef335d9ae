import { encodeProperties, hostBytes, MAGIC, RECORD } from '../../src/message/index.ts'

/** What a test says of a stored message. */
export interface StoredMessage {
  readonly topic: string
  readonly body: string
  readonly queueOffset: number
  readonly queueId?: number
  readonly reconsumeTimes?: number
  /** A string is the stored text itself, such as one that repeats a name. */
  readonly properties?: Readonly<Record<string, string>> | string
}

/** One record as a broker stores it and answers pulls with. */
export function storedRecord(message: StoredMessage): Buffer {
  const body = Buffer.from(message.body)
  const topic = Buffer.from(message.topic)
  const { properties: given = {} } = message
  const properties = Buffer.from(typeof given === 'string' ? given : encodeProperties(given))
  const bodyEnd = RECORD.body + body.length
  const bytes = Buffer.alloc(bodyEnd + 1 + topic.length + 2 + properties.length)
  bytes.writeInt32BE(bytes.length, RECORD.totalSize)
  bytes.writeInt32BE(MAGIC.v1, RECORD.magic)
  bytes.writeInt32BE(message.queueId ?? 0, RECORD.queueId)
  bytes.writeBigInt64BE(BigInt(message.queueOffset), RECORD.queueOffset)
  bytes.writeBigInt64BE(BigInt(message.queueOffset * 1000), RECORD.physicalOffset)
  bytes.set(hostBytes('127.0.0.1', 1), RECORD.bornHost)
  bytes.set(hostBytes('127.0.0.1', 2), RECORD.storeHost)
  bytes.writeInt32BE(message.reconsumeTimes ?? 0, RECORD.reconsumeTimes)
  bytes.writeInt32BE(body.length, RECORD.bodyLength)
  bytes.set(body, RECORD.body)
  bytes.writeInt8(topic.length, bodyEnd)
  bytes.set(topic, bodyEnd + 1)
  bytes.writeInt16BE(properties.length, bodyEnd + 1 + topic.length)
  bytes.set(properties, bodyEnd + 3 + topic.length)
  return bytes
}
