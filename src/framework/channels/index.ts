// Channels: both ends of a binding, and what goes through them.
export type {
  ChannelSubscription,
  MessageChannel,
  MessageHandler,
  SendReceipt,
  SubscribableChannel,
} from './channel.ts'
export { InboundChannel, type RawBatchHandler } from './inbound-channel.ts'
export { HEADER, Message, MessageBuilder, type MessageHeaders } from './message.ts'
export { OutboundChannel, type PartitionOf, type SendFailureHandler } from './outbound-channel.ts'
export {
  PollableMessageSource,
  type PolledAcknowledgement,
  type PolledHandler,
  type Settlement,
} from './pollable.ts'
export { PolledChannel } from './polled-channel.ts'
export type { TransactionListener, TransactionReceipt, TransactionState, TransactionWork } from './transaction.ts'
