import { deferred } from '../base/async/index.ts'
import type { Logger } from '../base/log/index.ts'

/**
 * Starts a server, prints the line that says so, and holds it until SIGINT or SIGTERM; then closes it and resolves. A
 * signal during the start closes as soon as it has started; a second one ends the process at once.
 */
export async function serve<Server extends AsyncDisposable>(
  start: () => Promise<Server>,
  readyLine: (server: Server) => string,
  logger: Logger,
): Promise<void> {
  const signalled = deferred<NodeJS.Signals>()
  let signals = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    signals++
    if (signals > 1) process.exit(130)
    signalled.resolve(signal)
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    const server = await start()
    process.stdout.write(`${readyLine(server)}\n`)
    const signal = await signalled.promise
    logger.info('closing; a second signal ends the process at once', { signal })
    await server[Symbol.asyncDispose]()
    logger.info('closed')
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}
