// From a message to the listener's method, and from its result to a channel.
export { batchListenerFailed } from './batch-failed.ts'
export { dispatchBatchTo } from './batch-listeners.ts'
export { withBatchRetry } from './batch-retry.ts'
export { type DispatchContext, dispatchTo, type LiveListener } from './message-listeners.ts'
export { type ListenerPlan, planListeners } from './plan.ts'
export { type RetryContext, type RetryPolicy, withRetry } from './retry.ts'
export { type StreamContext, startStream } from './stream-listeners.ts'
