import { sleep } from '../../base/async/index.ts'
import { codeOf, textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { dispositionOf } from '../binder/index.ts'
import { type ConsumerProperties, consumerSettings } from '../config/index.ts'
import type { Wanted } from '../providers.ts'

/**
 * How messages are tried in this process, instead of the properties `max-attempts`, `back-off-*` and
 * `retryable-exceptions`. Given to `run` in `options.components` and named by `retry-template-name`. Spring:
 * `@StreamRetryTemplate`.
 */
export interface RetryTemplate {
  /** Tries, the first included. Default 3. */
  readonly maxAttempts?: number
  /** Milliseconds to wait after the n-th try, counted from 1. Default 1000, doubled each time up to 10000. */
  readonly backOffMs?: (attempt: number) => number
  /** Whether this failure is worth another try. Default: each is. */
  readonly isRetryable?: (failure: unknown) => boolean
}

/** How often and how fast a message is tried in this process. */
export interface RetryPolicy {
  readonly properties: ConsumerProperties
  /** Error class or code → whether it is tried again; others as `defaultRetryable` says. */
  readonly retryable: ReadonlyMap<string, boolean>
  /** Replaces all of the above. */
  readonly template?: RetryTemplate | undefined
}

/** What a `retry-template-name` must name. */
export const retryTemplate: Wanted<RetryTemplate> = {
  what: 'a RetryTemplate, an object of maxAttempts, backOffMs(attempt) and isRetryable(failure), each optional',
  is(value): value is RetryTemplate {
    if (typeof value !== 'object' || value === null) return false
    const { maxAttempts = 1, backOffMs, isRetryable: decides } = value as RetryTemplate
    const isFunction = (one: unknown): boolean => one === undefined || typeof one === 'function'
    return Number.isInteger(maxAttempts) && maxAttempts >= 1 && isFunction(backOffMs) && isFunction(decides)
  },
}

/** Tries in this process, the first included. */
export function attemptsOf({ template, properties }: RetryPolicy): number {
  return template === undefined ? properties.maxAttempts : (template.maxAttempts ?? DEFAULTS.maxAttempts)
}

/** What retrying needs. */
export interface RetryContext {
  readonly binding: string
  readonly clock: Clock
  readonly logger: Logger
  /** Aborted on closing: no more pauses, the message is given back. */
  readonly signal: AbortSignal
  /** Decides after the last try; rejects when the message is given back. Default: it is, with the last failure. */
  readonly recover?: (failure: unknown, attempts: number) => Promise<void>
}

const DEFAULTS = consumerSettings.with()

/** Failures that the next try would meet as well. */
const HOPELESS: ReadonlySet<string> = new Set([
  'RMQ_PAYLOAD_UNREADABLE',
  'RMQ_PAYLOAD_INVALID',
  'RMQ_HEADER_MISSING',
  'RMQ_CHANNEL_UNHEARD',
  'RMQ_STREAM_FAILED',
])

/**
 * Tries up to `max-attempts` times, with growing pauses; then `recover` decides. When closing begins, what has
 * tries left is not tried again but given back. Spring: `RetryTemplate` with `ExponentialBackOffPolicy`.
 */
export async function withRetry(work: () => Promise<void>, policy: RetryPolicy, context: RetryContext): Promise<void> {
  const maxAttempts = attemptsOf(policy)
  const { binding, clock, logger, recover, signal } = context
  for (let attempt = 1; ; attempt++) {
    try {
      await work()
      return
    } catch (failure) {
      const what = `${binding}: attempt ${attempt} of ${maxAttempts} failed: ${textOf(failure)}`
      const isLast = attempt >= maxAttempts || !isRetryable(failure, policy)
      if (isLast || signal.aborted) {
        // What a listener decided itself is no accident.
        if (dispositionOf(failure).kind === 'again') logger.error(what, { stack: stackOf(failure) })
        else logger.warn(`${binding}: ${textOf(failure)}`)
        if (isLast && recover !== undefined) return recover(failure, attempt)
        throw failure
      }
      const pauseMs = pauseAfter(attempt, policy)
      logger.warn(`${what}; next in ${pauseMs} ms`)
      await sleep(clock, pauseMs, signal).catch(() => {
        throw failure
      })
    }
  }
}

/** How long to wait after the n-th try, ms. */
export function pauseAfter(attempt: number, { template, properties }: RetryPolicy): number {
  if (template?.backOffMs !== undefined) return Math.max(0, Math.trunc(template.backOffMs(attempt)) || 0)
  const { backOffInitialInterval, backOffMultiplier, backOffMaxInterval } =
    template === undefined ? properties : DEFAULTS
  return Math.min(backOffInitialInterval * backOffMultiplier ** (attempt - 1), backOffMaxInterval)
}

/** Whether another try may help. */
export function isRetryable(failure: unknown, { properties, retryable, template }: RetryPolicy): boolean {
  if (dispositionOf(failure).kind !== 'again') return false
  if (HOPELESS.has(codeOf(failure) ?? '')) return false
  if (template !== undefined) return template.isRetryable?.(failure) ?? true
  if (retryable.size === 0) return properties.defaultRetryable
  const seen = new Set<unknown>()
  for (let cause = failure; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    seen.add(cause)
    const known = namesOf(cause).find((name) => retryable.has(name))
    if (known !== undefined) return retryable.get(known) ?? properties.defaultRetryable
  }
  return properties.defaultRetryable
}

/**
 * By what a failure can be named: its code, its name, its class and the classes that this one extends, nearest first.
 */
function namesOf(failure: Error): readonly string[] {
  const names = [codeOf(failure) ?? '', failure.name]
  for (let type: unknown = failure.constructor; typeof type === 'function' && type.name !== ''; ) {
    names.push(type.name)
    type = Object.getPrototypeOf(type)
  }
  return names
}

function stackOf(failure: unknown): string | undefined {
  return failure instanceof Error ? failure.stack : undefined
}
