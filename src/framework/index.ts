// Running service classes.
export { type Application, StreamApplication } from './application.ts'
// The binder interface
export {
  type Binder,
  type BinderContext,
  type BinderTables,
  type BinderType,
  type BindingState,
  type BoundConsumer,
  type BoundEnd,
  type BoundProducer,
  type ConsumerRequest,
  type Disposition,
  dispositionOf,
  type InboundHandler,
  type InputDestination,
  type OldKeys,
  type OutputDestination,
  type ProducerRequest,
  type RefusedMessage,
  registerBinder,
  rejectToDeadLetters,
  requeueLater,
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
  type SendReceipt,
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
export { frameworkErrors } from './errors.ts'
// Injection
export { inject, injectable, named, optional, postConstruct, preDestroy } from './injection.ts'
export type { GroupListener } from './providers.ts'
export type { RunOptions } from './run-options.ts'
export type { Token } from './services.ts'
