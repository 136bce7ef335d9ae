import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import { dispositionOf } from '../binder/index.ts'
import type { Message, SendReceipt } from '../channels/index.ts'
import {
  type ErrorChannels,
  type ErrorHandler,
  type ErrorMessage,
  errorMessage,
  inputErrorChannel,
  outputErrorChannel,
} from './error-channels.ts'

/** What handling the failures of a binding needs. */
export interface RecoveryContext {
  readonly binding: string
  readonly channels: ErrorChannels
  /** `error-handler-definition`: gets failures instead of the channels. */
  readonly handler: ErrorHandler | undefined
  readonly logger: Logger
}

/** A message that could not be handled, after the last try. */
export interface InputFailure {
  readonly failure: unknown
  readonly message: Message<Buffer>
  readonly destination: string
  readonly group: string
  readonly attempts: number
}

/**
 * Decides about a message after its last try in this process. Resolves: an error handler of the binding took the
 * failure, so that the message is done. Rejects: the message is given back; with what a handler threw, if one did. What
 * the listener decided itself by `rejectToDeadLetters` or `requeueLater` stands, whatever handlers do, unless they
 * decide anew.
 */
export async function recoverInput(
  { failure, message, destination, group, attempts }: InputFailure,
  { binding, channels, handler, logger }: RecoveryContext,
): Promise<void> {
  const name = inputErrorChannel(destination, group)
  const error = errorMessage(failure, message, { binding, destination, group, attempts })
  if (handler === undefined) await channels.publish(name, error)
  else await handler(error)
  const isHandled = handler !== undefined || channels.hears(name)
  if (!isHandled || dispositionOf(failure).kind !== 'again') throw failure
  logger.warn(`${binding}: ${handler === undefined ? name : 'its error handler'} took the failure; the message is done`)
}

/** Decides about a message that could not be sent: see `error-channel-enabled` and `throw-on-send-failure`. */
export async function recoverOutput(
  failure: unknown,
  message: Message<Buffer>,
  destination: string,
  throwsAnyway: boolean,
  { binding, channels, handler, logger }: RecoveryContext,
): Promise<SendReceipt> {
  const name = outputErrorChannel(destination)
  const error: ErrorMessage = errorMessage(failure, message, { binding, destination })
  if (handler === undefined) await channels.publish(name, error)
  else await handler(error)
  if (throwsAnyway || (handler === undefined && !channels.hears(name))) throw failure
  logger.warn(`${binding}: a message could not be sent, and its failure was taken: ${textOf(failure)}`)
  return { messageId: '', destination, details: { failure } }
}
