import { sleep } from '../../base/async/index.ts'
import { codeOf, textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { dispositionOf } from '../binder/index.ts'
import type { ConsumerProperties } from '../config/index.ts'

/** How often and how fast a message is tried in this process. */
export interface RetryPolicy {
  readonly properties: ConsumerProperties
  /** Error name or code → whether it is tried again; others as `defaultRetryable` says. */
  readonly retryable: ReadonlyMap<string, boolean>
}

/** What retrying needs. */
export interface RetryContext {
  readonly binding: string
  readonly clock: Clock
  readonly logger: Logger
  /** Aborted on closing: no more pauses, the message is given back. */
  readonly signal: AbortSignal
}

/** Failures that the next try would meet as well. */
const HOPELESS: ReadonlySet<string> = new Set([
  'RMQ_PAYLOAD_UNREADABLE',
  'RMQ_PAYLOAD_INVALID',
  'RMQ_HEADER_MISSING',
  'RMQ_CHANNEL_UNHEARD',
  'RMQ_STREAM_FAILED',
])

/**
 * Tries up to `max-attempts` times, with growing pauses; rejects with the last failure.
 * Spring: `RetryTemplate` with `ExponentialBackOffPolicy`.
 */
export async function withRetry(work: () => Promise<void>, policy: RetryPolicy, context: RetryContext): Promise<void> {
  const { maxAttempts, backOffInitialInterval, backOffMaxInterval, backOffMultiplier } = policy.properties
  let pauseMs = Math.min(backOffInitialInterval, backOffMaxInterval)
  for (let attempt = 1; ; attempt++) {
    try {
      await work()
      return
    } catch (failure) {
      const again = attempt < maxAttempts && !context.signal.aborted && isRetryable(failure, policy)
      const what = `${context.binding}: attempt ${attempt} of ${maxAttempts} failed: ${textOf(failure)}`
      if (!again) {
        context.logger.error(`${what}; the message is given back`, { stack: stackOf(failure) })
        throw failure
      }
      context.logger.warn(`${what}; next in ${pauseMs} ms`)
      await sleep(context.clock, pauseMs, context.signal).catch(() => {
        throw failure
      })
      pauseMs = Math.min(pauseMs * backOffMultiplier, backOffMaxInterval)
    }
  }
}

/** Whether another try may help. */
export function isRetryable(failure: unknown, { properties, retryable }: RetryPolicy): boolean {
  if (dispositionOf(failure).kind !== 'again') return false
  if (HOPELESS.has(codeOf(failure) ?? '')) return false
  const seen = new Set<unknown>()
  for (let cause = failure; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    seen.add(cause)
    const verdict =
      retryable.get(cause.name) ?? retryable.get(cause.constructor.name) ?? retryable.get(codeOf(cause) ?? '')
    if (verdict !== undefined) return verdict
  }
  return properties.defaultRetryable
}

function stackOf(failure: unknown): string | undefined {
  return failure instanceof Error ? failure.stack : undefined
}
