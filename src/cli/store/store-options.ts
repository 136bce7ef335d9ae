import { join } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { nodeFiles } from '../../base/files/index.ts'
import { loadBrokerConfig } from '../../broker/index.ts'
import { type StoreConfig, storeConfig } from '../../store/index.ts'

/** What a store directory has at least one of. */
const SIGNS = ['commitlog', 'consumequeue', 'checkpoint', 'config']

/** Reads the directory of a store; `isPartToo`: or a folder with raw log files. */
export function storeArgument(isPartToo: boolean): (text: string) => string {
  return (directory) => {
    if (SIGNS.some((name) => nodeFiles.facts(join(directory, name)) !== undefined)) return directory
    const isPart = nodeFiles.list(directory).some(({ name }) => /^\d{20}$/.test(name))
    if (isPart && isPartToo) return directory
    throw new InvalidArgumentError(`There is no store in it: give the directory that holds ${SIGNS[0]}/.`)
  }
}

/** Reads a whole number from 0 on. */
export function countArgument(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count
  throw new InvalidArgumentError('Write a whole number, 0 or more.')
}

/** `-c`, for stores whose settings the files do not tell. */
export function configOption(): Option {
  return new Option('-c, --config <file>', 'broker.conf of the store; default: sizes are found from the files')
}

/** `--even-in-use`. */
export function inUseOption(): Option {
  return new Option('--even-in-use', 'look though a broker uses it; its newest messages may look like damage')
}

/** The store's settings in a `broker.conf`. */
export async function storeSettings(path: string | undefined): Promise<Partial<StoreConfig>> {
  if (path === undefined) return {}
  const { config } = await loadBrokerConfig({ path })
  const known = Object.keys(storeConfig.settings)
  return Object.fromEntries(Object.entries(config).filter(([key]) => known.includes(key)))
}
