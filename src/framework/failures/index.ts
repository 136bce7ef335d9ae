// Failures of messages: the channels that tell of them, and what becomes of the message.
export {
  ERROR_HEADER,
  ErrorChannels,
  type ErrorHandler,
  type ErrorMessage,
  GLOBAL_ERROR_CHANNEL,
  inputErrorChannel,
  isErrorChannelName,
  outputErrorChannel,
} from './error-channels.ts'
export { type RecoveryContext, recoverInput, recoverOutput } from './recover.ts'
