// The interface that a messaging system implements, and one that lives in memory.
export type {
  BatchInboundHandler,
  Binder,
  BinderContext,
  BinderTables,
  BinderType,
  BindingState,
  BoundConsumer,
  BoundEnd,
  BoundProducer,
  BoundSource,
  ConsumerRequest,
  InboundHandler,
  OldKeys,
  PolledMessage,
  ProducerRequest,
  SourceRequest,
} from './binder.ts'
export { type Disposition, dispositionOf, rejectToDeadLetters, requeueLater } from './disposition.ts'
export { registerBinder, registeredBinders } from './registry.ts'
export { type RefusedMessage, TestBinder, type TestBinderOptions } from './test-binder.ts'
export type { InputDestination, OutputDestination } from './test-destinations.ts'
