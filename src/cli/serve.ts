import { deferred } from '../base/async/index.ts'
import type { Logger } from '../base/log/index.ts'

/**
 * Holds a running server until SIGINT or SIGTERM, then closes it; resolves when it is closed. A second signal ends the process
 * at once.
 */
export async function serveUntilSignal(server: AsyncDisposable, logger: Logger): Promise<void> {
  const signalled = deferred<NodeJS.Signals>()
  let signals = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    signals++
    if (signals > 1) process.exit(130)
    signalled.resolve(signal)
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const signal = await signalled.promise
  logger.info('closing; a second signal ends the process at once', { signal })
  await server[Symbol.asyncDispose]()
  logger.info('closed')
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
}
