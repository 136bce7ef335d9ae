import { parseProperties, readConfigText } from '../base/config/index.ts'
import { APACHE_KEYS } from './apache-keys.ts'
import { type BrokerConfig, brokerConfig } from './config.ts'
import { brokerErrors } from './errors.ts'

/** Where a broker's configuration is: a file, or its text. */
export type BrokerConfigSource = { readonly path: string } | { readonly text: string }

/** What {@link loadBrokerConfig} found. */
export interface LoadedBrokerConfig {
  /** Frozen; every key is present. */
  readonly config: BrokerConfig
  /** What was probably not meant, each as a sentence with file and line: unknown keys, keys given twice. */
  readonly warnings: readonly string[]
  /** Keys of Apache's that have no effect here; for a debug line. */
  readonly ignored: readonly string[]
}

/**
 * Reads a `broker.conf` as Apache's `mqbroker -c` does; `overrides` win over it.
 * @throws RMQ_BROKER_CONF_MISSING  there is no such file
 * @throws RMQ_CONFIG_FILE  it cannot be read
 * @throws RMQ_CONFIG_VALUE  a value does not fit its key
 */
export async function loadBrokerConfig(
  source: BrokerConfigSource,
  overrides: Partial<BrokerConfig> = {},
): Promise<LoadedBrokerConfig> {
  const name = 'path' in source ? source.path : 'broker.conf'
  const text = 'path' in source ? await readConfigText(source.path) : source.text
  if (text === undefined) throw brokerErrors.RMQ_BROKER_CONF_MISSING({ path: name })
  const { entries, duplicates } = parseProperties(text, name)
  const ignored = [...entries.keys()].filter(
    (key) => APACHE_KEYS.has(key) && !Object.hasOwn(brokerConfig.settings, key),
  )
  const known = new Map([...entries].filter(([key]) => !ignored.includes(key)))
  const { config, unknown } = brokerConfig.parse(known)
  return {
    config: Object.freeze({ ...config, ...overrides }),
    warnings: [...duplicates, ...unknown],
    ignored,
  }
}
