/** Names of the properties that RocketMQ itself reads or writes. Apache: `MessageConst`. */
export const PROPERTY = {
  keys: 'KEYS',
  tags: 'TAGS',
  waitStoreOk: 'WAIT',
  delayLevel: 'DELAY',
  retryTopic: 'RETRY_TOPIC',
  realTopic: 'REAL_TOPIC',
  realQueueId: 'REAL_QID',
  transactionPrepared: 'TRAN_MSG',
  producerGroup: 'PGROUP',
  minOffset: 'MIN_OFFSET',
  maxOffset: 'MAX_OFFSET',
  originMessageId: 'ORIGIN_MESSAGE_ID',
  reconsumeTime: 'RECONSUME_TIME',
  maxReconsumeTimes: 'MAX_RECONSUME_TIMES',
  uniqueKey: 'UNIQ_KEY',
  messageRegion: 'MSG_REGION',
  traceOn: 'TRACE_ON',
  cluster: 'CLUSTER',
  consumeStartTime: 'CONSUME_START_TIME',
  transactionId: '__transactionId__',
  transactionCheckTimes: 'TRANSACTION_CHECK_TIMES',
  transactionPreparedQueueOffset: 'TRAN_PREPARED_QUEUE_OFFSET',
  checkImmunitySeconds: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  shardingKey: '__SHARDINGKEY',
  innerMessages: 'INNER_NUM',
  innerBase: 'INNER_BASE',
  innerMultiDispatch: 'INNER_MULTI_DISPATCH',
  innerMultiQueueOffset: 'INNER_MULTI_QUEUE_OFFSET',
  timerDelaySec: 'TIMER_DELAY_SEC',
  timerDelayMs: 'TIMER_DELAY_MS',
  timerDeliverMs: 'TIMER_DELIVER_MS',
} as const

/** Names a program may not use for its own properties. Apache: `MessageConst.STRING_HASH_SET` (5.3.3). */
export const RESERVED_PROPERTIES: ReadonlySet<string> = new Set(
  `TRACE_ON MSG_REGION KEYS TAGS WAIT DELAY RETRY_TOPIC REAL_TOPIC REAL_QID TRAN_MSG PGROUP MIN_OFFSET MAX_OFFSET BUYER_ID
   ORIGIN_MESSAGE_ID TRANSFER_FLAG CORRECTION_FLAG MQ2_FLAG RECONSUME_TIME UNIQ_KEY MAX_RECONSUME_TIMES CONSUME_START_TIME
   POP_CK POP_CK_OFFSET 1ST_POP_TIME TRAN_PREPARED_QUEUE_OFFSET DUP_INFO EXTEND_UNIQ_INFO INSTANCE_ID CORRELATION_ID
   REPLY_TO_CLIENT TTL ARRIVE_TIME PUSH_REPLY_TIME CLUSTER MSG_TYPE INNER_MULTI_QUEUE_OFFSET TIMER_DELAY_MS TIMER_DELAY_SEC
   TIMER_DELIVER_MS TIMER_ENQUEUE_MS TIMER_DEQUEUE_MS TIMER_ROLL_TIMES TIMER_OUT_MS TIMER_DEL_UNIQKEY TIMER_DELAY_LEVEL
   __BORNHOST BORN_TIMESTAMP DLQ_ORIGIN_TOPIC DLQ_ORIGIN_MESSAGE_ID __CRC32#`.split(/\s+/),
)
