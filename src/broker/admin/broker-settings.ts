import type { LiveConfig } from '../../base/config/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import {
  configRefusal,
  type DataVersion,
  type GetBrokerConfig,
  type Handler,
  type UpdateBrokerConfig,
} from '../../remoting/index.ts'
import { APACHE_KEYS } from '../apache-keys.ts'
import type { BrokerConfig } from '../config.ts'
import { FIRST_VERSION, nextVersion } from '../data-version.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { LIVE_KEYS } from './live-keys.ts'

/** The broker's settings as tools read and change them. Apache: `Configuration` (5.3.3). */
export class BrokerSettings {
  readonly #live: LiveConfig<BrokerConfig>
  readonly #topics: TopicTable
  readonly #clock: Clock
  readonly #logger: Logger
  #version: DataVersion = FIRST_VERSION

  constructor(live: LiveConfig<BrokerConfig>, topics: TopicTable, clock: Clock, logger: Logger) {
    this.#live = live
    this.#topics = topics
    this.#clock = clock
    this.#logger = logger
  }

  /** All settings. Apache: `AdminBrokerProcessor.getBrokerConfig`. */
  readonly get: Handler<typeof GetBrokerConfig> = () => ({
    header: { version: JSON.stringify(this.#version) },
    body: Buffer.from(this.#live.text()),
  })

  /**
   * Changes settings in memory and in the broker's file, if it has one. The remark says which of them wait for a
   * restart. Apache: `AdminBrokerProcessor.updateBrokerConfig`.
   */
  readonly update: Handler<typeof UpdateBrokerConfig> = async (_request, call) => {
    const text = call.body.toString('utf8')
    try {
      const { configBlackList } = this.#live.current
      const { changed, ignored } = await this.#live.changeByText(text, call.peer.address, configBlackList, APACHE_KEYS)
      this.#version = nextVersion(this.#version, this.#clock)
      // The permission is part of what the name servers know of each topic.
      if (changed.includes('brokerPermission')) this.#topics.renew()
      const later = changed.filter((key) => !LIVE_KEYS.has(key))
      this.#logger.info('settings changed', { by: call.peer.address, changed, afterRestart: later, ignored })
      const remarks = [
        ...(later.length > 0 ? [`${later.join(', ')}: effective after a restart`] : []),
        ...(ignored.length > 0 ? [`${ignored.join(', ')}: without effect here`] : []),
      ]
      return remarks.length === 0 ? {} : { remark: remarks.join('; ') }
    } catch (failure) {
      return configRefusal(failure)
    }
  }
}
