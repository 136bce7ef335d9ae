import { textOf } from '../base/errors/index.ts'
import type { Logger } from '../base/log/index.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Closes the application on SIGINT and SIGTERM and then ends the process: 0 when it closed well, 1 when not. A second
 * signal ends it at once with 130. The result removes the handlers.
 */
export function closeOnSignals(close: () => Promise<void>, logger: Logger): () => void {
  let asked = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) {
      logger.warn(`${signal} again: ending without waiting`)
      process.exit(130)
    }
    asked = true
    logger.info(`${signal}: closing; a second signal ends without waiting`)
    close().then(
      () => process.exit(0),
      (failure: unknown) => {
        logger.error(`closing failed: ${textOf(failure)}`)
        process.exit(1)
      },
    )
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}
