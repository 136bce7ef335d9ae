import { once } from 'node:events'
import { codeOf } from '../../base/errors/index.ts'

/**
 * Writes lines to standard output as fast as the reader takes them; resolves to false when the reader has gone, as
 * `head` does: then nothing more is worth writing.
 */
export async function writeLines(lines: AsyncIterable<string> | Iterable<string>): Promise<boolean> {
  const { stdout } = process
  let isOpen = true
  const onError = (failure: unknown): void => {
    if (codeOf(failure) !== 'EPIPE') throw failure
    isOpen = false
  }
  stdout.on('error', onError)
  try {
    for await (const line of lines) {
      if (!isOpen) return false
      if (!stdout.write(`${line}\n`)) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')])
    }
    return isOpen
  } catch (failure) {
    if (isOpen || codeOf(failure) !== 'EPIPE') throw failure
    return false
  }
}
