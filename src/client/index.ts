// RocketMQ client: producers and consumers over one set of connections.

// Opening
export { type Client, openClient } from './client.ts'
export type { ClientConfig } from './config.ts'
// Consuming
export type { QueueOffset } from './connection/members.ts'
export type { BatchListener, ConsumeContext, MessageListener } from './consumer/listener.ts'
export type { LitePullConsumerOptions } from './consumer/lite-pull/config.ts'
export type { LitePullConsumer, PollOptions, TakenMessage } from './consumer/lite-pull/lite-pull-consumer.ts'
export type { ConsumeFrom } from './consumer/offsets/initial-offset.ts'
export type { OrderlyOptions } from './consumer/orderly/config.ts'
export type {
  OrderlyBatchListener,
  OrderlyContext,
  OrderlyListener,
  OrderlyResult,
} from './consumer/orderly/listener.ts'
export type { ProcessQueueLimits } from './consumer/process-queue/process-queue.ts'
export type { PullConsumer, PullConsumerOptions, PullResult } from './consumer/pull/pull-consumer.ts'
export type { MessageModel, PushConsumerOptions, PushConsumerSettings } from './consumer/push/config.ts'
export type { PushConsumer } from './consumer/push/push-consumer.ts'
export {
  averageShare,
  circleShare,
  configuredShare,
  consistentHashShare,
  machineRoomShare,
  type QueueShare,
} from './consumer/rebalance/shares.ts'
export type { Subscription, SubscriptionExpression } from './consumer/subscription.ts'
export { clientErrors, type SendAttempt } from './errors.ts'
// Sending
export type { ProducerOptions } from './producer/config.ts'
export type { Producer, SendOptions } from './producer/producer.ts'
export { queueByHash, randomQueue } from './producer/queue-selectors.ts'
export type { QueueChoice } from './producer/send-call.ts'
export type { SendResult, SendStatus } from './producer/send-result.ts'
export { splitBatch } from './producer/split-batch.ts'
// Transactions
export type {
  CheckedMessage,
  TransactionCheck,
  TransactionMessage,
  TransactionProducerOptions,
  TransactionResult,
  TransactionState,
  TransactionWork,
} from './producer/transaction/config.ts'
export type { TransactionProducer } from './producer/transaction/transaction-producer.ts'
// Finding messages again
export type { QueryOptions } from './query/queries.ts'
// Routes
export { isNameServer } from './route/probe.ts'
export type { TopicRoute } from './route/topic-route.ts'
// Traces
export { decodeTrace } from './trace/decode-trace.ts'
export type { TraceOptions } from './trace/options.ts'
export type {
  AfterConsumeTrace,
  BeforeConsumeTrace,
  ConsumeOutcome,
  RecallTrace,
  SendTrace,
  TracedType,
  TraceRecord,
  TransactionTrace,
} from './trace/trace-record.ts'
