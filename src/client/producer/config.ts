import { COMPRESSION_TYPES, type CompressionType, checkGroup, SYSTEM_TOPIC } from '../../message/index.ts'
import { inRange, MS_MAX } from '../config.ts'
import { clientErrors } from '../errors.ts'
import type { TraceOptions } from '../trace/options.ts'

/** Settings of a producer. Apache: `DefaultMQProducer`. */
export interface ProducerOptions {
  /** Name of the producers that do the same work. */
  readonly group: string
  /** How long a send may take from when it is among the sends under way, all attempts included. Default 3000. */
  readonly sendTimeoutMs?: number | undefined
  /** Further attempts after the first. Default 2. */
  readonly retriesMax?: number | undefined
  /** Bodies of at least so many bytes are compressed. Default 4096. */
  readonly compressOverBytes?: number | undefined
  /**
   * How: `zlib` (default) is read by every consumer, `lz4` and `zstd` by those of RocketMQ 5 and by ours. Apache:
   * `compressType`.
   */
  readonly compression?: CompressionType | undefined
  /** Largest body, and largest batch, accepted. Default 4 MiB, as at brokers. */
  readonly maxMessageBytes?: number | undefined
  /**
   * True: a message that one broker stored without the wanted flush or replica is sent to another as well. Default
   * false.
   */
  readonly retryOtherBrokerOnNotStored?: boolean | undefined
  /**
   * True: a broker that answers slowly or fails gets no messages for 2 to 30 s while there are others. Apache:
   * `sendLatencyFaultEnable`. Default false.
   */
  readonly avoidSlowBrokers?: boolean | undefined
  /** Queues of a topic that the first message creates. Default 4. */
  readonly defaultTopicQueues?: number | undefined
  /** Topic after whose settings brokers create unknown ones. Default `TBW102`. */
  readonly createTopicKey?: string | undefined
  /** Whether sends are recorded in the trace topic. Default: as the client says. */
  readonly trace?: boolean | TraceOptions | undefined
  /** Sends under way at a time; further ones wait for their turn. Default 10000. */
  readonly inFlightMax?: number | undefined
  /**
   * Bytes of bodies under way at a time; further sends wait for their turn. Default 100 MiB. Apache:
   * `backPressureForAsyncSendSize`.
   */
  readonly inFlightBytesMax?: number | undefined
  /** Sends that may wait for their turn; further ones fail. Default 1000000. */
  readonly waitingMax?: number | undefined
}

/** The options with their defaults. */
export interface ProducerSettings {
  readonly group: string
  readonly sendTimeoutMs: number
  readonly retriesMax: number
  readonly compressOverBytes: number
  readonly compression: CompressionType
  readonly maxMessageBytes: number
  readonly retryOtherBrokerOnNotStored: boolean
  readonly avoidSlowBrokers: boolean
  readonly defaultTopicQueues: number
  readonly createTopicKey: string
  readonly inFlightMax: number
  readonly inFlightBytesMax: number
  readonly waitingMax: number
}

const RESERVED_GROUP = 'DEFAULT_PRODUCER'

/** @throws RMQ_GROUP_ILLEGAL, RMQ_OPTION_ILLEGAL */
export function producerSettings(options: ProducerOptions): ProducerSettings {
  checkGroup(options.group)
  if (options.group === RESERVED_GROUP) {
    throw clientErrors.RMQ_OPTION_ILLEGAL({ option: 'group', value: RESERVED_GROUP, expected: 'a name of your own' })
  }
  const { compression = 'zlib' } = options
  if (!COMPRESSION_TYPES.includes(compression)) {
    const expected = `one of ${COMPRESSION_TYPES.join(', ')}`
    throw clientErrors.RMQ_OPTION_ILLEGAL({ option: 'compression', value: String(compression), expected })
  }
  return {
    group: options.group,
    sendTimeoutMs: inRange('sendTimeoutMs', options.sendTimeoutMs, 3000, 1, MS_MAX),
    retriesMax: inRange('retriesMax', options.retriesMax, 2, 0, 1000),
    compressOverBytes: inRange('compressOverBytes', options.compressOverBytes, 4096, 0, MS_MAX),
    compression,
    maxMessageBytes: inRange('maxMessageBytes', options.maxMessageBytes, 4 * 1024 * 1024, 1, MS_MAX),
    retryOtherBrokerOnNotStored: options.retryOtherBrokerOnNotStored ?? false,
    avoidSlowBrokers: options.avoidSlowBrokers ?? false,
    defaultTopicQueues: inRange('defaultTopicQueues', options.defaultTopicQueues, 4, 1, 65_535),
    createTopicKey: options.createTopicKey ?? SYSTEM_TOPIC.autoCreate,
    inFlightMax: inRange('inFlightMax', options.inFlightMax, 10_000, 1, 60_000),
    inFlightBytesMax: inRange('inFlightBytesMax', options.inFlightBytesMax, 100 * 1024 * 1024, 1, MS_MAX),
    waitingMax: inRange('waitingMax', options.waitingMax, 1_000_000, 0, MS_MAX),
  }
}
