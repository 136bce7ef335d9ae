import { inRange } from '../../config.ts'
import { clientErrors } from '../../errors.ts'
import type { OrderlyBatchListener, OrderlyListener } from './listener.ts'

/** Consuming each queue in order: a listener for single messages or for batches, one of the two. */
export type OrderlyOptions = {
  /**
   * Pause before messages that failed come again, ms, 10–30000. Default 1000. Apache: `suspendCurrentQueueTimeMillis`.
   */
  readonly suspendMs?: number | undefined
  /** False: progress is recorded only when the listener returns `'commit'`. Default true. */
  readonly autoCommit?: boolean | undefined
} & (
  | {
      readonly listener: OrderlyListener
      readonly batchListener?: undefined
      readonly batchSize?: undefined
    }
  | {
      readonly listener?: undefined
      readonly batchListener: OrderlyBatchListener
      /** Messages a call, at most; a call never waits for more. Default 32. */
      readonly batchSize?: number | undefined
    }
)

/** The options with their defaults. */
export interface OrderlySettings {
  readonly suspendMs: number
  readonly autoCommit: boolean
  readonly batchSize: number
  readonly listen: OrderlyBatchListener
}

const SUSPEND_MS = { min: 10, max: 30_000, default: 1000 } as const

/** @throws RMQ_OPTION_ILLEGAL */
export function orderlySettings(options: OrderlyOptions): OrderlySettings {
  const { suspendMs, autoCommit = true } = options
  if ((options.listener === undefined) === (options.batchListener === undefined)) {
    const value = 'missing, or there is a batchListener too'
    throw clientErrors.RMQ_OPTION_ILLEGAL({ option: 'orderly.listener', value, expected: 'exactly one of the two' })
  }
  return {
    suspendMs: inRange('orderly.suspendMs', suspendMs, SUSPEND_MS.default, SUSPEND_MS.min, SUSPEND_MS.max),
    autoCommit,
    batchSize: options.batchListener === undefined ? 1 : inRange('orderly.batchSize', options.batchSize, 32, 1, 1024),
    listen: batchListenerOf(options),
  }
}

/** A pause as Apache bounds it: 10 ms to 30 s. */
export function boundedSuspendMs(ms: number): number {
  return Number.isNaN(ms) ? SUSPEND_MS.default : Math.min(Math.max(ms, SUSPEND_MS.min), SUSPEND_MS.max)
}

function batchListenerOf(options: OrderlyOptions): OrderlyBatchListener {
  if (options.batchListener !== undefined) return options.batchListener
  const { listener } = options
  return ([message], context) => (message === undefined ? undefined : listener(message, context))
}
