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
export { OutboundChannel } from './outbound-channel.ts'
