import type { Command } from 'commander'
import { startNamesrv } from '../../namesrv/index.ts'
import { logLevelOption, namesrvSettings, portArgument, printConfig, programLogger } from '../options.ts'
import { serve } from '../serve.ts'

interface NamesrvFlags {
  readonly config?: string
  readonly port?: number
  readonly printConfigItem?: true
  readonly logLevel: string
}

/** `rocketstream namesrv`: a name server alone. */
export function namesrvCommand(command: Command): Command {
  return common(command.option('-p, --port <port>', 'port to listen on (9876)', portArgument))
}

/** The same under Apache's flags, where `-p` prints. Apache: `NamesrvStartup` (`mqnamesrv`). */
export function mqnamesrvCommand(command: Command): Command {
  return common(command.option('-p, --printConfigItem', 'print all configuration items and end'))
}

function common(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file, Apache’s keys')
    .addOption(logLevelOption())
    .action(async (flags: NamesrvFlags) => {
      const logger = programLogger(flags.logLevel)
      const config = await namesrvSettings(
        flags.config,
        flags.port === undefined ? {} : { listenPort: flags.port },
        logger,
      )
      if (flags.printConfigItem) return printConfig(config)
      await serve(
        () => startNamesrv(config, { logger: logger.child('namesrv'), configPath: flags.config }),
        (namesrv) => `name server ready on ${config.bindAddress}:${namesrv.port}`,
        logger,
      )
    })
}
