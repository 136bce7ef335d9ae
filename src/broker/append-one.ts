import { deferred } from '../base/async/index.ts'
import type { AppendMessage, AppendResult, MessageStore } from '../store/index.ts'

/**
 * Stores one message of the broker's own; resolves when it is stored, whatever came of it. Not for the path of sends.
 */
export function appendOne(store: MessageStore, message: AppendMessage): Promise<AppendResult> {
  const done = deferred<AppendResult>()
  store.append(message, { appended: done.resolve })
  return done.promise
}

/** Whether a message was stored, even if it is not known to be on the disk yet. */
export function isStored(result: AppendResult): boolean {
  return result.status === 'ok' || result.status === 'flush-disk-timeout'
}
