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
import { timestampText } from './consume-timestamp.ts'

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
  readonly instanceName: string
  readonly 'broadcast.offsetsPath': string
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
  instanceName: setting(
    plainText,
    '',
    'Middle part of the client id; must differ among running applications. Broadcasting ones on one machine need it. Empty: unique.',
  ),
  'broadcast.offsetsPath': setting(
    plainText,
    '',
    'Directory where bindings with messageModel=BROADCASTING keep their offsets; empty: ~/.rocketmq_offsets.',
  ),
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
  readonly 'push.consumeMessageBatchMaxSize': number
  readonly pullThresholdForQueue: number
  readonly pullThresholdSizeForQueue: number
  readonly consumeMaxSpan: number
  readonly allocateMessageQueueStrategy: string
  readonly 'push.orderly': boolean
  readonly 'push.suspendCurrentQueueTimeMillis': number
  readonly 'push.maxReconsumeTimes': number
  readonly 'push.delayLevelWhenNextConsume': number
  readonly 'push.pullInterval': number
  readonly 'push.pullThresholdForTopic': number
  readonly 'push.pullThresholdSizeForTopic': number
  readonly pullTimeDelayMillsWhenException: number
  readonly trustedPackages: string
  readonly vipChannelEnabled: boolean
  readonly 'push.consumeTimeout': number
  readonly 'pull.pollTimeoutMillis': number
  readonly 'pull.pullThresholdForAll': number
  readonly 'pull.errAcknowledge': string
  readonly 'pull.pullThreadNums': number
  readonly 'pull.topicMetadataCheckIntervalMillis': number
  readonly 'pull.consumerTimeoutMillisWhenSuspend': number
  readonly fromStore: boolean
}

export const consumerBindingProperties: ConfigTable<ConsumerBindingProperties> =
  defineConfig<ConsumerBindingProperties>({
    enabled: setting(booleanText, true, 'False: nothing is consumed.'),
    ...traceProperties,
    subscription: setting(
      plainText,
      '',
      'Tags such as "a || b", or sql: and a condition such as "sql:price > 10"; empty or * for all messages.',
    ),
    messageModel: setting(
      wordText(['CLUSTERING', 'BROADCASTING']),
      'CLUSTERING',
      'CLUSTERING: each message goes to one instance of the group; BROADCASTING: to every instance.',
    ),
    consumeFromWhere: setting(
      wordText(['CONSUME_FROM_LAST_OFFSET', 'CONSUME_FROM_FIRST_OFFSET', 'CONSUME_FROM_TIMESTAMP']),
      'CONSUME_FROM_LAST_OFFSET',
      'Where a group that is new to a topic begins.',
    ),
    consumeTimestamp: setting(timestampText, '', 'yyyyMMddHHmmss, local time; empty: 30 minutes before the start.'),
    pullBatchSize: setting(integerText(1, 1024), 32, 'Messages asked for at once.'),
    'push.consumeMessageBatchMaxSize': setting(
      integerText(1, 1024),
      32,
      'Messages that a listener gets in one call, at most; only with consumer.batch-mode=true.',
    ),
    pullThresholdForQueue: setting(integerText(1, 65_535), 1000, 'Messages of one queue held in memory.'),
    pullThresholdSizeForQueue: setting(integerText(1, 1024), 100, 'MiB of one queue held in memory.'),
    consumeMaxSpan: setting(
      integerText(1, 65_535),
      2000,
      'Distance from the oldest to the newest message held of a queue.',
    ),
    allocateMessageQueueStrategy: setting(
      plainText,
      '',
      'How queues are divided in the group: AVG (default), AVG_BY_CIRCLE, CONSISTENT_HASH, or the name of a component.',
    ),
    'push.orderly': setting(booleanText, false, 'True: messages of a queue one after the other, in their order.'),
    'push.suspendCurrentQueueTimeMillis': setting(
      durationText('ms'),
      1_000,
      'Orderly: pause before a message that failed comes again, 10 to 30000 ms.',
    ),
    'push.maxReconsumeTimes': setting(
      integerText(-1, INT_MAX),
      -1,
      'Redeliveries before the dead letters; -1: 16, or for ever when orderly.',
    ),
    'push.delayLevelWhenNextConsume': setting(
      integerText(-1, INT_MAX),
      0,
      'Delay level of redeliveries; 0: growing from 10 s to 2 h; -1: to the dead letters at once.',
    ),
    'push.consumeTimeout': setting(
      durationText('m'),
      15 * 60_000,
      'A message whose listener has not ended after so long, retries included, is given back; a bare number counts minutes.',
    ),
    'push.pullInterval': setting(
      durationText('ms'),
      0,
      'Pause between two pulls of a queue that both find messages, ms.',
    ),
    pullTimeDelayMillsWhenException: setting(
      durationText('ms'),
      1_000,
      'Longest pause after a pull that failed, ms; pauses begin at 100 ms and double.',
    ),
    'push.pullThresholdForTopic': setting(
      integerText(-1, INT_MAX),
      -1,
      'No effect: pullThresholdForQueue bounds what is held.',
    ),
    'push.pullThresholdSizeForTopic': setting(
      integerText(-1, INT_MAX),
      -1,
      'No effect: pullThresholdSizeForQueue bounds what is held.',
    ),
    trustedPackages: setting(plainText, '', 'No effect: headers are texts, and no classes are loaded by their names.'),
    vipChannelEnabled: setting(booleanText, false, 'No effect: one port serves all.'),
    'pull.pollTimeoutMillis': setting(durationText('ms'), 5000, 'How long poll() of a polled input waits, ms.'),
    'pull.pullThresholdForAll': setting(integerText(1, INT_MAX), 1000, 'Messages of a polled input held in memory.'),
    'pull.errAcknowledge': setting(
      plainText,
      '',
      'Name in options.components of a function (message) => ACCEPT, REJECT or REQUEUE, for polled messages whose handler ' +
        'failed; empty: REQUEUE, or REJECT with delayLevelWhenNextConsume=-1.',
    ),
    'pull.pullThreadNums': setting(integerText(1, INT_MAX), 20, 'No effect: pulling needs no threads here.'),
    'pull.topicMetadataCheckIntervalMillis': setting(
      durationText('ms'),
      30_000,
      'No effect: binder.pollNameServerInterval says how often queues are looked for.',
    ),
    'pull.consumerTimeoutMillisWhenSuspend': setting(
      durationText('ms'),
      30_000,
      'No effect: a broker may hold a pull for 15 s, and its answer is waited for as long again.',
    ),
    fromStore: setting(booleanText, false, 'No effect: a group always goes on where its broker recorded it.'),
  })

/** `spring.cloud.stream.rocketmq.bindings.<name>.producer.*` */
export interface ProducerBindingProperties extends TraceProperties {
  readonly enabled: boolean
  readonly group: string
  readonly sendMsgTimeout: number
  readonly compressMsgBodyThreshold: number
  readonly compressType: 'ZLIB' | 'LZ4' | 'ZSTD'
  readonly retryTimesWhenSendFailed: number
  readonly retryTimesWhenSendAsyncFailed: number
  readonly retryAnotherBroker: boolean
  readonly maxMessageSize: number
  readonly sendType: 'Sync' | 'Async' | 'OneWay'
  readonly producerType: 'Normal' | 'Trans'
  readonly messageQueueSelector: string
  readonly transactionListener: string
  readonly sendCallBack: string
  readonly checkForbiddenHook: string
  readonly sendMessageHook: string
  readonly errorMessageStrategy: string
  readonly sendFailureChannel: string
  readonly vipChannelEnabled: boolean
}

export const producerBindingProperties: ConfigTable<ProducerBindingProperties> =
  defineConfig<ProducerBindingProperties>({
    enabled: setting(booleanText, true, 'False: sending fails.'),
    ...traceProperties,
    group: setting(plainText, '', 'Producer group; empty: binder.group, else "anonymous".'),
    sendMsgTimeout: setting(durationText('ms'), 3_000, 'How long a send may take, retries included, ms.'),
    compressMsgBodyThreshold: setting(integerText(0, INT_MAX), 4_096, 'Bodies of so many bytes are compressed.'),
    compressType: setting(
      wordText(['ZLIB', 'LZ4', 'ZSTD']),
      'ZLIB',
      'How; LZ4 and ZSTD are read by clients of RocketMQ 5 and by ours.',
    ),
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
    producerType: setting(
      wordText(['Normal', 'Trans']),
      'Normal',
      'Trans: every message is sent in a transaction of the group, which the transaction listener decides.',
    ),
    transactionListener: setting(
      plainText,
      '',
      'Name of the transaction listener; empty: the class with @RocketMQTransactionListener for the group.',
    ),
    sendCallBack: setting(
      plainText,
      '',
      'Component with onSuccess(result) and onException(failure), told of each message with sendType=Async.',
    ),
    checkForbiddenHook: setting(plainText, '', 'Not supported.'),
    sendMessageHook: setting(plainText, '', 'Not supported.'),
    errorMessageStrategy: setting(plainText, '', 'No effect, as in Spring’s binder.'),
    sendFailureChannel: setting(plainText, '', 'No effect, as in Spring’s binder; see error-channel-enabled.'),
    vipChannelEnabled: setting(booleanText, false, 'No effect: one port serves all.'),
    messageQueueSelector: setting(
      plainText,
      '',
      'Component that chooses the queue of a message; wins over partitions.',
    ),
  })

/** Keys of rocketmq-spring that the binder's first generation read for its producers. */
export const foreignProducerKeys: Readonly<Record<string, string>> = {
  enableMsgTrace: 'rocketmq.producer.enable-msg-trace',
  customizedTraceTopic: 'rocketmq.producer.customized-trace-topic',
}

/** Keys of the binder's first generation under `consumer.`. */
export const oldConsumerKeys: OldKeys = {
  // Of two old keys of one new key the first counts.
  sql: { key: 'subscription', convert: (text) => `sql:${text}` },
  tags: { key: 'subscription' },
  broadcasting: { key: 'messageModel', convert: (text) => (text.trim() === 'true' ? 'BROADCASTING' : 'CLUSTERING') },
  orderly: { key: 'push.orderly' },
  suspendCurrentQueueTimeMillis: { key: 'push.suspendCurrentQueueTimeMillis' },
  delayLevelWhenNextConsume: { key: 'push.delayLevelWhenNextConsume' },
  pullTimeout: { key: 'pull.pollTimeoutMillis' },
}

/** Keys of the binder's first generation under `producer.`. */
export const oldProducerKeys: OldKeys = {
  transactional: { key: 'producerType', convert: (text) => (text.trim() === 'true' ? 'Trans' : 'Normal') },
  sync: { key: 'sendType', convert: (text) => (text.trim() === 'true' ? 'Sync' : 'Async') },
  sendMessageTimeout: { key: 'sendMsgTimeout' },
  compressMessageBodyThreshold: { key: 'compressMsgBodyThreshold' },
  retryNextServer: { key: 'retryAnotherBroker' },
}
