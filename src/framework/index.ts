// Running service classes.
export { type Application, StreamApplication } from './application.ts'
// The binder interface
export {
  type BatchInboundHandler,
  type Binder,
  type BinderContext,
  type BinderTables,
  type BinderType,
  type BindingState,
  type BoundConsumer,
  type BoundEnd,
  type BoundProducer,
  type BoundSource,
  type ConsumerRequest,
  type Disposition,
  dispositionOf,
  type InboundHandler,
  type InputDestination,
  type OldKeys,
  type OutputDestination,
  type PolledMessage,
  type ProducerRequest,
  type RefusedMessage,
  registerBinder,
  rejectToDeadLetters,
  requeueLater,
  type SourceRequest,
  TestBinder,
  type TestBinderOptions,
} from './binder/index.ts'
export type { Binding } from './binding/index.ts'
// Channels and messages
export {
  type ChannelSubscription,
  HEADER,
  Message,
  MessageBuilder,
  type MessageChannel,
  type MessageHandler,
  type MessageHeaders,
  PollableMessageSource,
  type PolledAcknowledgement,
  type PolledHandler,
  type SendReceipt,
  type Settlement,
  type SubscribableChannel,
  type TransactionListener,
  type TransactionReceipt,
  type TransactionState,
  type TransactionWork,
} from './channels/index.ts'
// Settings of a binding, as binders get them
export type { ConsumerProperties, ProducerProperties } from './config/index.ts'
// Contracts
export { Processor, Sink, Source } from './contracts.ts'
export type { RetryTemplate } from './dispatch/index.ts'
export { batchListenerFailed } from './dispatch/index.ts'
export { frameworkErrors } from './errors.ts'
// Failures
export { ERROR_HEADER, type ErrorHandler, type ErrorMessage } from './failures/index.ts'
// Sending by name
export { StreamBridge, type StreamBridgeSends } from './functions/index.ts'
// Injection
export { inject, injectable, named, optional, postConstruct, preDestroy } from './injection.ts'
// Partitions
export type { PartitionKeyExtractor, PartitionSelector } from './partition/index.ts'
export type { GroupListener } from './providers.ts'
// For binders: a component as a function
export { functionOf } from './providers.ts'
// Acknowledging what streams and batch listeners were given
export {
  type Acknowledgement,
  acknowledgement,
  acknowledgements,
  type EachMessageOptions,
  eachMessage,
  holdMessages,
  type MessageOrMessages,
  type NackOptions,
  type WorkResult,
} from './reactive/index.ts'
export type { RunOptions } from './run-options.ts'
export type { Token } from './services.ts'
