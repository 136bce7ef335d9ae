// The vocabulary of a service class.
export type { ChannelDecorator } from './channel-decorator.ts'
export { EnableBinding } from './enable-binding.ts'
export { Header, type HeaderOptions, Headers } from './header.ts'
export { Input } from './input.ts'
export { FullMessage } from './message.ts'
// Reading what was recorded.
export {
  type AnyClass,
  type ChannelRecord,
  channelsOf,
  contractsOf,
  type FunctionKind,
  type FunctionRecord,
  functionsOf,
  type ListenerRecord,
  listenersOf,
  type ParameterRecord,
  type PayloadSchema,
  type PayloadSpec,
  type PayloadType,
  type PayloadVerdict,
  parametersOf,
  type SendToRecord,
  sendTosOf,
  type TransactionListenerRecord,
  transactionListenerOf,
  type ValueRecord,
  type ValueType,
  valuesOf,
} from './metadata.ts'
export { Output } from './output.ts'
export { Payload } from './payload.ts'
export { POLLABLE } from './pollable.ts'
export { SendTo } from './send-to.ts'
export { ServiceActivator, type ServiceActivatorOptions } from './service-activator.ts'
export { StreamConsumer, StreamFunction, StreamSupplier } from './stream-function.ts'
export { StreamListener, type StreamListenerOptions } from './stream-listener.ts'
export { RocketMQTransactionListener, type TransactionListenerOptions } from './transaction-listener.ts'
export { Value, type ValueDecorator } from './value.ts'
