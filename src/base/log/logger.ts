import { pino } from 'pino'

/** Values that belong to a line. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where the rooms say what happened: an event's sentence and its values. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger whose lines carry `name`, for example `store`. */
  child(name: string): Logger
}

/** From most to least. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Says nothing: the default of a library. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}

/** Where finished lines go. */
export interface LineSink {
  write(line: string): void
}

/** One JSON object a line (pino), to `sink`; for programs that collect logs. */
export function jsonLogger(level: LogLevel, sink: LineSink): Logger {
  const wrap = (inner: ReturnType<typeof pino>): Logger => ({
    debug: (message, fields) => inner.debug(fields ?? {}, message),
    info: (message, fields) => inner.info(fields ?? {}, message),
    warn: (message, fields) => inner.warn(fields ?? {}, message),
    error: (message, fields) => inner.error(fields ?? {}, message),
    child: (name) => wrap(inner.child({ name })),
  })
  return wrap(pino({ level, base: null }, sink))
}

/** Lines for people, `12:30:05.123 INFO  store  message key=value`, built on the JSON form. */
export function textLogger(level: LogLevel, sink: LineSink): Logger {
  return jsonLogger(level, { write: (line) => sink.write(toText(line)) })
}

const LEVEL_NAMES: Readonly<Record<number, string>> = { 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR' }

function toText(line: string): string {
  const { level, time, name, msg, ...fields } = JSON.parse(line) as {
    level: number
    time: number
    name?: string
    msg: string
  } & Record<string, unknown>
  const clock = new Date(time).toISOString().slice(11, 23)
  const values = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${clock} ${(LEVEL_NAMES[level] ?? '').padEnd(5)} ${name === undefined ? '' : `${name}: `}${msg}${values.join('')}\n`
}
