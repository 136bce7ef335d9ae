import { InvalidArgumentError, Option } from 'commander'
import { configErrors, parseProperties, readConfigText } from '../base/config/index.ts'
import { type Logger, type LogLevel, textLogger } from '../base/log/index.ts'
import { type BrokerConfig, brokerConfig, loadBrokerConfig } from '../broker/index.ts'
import { type NamesrvConfig, namesrvConfig } from '../namesrv/index.ts'

/** Reads a port. */
export function portArgument(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('Write a number from 0 to 65535; 0 takes any free port.')
}

/** `--log-level`, shared by all servers. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'how much is logged to stderr')
    .choices(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
}

/** The logger of a server program: lines for people on stderr. */
export function programLogger(level: string): Logger {
  return textLogger(level as LogLevel, process.stderr)
}

/**
 * The name server's configuration: its file, with flags over it. What was probably not meant is logged.
 * @throws RMQ_CONFIG_FILE, RMQ_CONFIG_VALUE
 */
export async function namesrvSettings(
  path: string | undefined,
  flags: Partial<NamesrvConfig>,
  logger: Logger,
): Promise<NamesrvConfig> {
  if (path === undefined) return namesrvConfig.with(flags)
  const text = readConfigText(path)
  if (text === undefined) throw configErrors.RMQ_CONFIG_FILE({ path, reason: 'there is no such file' })
  const { entries, duplicates } = parseProperties(text, path)
  const { config, unknown } = namesrvConfig.parse(entries)
  for (const line of [...duplicates, ...unknown]) logger.warn(line)
  return { ...config, ...flags }
}

/**
 * The broker's configuration: `broker.conf`, with flags over it. What was probably not meant is logged.
 * @throws RMQ_BROKER_CONF_MISSING, RMQ_CONFIG_FILE, RMQ_CONFIG_VALUE
 */
export async function brokerSettings(
  path: string | undefined,
  flags: Partial<BrokerConfig>,
  logger: Logger,
): Promise<BrokerConfig> {
  if (path === undefined) return brokerConfig.with(flags)
  const { config, warnings, ignored } = await loadBrokerConfig({ path }, flags)
  for (const line of warnings) logger.warn(line)
  if (ignored.length > 0) logger.debug('keys without effect here', { keys: ignored })
  return config
}

/** Apache's `-p`: all keys and values, one a line. */
export function printConfig(config: object): void {
  const lines = Object.entries(config).map(([key, value]) => `${key}=${value ?? ''}`)
  process.stdout.write(`${lines.sort().join('\n')}\n`)
}
