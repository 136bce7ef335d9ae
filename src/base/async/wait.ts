import type { Clock } from '../time/index.ts'
import { deferred } from './deferred.ts'

/** Resolves after `ms`; rejects with `signal.reason` when aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  const done = deferred()
  if (signal?.aborted) {
    done.reject(signal.reason)
    return done.promise
  }
  const onAbort = (): void => {
    timer.cancel()
    done.reject(signal?.reason)
  }
  const timer = clock.setTimeout(() => {
    signal?.removeEventListener('abort', onAbort)
    done.resolve()
  }, ms)
  signal?.addEventListener('abort', onAbort, { once: true })
  return done.promise
}

/** Settles as `work` does, or after `ms` as `onTimeout` says (its value, or what it throws). `work` itself goes on. */
export function withTimeout<Value>(
  clock: Clock,
  work: Promise<Value>,
  ms: number,
  onTimeout: () => Value,
): Promise<Value> {
  const done = deferred<Value>()
  const timer = clock.setTimeout(() => {
    try {
      done.resolve(onTimeout())
    } catch (failure) {
      done.reject(failure)
    }
  }, ms)
  work.then(done.resolve, done.reject).finally(() => timer.cancel())
  return done.promise
}

/** Rejects with `signal.reason` when aborted before `work` settles. `work` itself goes on. */
export function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work
  const done = deferred<Value>()
  if (signal.aborted) done.reject(signal.reason)
  const onAbort = (): void => done.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  work.then(done.resolve, done.reject).finally(() => signal.removeEventListener('abort', onAbort))
  return done.promise
}

/** Resolves in the next turn of the event loop, when other work had its chance. */
export function nextTurn(clock: Clock): Promise<void> {
  const turn = deferred()
  clock.setImmediate(() => turn.resolve())
  return turn.promise
}
