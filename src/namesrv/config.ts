import { homedir } from 'node:os'
import { join } from 'node:path'
import { booleanText, type ConfigTable, defineConfig, integerText, plainText, setting } from '../base/config/index.ts'

/** Settings of a name server, under Apache's keys. Apache: `NamesrvConfig`, `NettyServerConfig` (5.3.3). */
export interface NamesrvConfig {
  readonly listenPort: number
  readonly bindAddress: string
  readonly kvConfigPath: string
  readonly scanNotActiveBrokerInterval: number
  readonly orderMessageEnable: boolean
  readonly returnOrderTopicConfigToBroker: boolean
  readonly deleteTopicWithBrokerRegistration: boolean
  readonly enableAllTopicList: boolean
  readonly enableTopicList: boolean
  readonly configBlackList: string
}

const DAY_MS = 86_400_000

/** The table of {@link NamesrvConfig}. */
export const namesrvConfig: ConfigTable<NamesrvConfig> = defineConfig<NamesrvConfig>({
  listenPort: setting(integerText(0, 65_535), 9876, 'Port to listen on; 0 takes any free one.'),
  bindAddress: setting(plainText, '0.0.0.0', 'Address to listen on.'),
  kvConfigPath: setting(
    plainText,
    join(homedir(), 'namesrv', 'kvConfig.json'),
    'File that keeps the key-value configuration.',
  ),
  scanNotActiveBrokerInterval: setting(
    integerText(10, DAY_MS),
    5000,
    'How often brokers that stopped sending heartbeats are looked for, ms.',
  ),
  orderMessageEnable: setting(booleanText, false, 'Whether routes carry the order configuration of topics.'),
  returnOrderTopicConfigToBroker: setting(
    booleanText,
    true,
    'Whether a registering broker gets the order configuration of all topics.',
  ),
  deleteTopicWithBrokerRegistration: setting(
    booleanText,
    false,
    'Whether a topic that a broker no longer registers is removed from its routes.',
  ),
  enableAllTopicList: setting(booleanText, true, 'Whether the list of all topics is given away.'),
  enableTopicList: setting(booleanText, true, 'Whether lists of the topics of a cluster, a unit or the system are.'),
  configBlackList: setting(
    plainText,
    'configBlackList;configStorePath;kvConfigPath',
    'Keys that tools may not change while the name server runs, separated by ";".',
  ),
})
