import type { Command } from 'commander'
import { startBroker } from '../../broker/index.ts'
import { brokerSettings, logLevelOption, printConfig, programLogger } from '../options.ts'
import { serve } from '../serve.ts'

interface BrokerFlags {
  readonly namesrvAddr?: string
  readonly config?: string
  readonly printConfigItem?: true
  readonly printImportantConfig?: true
  readonly logLevel: string
}

/** Keys that Apache marks as important. Apache: `@ImportantField` of `BrokerConfig`. */
const IMPORTANT = [
  'namesrvAddr',
  'brokerName',
  'brokerClusterName',
  'brokerId',
  'brokerIP1',
  'autoCreateTopicEnable',
  'brokerRole',
]

/** A broker alone, as in an Apache deployment. Apache: `BrokerStartup` (`mqbroker`). */
export function brokerCommand(command: Command): Command {
  return command
    .option('-n, --namesrvAddr <addresses>', 'name servers, host:port;host:port')
    .option('-c, --config <file>', 'broker.conf, Apache’s keys')
    .option('-p, --printConfigItem', 'print all configuration items and end')
    .option('-m, --printImportantConfig', 'print the important configuration items and end')
    .addOption(logLevelOption())
    .action(async (flags: BrokerFlags) => {
      const logger = programLogger(flags.logLevel)
      const { namesrvAddr } = flags
      const config = await brokerSettings(flags.config, namesrvAddr === undefined ? {} : { namesrvAddr }, logger)
      if (flags.printConfigItem) return printConfig(config)
      if (flags.printImportantConfig) {
        return printConfig(Object.fromEntries(Object.entries(config).filter(([key]) => IMPORTANT.includes(key))))
      }
      await serve(
        () => startBroker(config, { logger: logger.child('broker'), configPath: flags.config }),
        (broker) => `broker "${broker.name}" ready on ${broker.address}`,
        logger,
      )
    })
}
