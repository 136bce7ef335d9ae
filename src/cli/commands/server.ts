import type { Command } from 'commander'
import { startServer } from '../../embedded/index.ts'
import { brokerSettings, logLevelOption, portArgument, programLogger } from '../options.ts'
import { serve } from '../serve.ts'

interface ServerFlags {
  readonly namesrvPort: number
  readonly config?: string
  readonly store?: string
  readonly logLevel: string
}

/** Name server and broker in one process. */
export function serverCommand(command: Command): Command {
  return command
    .option('--namesrv-port <port>', 'port of the name server', portArgument, 9876)
    .option('-c, --config <file>', 'broker.conf, Apache’s keys')
    .option('--store <directory>', 'where messages are kept; wins over storePathRootDir of broker.conf')
    .addOption(logLevelOption())
    .action(async (flags: ServerFlags) => {
      const startedMs = performance.now()
      const logger = programLogger(flags.logLevel)
      const broker = await brokerSettings(
        flags.config,
        flags.store === undefined ? {} : { storePathRootDir: flags.store },
        logger,
      )
      await serve(
        () =>
          startServer(
            { namesrv: { listenPort: flags.namesrvPort }, broker, brokerConfigPath: flags.config },
            { logger },
          ),
        (server) =>
          `rocketstream server ready: name server on port ${server.namesrvPort}, broker "${server.brokerName}" on ` +
          `${server.brokerAddress}, store ${broker.storePathRootDir} (${seconds(performance.now() - startedMs)})`,
        logger,
      )
    })
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
