import { codeOf } from '../../base/errors/index.ts'
import { frameworkErrors } from '../errors.ts'

const FAILED_CODE = 'RMQ_BATCH_LISTENER_FAILED'

/**
 * Fails a batch from one message on: `throw batchListenerFailed(3, cause)`. Messages before it are done, it and those
 * behind it are given back. Spring: `BatchListenerFailedException`.
 *
 * @param index  place of the first message that failed, in the list that the listener was given; from 0
 * @param cause  why; an error of `rejectToDeadLetters` or `requeueLater` decides what becomes of that message
 */
export function batchListenerFailed(index: number, cause?: unknown): Error {
  return frameworkErrors.RMQ_BATCH_LISTENER_FAILED({ index }, cause)
}

/** Whether a failure of a batch is one of its n-th message too. */
export function failsAt(failure: unknown, place: number): boolean {
  return place >= failedIndexOf(failure)
}

/** What is told of the n-th message: those behind the one that failed only have to come again, whatever its fate. */
export function reasonAt(failure: unknown, place: number): unknown {
  const index = failedIndexOf(failure)
  return codeOf(failure) === FAILED_CODE && place > index ? batchListenerFailed(index) : failure
}

/** The place that the error names, else the beginning. */
function failedIndexOf(failure: unknown): number {
  return codeOf(failure) === FAILED_CODE
    ? (failure as { readonly details: { readonly index: number } }).details.index
    : 0
}
