// From a message to the listener's method, and from its result to a channel.

export { batchListenerFailed } from './batch-failed.ts'
export { dispatchBatchTo } from './batch-listeners.ts'
export { withBatchRetry } from './batch-retry.ts'
export { dispatchError } from './error-listeners.ts'
export { type DispatchContext, dispatchTo, type LiveListener } from './message-listeners.ts'
export { type ListenerPlan, planListeners } from './plan.ts'
export { isMessage, sendResult } from './reply.ts'
export {
  attemptsOf,
  type RetryContext,
  type RetryPolicy,
  type RetryTemplate,
  retryTemplate,
  withRetry,
} from './retry.ts'
export { type StreamContext, startStream } from './stream-listeners.ts'
