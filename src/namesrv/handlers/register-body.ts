import { inflateSync } from 'node:zlib'
import { textOf } from '../../base/errors/index.ts'
import {
  type DataVersion,
  dataVersionBody,
  registerBrokerBody,
  remotingErrors,
  type TopicConfig,
  type TopicConfigTable,
  topicConfigTableBody,
  VERSION,
} from '../../remoting/index.ts'

/** Largest body that decompression may produce: a million topics. */
const INFLATED_BYTES_MAX = 256 * 1024 * 1024

/**
 * Reads the body of REGISTER_BROKER in its three forms: JSON, compressed, and the bare topic table of old releases.
 * Apache: `RegisterBrokerBody.decode` (5.3.3).
 * @throws RMQ_BODY_MALFORMED
 */
export function decodeRegisterBody(body: Buffer, compressed: boolean, version: number): TopicConfigTable {
  if (body.length === 0) return { dataVersion: { counter: 0, stateVersion: 0, timestamp: 0 }, topicConfigTable: {} }
  if (compressed) return decodeCompressed(body)
  if (version < VERSION.V3_0_11) return topicConfigTableBody.decode(body)
  return registerBrokerBody.decode(body).topicConfigSerializeWrapper
}

function decodeCompressed(body: Buffer): TopicConfigTable {
  try {
    const reader = new LengthReader(inflateSync(body, { maxOutputLength: INFLATED_BYTES_MAX }))
    const dataVersion: DataVersion = dataVersionBody.decode(reader.bytes())
    const topicConfigTable: Record<string, TopicConfig> = {}
    for (let left = reader.count(); left > 0; left--) {
      const config = decodeTopicConfig(reader.bytes().toString('utf8'))
      topicConfigTable[config.topicName] = config
    }
    return { dataVersion, topicConfigTable }
  } catch (failure) {
    throw remotingErrors.RMQ_BODY_MALFORMED({ what: 'REGISTER_BROKER (compressed)', reason: textOf(failure) }, failure)
  }
}

/**
 * `name readQueueNums writeQueueNums perm filterType {attributes}`; 4.x leaves the attributes out. Apache:
 * `TopicConfig.decode`.
 */
function decodeTopicConfig(text: string): TopicConfig {
  const [topicName = '', read, write, perm, topicFilterType = 'SINGLE_TAG', ...attributes] = text.split(' ')
  return {
    topicName,
    readQueueNums: Number(read),
    writeQueueNums: Number(write),
    perm: Number(perm),
    topicFilterType,
    topicSysFlag: 0,
    order: false,
    attributes: attributes.length === 0 ? {} : (JSON.parse(attributes.join(' ')) as Record<string, string>),
  }
}

/** Reads parts that each begin with their length. */
class LengthReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  count(): number {
    const value = this.#bytes.readInt32BE(this.#at)
    this.#at += 4
    return value
  }

  bytes(): Buffer {
    const length = this.count()
    if (length < 0 || this.#at + length > this.#bytes.length)
      throw remotingErrors.RMQ_BODY_MALFORMED({ what: 'a part', reason: `its ${length} bytes pass the end` })
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
