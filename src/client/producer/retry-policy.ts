import { codeOf } from '../../base/errors/index.ts'
import { RESPONSE_CODE } from '../../remoting/index.ts'

const NO_BUYER_ID = 204
const NOT_IN_CURRENT_UNIT = 205

/**
 * Answers that another broker, or the same one a little later, may not give. Apache:
 * `DefaultMQProducer.retryResponseCodes`.
 */
const RETRIED_CODES: ReadonlySet<number> = new Set([
  RESPONSE_CODE.SYSTEM_ERROR,
  RESPONSE_CODE.SYSTEM_BUSY,
  RESPONSE_CODE.SERVICE_NOT_AVAILABLE,
  RESPONSE_CODE.NO_PERMISSION,
  RESPONSE_CODE.TOPIC_NOT_EXIST,
  NO_BUYER_ID,
  NOT_IN_CURRENT_UNIT,
  RESPONSE_CODE.GO_AWAY,
])

/** Failures after which the same message may be sent again: nothing was answered, or nothing was sent. */
const RETRIED_FAILURES: ReadonlySet<string | undefined> = new Set([
  'RMQ_CONNECT_FAILED',
  'RMQ_CONNECTION_LOST',
  'RMQ_REQUEST_TIMEOUT',
  'RMQ_TOO_MANY_REQUESTS',
  'RMQ_BROKER_NOT_FOUND',
])

/** Pause before an attempt at the broker that just failed; each further one waits so much longer. */
const SAME_BROKER_PAUSE_MS = 100

/**
 * Whether an answer with this code is worth another attempt. With a queue chosen by the caller it is not: it says no.
 */
export function retriesCode(responseCode: number, queueIsFixed: boolean): boolean {
  return !queueIsFixed && RETRIED_CODES.has(responseCode)
}

/** Whether a send that got no answer is worth another attempt. */
export function retriesFailure(failure: unknown): boolean {
  return RETRIED_FAILURES.has(codeOf(failure))
}

/** How long to wait before the next attempt: not at all when it goes to another broker. */
export function pauseBeforeRetry(attemptsMade: number, sameBroker: boolean): number {
  return sameBroker ? attemptsMade * SAME_BROKER_PAUSE_MS : 0
}
