import { join } from 'node:path'
import { textOf } from '../../base/errors/index.ts'
import type { Files } from '../../base/files/index.ts'
import { parseJavaJson } from '../../base/json/index.ts'
import { storeErrors } from '../errors.ts'
import type { Findings } from './findings.ts'

/** A file of the folder `config`. */
export interface ConfigFile {
  readonly name: string
  readonly bytes: number
  /** Absent: it cannot be read, and `fault` says why. */
  readonly content: Readonly<Record<string, unknown>> | undefined
  readonly fault: string | undefined
}

const DIRECTORY = 'config'

/** Files of the folder that are JSON though they have no ending. */
const JSON_NAMES: ReadonlySet<string> = new Set(['timermetrics', 'transactionMetrics'])

/** Reads every JSON file of `config/` in the dialect of Apache's broker, those empty left out as it leaves them out. */
export function readConfigFiles(directory: string, files: Files): ConfigFile[] {
  const found: ConfigFile[] = []
  for (const { name, isDirectory } of files.list(join(directory, DIRECTORY))) {
    if (isDirectory || !(name.endsWith('.json') || JSON_NAMES.has(name))) continue
    const bytes = files.readWhole(join(directory, DIRECTORY, name)) ?? Buffer.alloc(0)
    if (bytes.length === 0) continue
    found.push({ name, bytes: bytes.length, ...parsed(bytes) })
  }
  return found
}

function parsed(bytes: Buffer): Pick<ConfigFile, 'content' | 'fault'> {
  try {
    const content = parseJavaJson(bytes.toString('utf8'), (reason) =>
      storeErrors.RMQ_STORE_CONFIG_MALFORMED({ reason }),
    )
    if (typeof content !== 'object' || content === null) return { content: undefined, fault: 'it is no object' }
    return { content: content as Readonly<Record<string, unknown>>, fault: undefined }
  } catch (failure) {
    return { content: undefined, fault: textOf(failure) }
  }
}

/** Tells which of them cannot be read. */
export function checkConfig(directory: string, found: readonly ConfigFile[], files: Files, problems: Findings): void {
  for (const { name, fault } of found) {
    if (fault === undefined) continue
    const backup = files.readWhole(join(directory, DIRECTORY, `${name}.bak`))
    const isBackupSound = backup !== undefined && backup.length > 0 && parsed(backup).fault === undefined
    problems.add(
      `config/${name} cannot be read: ${fault}; ${isBackupSound ? 'its .bak can' : 'nor is there a .bak to read'}`,
    )
  }
}
