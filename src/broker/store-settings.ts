import { type StoreConfig, storeConfig } from '../store/index.ts'
import type { BrokerConfig } from './config.ts'
import type { BrokerIdentity } from './identity.ts'

/** Settings that the store reads at each use. */
export const LIVE_STORE_KEYS = [
  'cleanFileForciblyEnable',
  'cleanResourceInterval',
  'deleteCommitLogFilesInterval',
  'deleteFileBatchMax',
  'deleteWhen',
  'diskMaxUsedSpaceRatio',
  'diskSpaceCleanForciblyRatio',
  'diskSpaceWarningLevelRatio',
  'fileReservedTime',
  'redeleteHangedFileInterval',
] as const

/**
 * The store's part of a broker's configuration, with the address that its records carry. Its members for
 * {@link LIVE_STORE_KEYS} change as the broker's do.
 */
export function storeSettings(config: BrokerConfig, identity: BrokerIdentity): StoreConfig {
  const keys = Object.keys(storeConfig.settings) as (keyof StoreConfig)[]
  const given = Object.fromEntries(
    keys.filter((key) => key in config).map((key) => [key, config[key as keyof BrokerConfig]]),
  )
  const settings = {
    ...storeConfig.with({ ...(given as Partial<StoreConfig>), storeHost: identity.ip, storePort: identity.port }),
  }
  for (const key of LIVE_STORE_KEYS) Object.defineProperty(settings, key, { enumerable: true, get: () => config[key] })
  return settings
}
