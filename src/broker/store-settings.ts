import { type StoreConfig, storeConfig } from '../store/index.ts'
import type { BrokerConfig } from './config.ts'
import type { BrokerIdentity } from './identity.ts'

/** The store's part of a broker's configuration, with the address that its records carry. */
export function storeSettings(config: BrokerConfig, identity: BrokerIdentity): StoreConfig {
  const keys = Object.keys(storeConfig.settings) as (keyof StoreConfig)[]
  const given = Object.fromEntries(
    keys.filter((key) => key in config).map((key) => [key, config[key as keyof BrokerConfig]]),
  )
  return storeConfig.with({ ...(given as Partial<StoreConfig>), storeHost: identity.ip, storePort: identity.port })
}
