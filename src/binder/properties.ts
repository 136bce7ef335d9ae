import {
  booleanText,
  type ConfigTable,
  defineConfig,
  durationText,
  integerText,
  plainText,
  setting,
  wordText,
} from '../base/config/index.ts'
import type { OldKeys } from '../framework/index.ts'

const INT_MAX = 2_147_483_647

/** Traces; the keys are the same for a binding and, for all bindings, the binder. */
export interface TraceProperties {
  readonly enableMsgTrace: 'auto' | 'true' | 'false'
  readonly customizedTraceTopic: string
}

const traceProperties = {
  enableMsgTrace: setting(
    wordText(['auto', 'true', 'false']),
    'auto',
    'Whether messages are recorded in the trace topic. auto: when it exists, as with traceTopicEnable=true at the broker; true: it is created where brokers allow that.',
  ),
  customizedTraceTopic: setting(
    plainText,
    '',
    'Topic for traces instead of RMQ_SYS_TRACE_TOPIC; enableMsgTrace=auto then means true.',
  ),
}

/** `spring.cloud.stream.rocketmq.binder.*` */
export interface BinderProperties extends TraceProperties {
  readonly nameServer: string
  readonly group: string
  readonly unitName: string
  readonly pollNameServerInterval: number
  readonly heartbeatBrokerInterval: number
  readonly persistConsumerOffsetInterval: number
  readonly accessKey: string
  readonly secretKey: string
  readonly namespace: string
  readonly useTls: boolean
  readonly 'embedded.enabled': boolean
  readonly 'embedded.port': number
  readonly 'embedded.storePath': string
}

export const binderProperties: ConfigTable<BinderProperties> = defineConfig<BinderProperties>({
  nameServer: setting(
    plainText,
    '',
    'Name servers, host:port divided by ; or comma. Empty: the one on this machine, or an embedded server.',
  ),
  group: setting(plainText, '', 'Producer group of bindings that name none.'),
  ...traceProperties,
  unitName: setting(plainText, '', 'Last part of the client id.'),
  pollNameServerInterval: setting(durationText('ms'), 30_000, 'How often routes are asked for again, ms.'),
  heartbeatBrokerInterval: setting(
    durationText('ms'),
    30_000,
    'How often brokers are told that this application lives, ms.',
  ),
  persistConsumerOffsetInterval: setting(durationText('ms'), 5_000, 'How often consumers record their progress, ms.'),
  accessKey: setting(plainText, '', 'Not supported yet.'),
  secretKey: setting(plainText, '', 'Not supported yet.'),
  namespace: setting(plainText, '', 'Not supported yet.'),
  useTls: setting(booleanText, false, 'Not supported yet.'),
  'embedded.enabled': setting(
    booleanText,
    true,
    'Whether a server is brought along when no name server is configured or found.',
  ),
  'embedded.port': setting(
    integerText(0, 65_535),
    9876,
    'Port of the name server looked for, and of the embedded one.',
  ),
  'embedded.storePath': setting(plainText, '.rocketstream', 'Directory where the embedded server keeps messages.'),
})

/** `spring.cloud.stream.rocketmq.bindings.<name>.consumer.*` */
export interface ConsumerBindingProperties extends TraceProperties {
  readonly enabled: boolean
  readonly subscription: string
  readonly messageModel: 'CLUSTERING' | 'BROADCASTING'
  readonly consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET' | 'CONSUME_FROM_FIRST_OFFSET' | 'CONSUME_FROM_TIMESTAMP'
  readonly consumeTimestamp: string
  readonly pullBatchSize: number
  readonly pullThresholdForQueue: number
  readonly pullThresholdSizeForQueue: number
  readonly consumeMaxSpan: number
  readonly 'push.orderly': boolean
  readonly 'push.maxReconsumeTimes': number
  readonly 'push.delayLevelWhenNextConsume': number
}

export const consumerBindingProperties: ConfigTable<ConsumerBindingProperties> =
  defineConfig<ConsumerBindingProperties>({
    enabled: setting(booleanText, true, 'False: nothing is consumed.'),
    ...traceProperties,
    subscription: setting(plainText, '', 'Tags such as "a || b"; empty or * for all messages.'),
    messageModel: setting(wordText(['CLUSTERING', 'BROADCASTING']), 'CLUSTERING', 'BROADCASTING is not supported yet.'),
    consumeFromWhere: setting(
      wordText(['CONSUME_FROM_LAST_OFFSET', 'CONSUME_FROM_FIRST_OFFSET', 'CONSUME_FROM_TIMESTAMP']),
      'CONSUME_FROM_LAST_OFFSET',
      'Where a group that is new to a topic begins.',
    ),
    consumeTimestamp: setting(plainText, '', 'yyyyMMddHHmmss, local time; empty: 30 minutes before the start.'),
    pullBatchSize: setting(integerText(1, 1024), 32, 'Messages asked for at once.'),
    pullThresholdForQueue: setting(integerText(1, 65_535), 1000, 'Messages of one queue held in memory.'),
    pullThresholdSizeForQueue: setting(integerText(1, 1024), 100, 'MiB of one queue held in memory.'),
    consumeMaxSpan: setting(
      integerText(1, 65_535),
      2000,
      'Distance from the oldest to the newest message held of a queue.',
    ),
    'push.orderly': setting(booleanText, false, 'Not supported yet.'),
    'push.maxReconsumeTimes': setting(integerText(-1, INT_MAX), -1, 'Redeliveries before the dead letters; -1: 16.'),
    'push.delayLevelWhenNextConsume': setting(
      integerText(-1, 18),
      0,
      'Delay level of redeliveries; 0: growing from 10 s to 2 h; -1: to the dead letters at once.',
    ),
  })

/** `spring.cloud.stream.rocketmq.bindings.<name>.producer.*` */
export interface ProducerBindingProperties extends TraceProperties {
  readonly enabled: boolean
  readonly group: string
  readonly sendMsgTimeout: number
  readonly compressMsgBodyThreshold: number
  readonly retryTimesWhenSendFailed: number
  readonly retryTimesWhenSendAsyncFailed: number
  readonly retryAnotherBroker: boolean
  readonly maxMessageSize: number
  readonly sendType: 'Sync' | 'Async' | 'OneWay'
  readonly producerType: 'Normal' | 'Trans'
}

export const producerBindingProperties: ConfigTable<ProducerBindingProperties> =
  defineConfig<ProducerBindingProperties>({
    enabled: setting(booleanText, true, 'False: sending fails.'),
    ...traceProperties,
    group: setting(plainText, '', 'Producer group; empty: binder.group, else "anonymous".'),
    sendMsgTimeout: setting(durationText('ms'), 3_000, 'How long a send may take, retries included, ms.'),
    compressMsgBodyThreshold: setting(integerText(0, INT_MAX), 4_096, 'Bodies of so many bytes are compressed.'),
    retryTimesWhenSendFailed: setting(integerText(0, 1000), 2, 'Further attempts of a Sync send.'),
    retryTimesWhenSendAsyncFailed: setting(integerText(0, 1000), 2, 'Further attempts of an Async send.'),
    retryAnotherBroker: setting(
      booleanText,
      false,
      'Whether a message that was not stored safely is sent to another broker.',
    ),
    maxMessageSize: setting(integerText(1, INT_MAX), 4 * 1024 * 1024, 'Largest body, bytes.'),
    sendType: setting(
      wordText(['Sync', 'Async', 'OneWay']),
      'Sync',
      'Sync and Async: send() resolves when stored, with their own number of retries; OneWay: when written to the connection.',
    ),
    producerType: setting(wordText(['Normal', 'Trans']), 'Normal', 'Trans is not supported yet.'),
  })

/** Keys of rocketmq-spring that the binder's first generation read for its producers. */
export const foreignProducerKeys: Readonly<Record<string, string>> = {
  enableMsgTrace: 'rocketmq.producer.enable-msg-trace',
  customizedTraceTopic: 'rocketmq.producer.customized-trace-topic',
}

/** Keys of the binder's first generation under `consumer.`. */
export const oldConsumerKeys: OldKeys = {
  tags: { key: 'subscription' },
  sql: { key: 'subscription', convert: (text) => `sql:${text}` },
  broadcasting: { key: 'messageModel', convert: (text) => (text.trim() === 'true' ? 'BROADCASTING' : 'CLUSTERING') },
  orderly: { key: 'push.orderly' },
  delayLevelWhenNextConsume: { key: 'push.delayLevelWhenNextConsume' },
}

/** Keys of the binder's first generation under `producer.`. */
export const oldProducerKeys: OldKeys = {
  transactional: { key: 'producerType', convert: (text) => (text.trim() === 'true' ? 'Trans' : 'Normal') },
  sync: { key: 'sendType', convert: (text) => (text.trim() === 'true' ? 'Sync' : 'Async') },
  sendMessageTimeout: { key: 'sendMsgTimeout' },
  compressMessageBodyThreshold: { key: 'compressMsgBodyThreshold' },
  retryNextServer: { key: 'retryAnotherBroker' },
}
