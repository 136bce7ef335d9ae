import { textOf } from '../errors/index.ts'
import { type Files, nodeFiles } from '../files/index.ts'
import { configErrors } from './errors.ts'

/**
 * Reads a configuration file: strictly as UTF-8, else as ISO-8859-1, which is what Java writes. `undefined` when there
 * is no such file.
 * @throws RMQ_CONFIG_FILE  it exists and cannot be read
 */
export function readConfigText(path: string, files: Files = nodeFiles): string | undefined {
  const bytes = readBytes(path, files)
  if (bytes === undefined) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

function readBytes(path: string, files: Files): Buffer | undefined {
  try {
    return files.readWhole(path)
  } catch (failure) {
    throw configErrors.RMQ_CONFIG_FILE({ path, reason: textOf(failure) }, failure)
  }
}
