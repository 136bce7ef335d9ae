import type { Clock } from '../../base/time/index.ts'
import type { ReceivedMessage } from '../../message/index.ts'
import type { BatchListener } from './listener.ts'

/** Is told of each call of a listener. Apache: `ConsumeMessageHook`. */
export interface ConsumeHook {
  /**
   * The listener is about to get these messages. Must not throw.
   * @returns  to be called with the outcome and its milliseconds; `undefined`: these messages do not matter
   */
  before(messages: readonly ReceivedMessage[]): AfterConsume | undefined
  /** The consumer is closed; resolves when what is under way is done, or has taken too long. */
  close(): Promise<void>
}

/** Told how a call of a listener ended: `timeout` is a success that came late. */
export type AfterConsume = (outcome: 'success' | 'timeout' | 'exception', ms: number) => void

/** The listener with a hook around it, for any kind of consumer. */
export function hookedListener(
  listen: BatchListener,
  hook: ConsumeHook,
  clock: Clock,
  consumeTimeoutMs: number,
): BatchListener {
  return (messages, context) => {
    const after = hook.before(messages)
    if (after === undefined) return listen(messages, context)
    const startMs = clock.monotonicMs()
    const succeeded = (): void => {
      const ms = clock.monotonicMs() - startMs
      after(ms >= consumeTimeoutMs ? 'timeout' : 'success', ms)
    }
    const failed = (failure: unknown): never => {
      after('exception', clock.monotonicMs() - startMs)
      throw failure
    }
    try {
      const result = listen(messages, context)
      if (result !== undefined) return result.then(succeeded, failed)
    } catch (failure) {
      failed(failure)
    }
    succeeded()
  }
}
