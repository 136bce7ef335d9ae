// RocketMQ client: producers and consumers over one set of connections.

// Opening
export { type Client, openClient } from './client.ts'
export type { ClientConfig } from './config.ts'
// Consuming
export type { BatchListener, ConsumeContext, MessageListener } from './consumer/listener.ts'
export type { ConsumeFrom } from './consumer/offsets/initial-offset.ts'
export type { ProcessQueueLimits } from './consumer/process-queue/process-queue.ts'
export type { PushConsumerOptions, PushConsumerSettings } from './consumer/push/config.ts'
export type { PushConsumer } from './consumer/push/push-consumer.ts'
export { averageShare } from './consumer/rebalance/average.ts'
export type { Subscription, SubscriptionExpression } from './consumer/subscription.ts'
export { clientErrors, type SendAttempt } from './errors.ts'
// Sending
export type { ProducerOptions } from './producer/config.ts'
export type { Producer, SendOptions } from './producer/producer.ts'
export type { QueueChoice } from './producer/send-call.ts'
export type { SendResult, SendStatus } from './producer/send-result.ts'
export { splitBatch } from './producer/split-batch.ts'
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
