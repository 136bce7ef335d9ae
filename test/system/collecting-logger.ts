import type { Logger } from '../../src/base/log/index.ts'

/** A logger whose lines a test can read: `level message`. */
export function collectingLogger(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = []
  const at =
    (level: string) =>
    (message: string): void => {
      lines.push(`${level} ${message}`)
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return { logger, lines }
}
