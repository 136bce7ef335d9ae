import type { Container } from 'inversify'
import type { AnyClass } from '../../decorators/index.ts'
import { type Logger, type LogLevel, textLogger } from '../base/log/index.ts'
import { systemRandom } from '../base/random/index.ts'
import type { Clock } from '../base/time/index.ts'
import type { BinderType } from './binder/index.ts'
import { type Environment, loadEnvironment } from './config/index.ts'
import { frameworkErrors } from './errors.ts'

/** Options of `StreamApplication.run`; all may be left out. */
export interface RunOptions {
  /** Used by all bindings instead of the registered kinds; for tests, `new TestBinder()`. */
  readonly binder?: BinderType
  /** Configuration that wins over every other source. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>
  /** Directory of `application.properties`. Default: the working directory. */
  readonly directory?: string
  /** Command line. Default: the process's arguments. */
  readonly args?: readonly string[]
  /** Environment variables. Default: the process's. */
  readonly variables?: Readonly<Record<string, string | undefined>>
  /** Objects that configuration names: queue selectors, transaction listeners and the like. */
  readonly components?: Readonly<Record<string, unknown>>
  /** Adds bindings to the container before the services are constructed. */
  readonly configure?: (container: Container) => void
  /** Default: lines for people on standard error, level `logging.level.root` (info). */
  readonly logger?: Logger
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Whether SIGINT and SIGTERM close the application and end the process. Default true. */
  readonly signals?: boolean
}

/**
 * Divides the arguments of `run`.
 * @throws RMQ_SERVICE_CLASS  one is neither a class nor, at the end, the options
 */
export function splitArguments(args: readonly (AnyClass | RunOptions)[]): {
  readonly services: readonly AnyClass[]
  readonly options: RunOptions
} {
  const last = args.at(-1)
  const options = typeof last === 'object' && last !== null ? last : {}
  const classes = options === last ? args.slice(0, -1) : args
  const services = classes.map((value) => {
    if (typeof value === 'function') return value
    throw frameworkErrors.RMQ_SERVICE_CLASS({ value: String(value) })
  })
  return { services: [...new Set(services)], options }
}

/** Reads the configuration, and makes the logger, which depends on it; complaints about files wait for the logger. */
export function configure(options: RunOptions): { environment: Environment; logger: Logger } {
  const inputs = {
    directory: options.directory ?? process.cwd(),
    args: options.args ?? process.argv.slice(2),
    variables: options.variables ?? process.env,
    properties: options.properties ?? {},
  }
  const complaints: string[] = []
  const environment = loadEnvironment(inputs, systemRandom, (sentence) => complaints.push(sentence))
  const logger = options.logger ?? textLogger(rootLevel(environment), process.stderr)
  for (const sentence of complaints) logger.warn(sentence)
  return { environment, logger }
}

function rootLevel(environment: Environment): LogLevel {
  const text = environment.get('logging.level.root')?.text.trim().toLowerCase() ?? ''
  const levels: Readonly<Record<string, LogLevel>> = {
    trace: 'debug',
    debug: 'debug',
    info: 'info',
    warn: 'warn',
    error: 'error',
    fatal: 'error',
    off: 'silent',
  }
  return Object.hasOwn(levels, text) ? (levels[text] ?? 'info') : 'info'
}
