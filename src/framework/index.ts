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
} from './channels/index.ts'
// Settings of a binding, as binders get them
export type { ConsumerProperties, ProducerProperties } from './config/index.ts'
// Contracts
export { Processor, Sink, Source } from './contracts.ts'
export { batchListenerFailed } from './dispatch/index.ts'
export { frameworkErrors } from './errors.ts'
// Injection
export { inject, injectable, named, optional, postConstruct, preDestroy } from './injection.ts'
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
