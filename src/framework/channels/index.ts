// Channels: both ends of a binding, and what goes through them.
export type {
  ChannelSubscription,
  MessageChannel,
  MessageHandler,
  SendReceipt,
  SubscribableChannel,
} from './channel.ts'
export { InboundChannel } from './inbound-channel.ts'
export { HEADER, Message, MessageBuilder, type MessageHeaders } from './message.ts'
export { OutboundChannel } from './outbound-channel.ts'
export type { TransactionListener, TransactionReceipt, TransactionState, TransactionWork } from './transaction.ts'
