import type { Clock } from '../../base/time/index.ts'
import type { ReceivedMessage } from '../../message/index.ts'

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

/** Told how a call of a listener ended: `timeout` is a success that came late, `failed` a refusal without a throw. */
export type AfterConsume = (outcome: 'success' | 'timeout' | 'exception' | 'failed', ms: number) => void

type Listen<Context, Result> = (messages: readonly ReceivedMessage[], context: Context) => Result | Promise<Result>

/** What listeners answer that refuse their messages without throwing. */
const REFUSALS: ReadonlySet<unknown> = new Set(['suspend', 'rollback', 'dead-letter'])

/** The listener with a hook around it, if there is one, for any kind of consumer. */
export function hookedListener<Context, Result>(
  listen: Listen<Context, Result>,
  hook: ConsumeHook | undefined,
  clock: Clock,
  consumeTimeoutMs: number,
): Listen<Context, Result> {
  if (hook === undefined) return listen
  return (messages, context) => {
    const after = hook.before(messages)
    if (after === undefined) return listen(messages, context)
    const startMs = clock.monotonicMs()
    const ended = (result: Result): Result => {
      const ms = clock.monotonicMs() - startMs
      if (REFUSALS.has(result)) after('failed', ms)
      else after(ms >= consumeTimeoutMs ? 'timeout' : 'success', ms)
      return result
    }
    const failed = (failure: unknown): never => {
      after('exception', clock.monotonicMs() - startMs)
      throw failure
    }
    let result: Result | Promise<Result>
    try {
      result = listen(messages, context)
    } catch (failure) {
      return failed(failure)
    }
    return result instanceof Promise ? result.then(ended, failed) : ended(result)
  }
}
