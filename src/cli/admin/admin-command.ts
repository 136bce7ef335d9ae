import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Admin } from '../../admin/index.ts'
import { openAdmin } from '../../admin/index.ts'
import { sleep } from '../../base/async/index.ts'
import { systemClock } from '../../base/time/index.ts'
import { format } from './format.ts'

/** What a flag's value is: any text, a whole number, `true` or `false`, or nothing at all. */
type FlagKind = 'text' | 'number' | 'boolean' | 'switch'

/** One flag of a command, named as mqadmin's. */
export interface AdminFlag {
  /** One letter; absent for the few flags that have only a long name. */
  readonly short?: string
  readonly long: string
  readonly text: string
  /** Default `text`. */
  readonly kind?: FlagKind
  readonly required?: true
}

/** What was given for the flags of a command. */
export interface GivenFlags {
  /** A flag that is required. */
  text(long: string): string
  optionalText(long: string): string | undefined
  number(long: string): number | undefined
  truth(long: string): boolean | undefined
}

/** What a command works with. */
export interface AdminContext {
  readonly admin: Admin
  readonly flags: GivenFlags
  /** Prints one line to standard output by a {@link format} pattern. */
  line(pattern: string, ...values: readonly unknown[]): void
  /** Prints a remark to standard error, so that the columns stay as mqadmin's. */
  note(text: string): void
  /** Epoch ms. */
  now(): number
  /** Resolves after so many milliseconds. */
  sleep(ms: number): Promise<void>
  /** Ends the command as wrong usage. */
  usage(reason: string): never
}

/** One command of mqadmin's. A new one is a file in `commands/` and a line in `commands.ts`. */
export interface AdminCommand {
  readonly name: string
  readonly description: string
  readonly flags: readonly AdminFlag[]
  /** Long names of flags of which one must be given. */
  readonly oneOf?: readonly string[]
  run(context: AdminContext): Promise<void>
}

/** Variable that names the name servers when `-n` is not given, as for mqadmin. */
const NAME_SERVER_VARIABLE = 'NAMESRV_ADDR'
const DEFAULT_NAME_SERVER = '127.0.0.1:9876'

/** Adds an admin command's flags and action to an empty command. */
export function adminSubcommand(command: Command, { flags, oneOf, run }: AdminCommand): Command {
  for (const flag of flags) command.addOption(optionOf(flag))
  const nameServer = '-n, --namesrvAddr <addresses>'
  command.option(nameServer, `name servers, host:port;host:port ($${NAME_SERVER_VARIABLE}, ${DEFAULT_NAME_SERVER})`)
  return command.action(async (given: Readonly<Record<string, string | number | boolean | undefined>>) => {
    const usage = (reason: string): never => command.error(`error: ${reason}`, { exitCode: 2 })
    if (oneOf?.some((long) => given[long] !== undefined) === false) usage(`one of ${namesOf(flags, oneOf)} is required`)
    const address = given['namesrvAddr'] ?? process.env[NAME_SERVER_VARIABLE] ?? DEFAULT_NAME_SERVER
    await using admin = openAdmin({ nameServer: String(address) })
    await run({
      admin,
      flags: givenFlags(given),
      line: (pattern, ...values) => void process.stdout.write(`${format(pattern, ...values)}\n`),
      note: (text) => void process.stderr.write(`${text}\n`),
      now: () => systemClock.now(),
      sleep: (ms) => sleep(systemClock, ms),
      usage,
    })
  })
}

function optionOf({ short, long, text, kind = 'text', required }: AdminFlag): Option {
  const names = `${short === undefined ? '' : `-${short}, `}--${long}`
  const option = new Option(kind === 'switch' ? names : `${names} <${PLACEHOLDER[kind]}>`, text)
  if (kind === 'number') option.argParser(wholeNumber)
  if (kind === 'boolean') option.argParser(truth)
  return option.makeOptionMandatory(required === true)
}

const PLACEHOLDER = { text: 'text', number: 'number', boolean: 'true|false' } as const

function wholeNumber(text: string): number {
  if (/^-?\d+$/.test(text.trim())) return Number(text)
  throw new InvalidArgumentError('Write a whole number.')
}

function truth(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidArgumentError('Write true or false.')
}

function namesOf(flags: readonly AdminFlag[], longs: readonly string[]): string {
  const names = flags.filter(({ long }) => longs.includes(long)).map(({ short, long }) => `-${short ?? `-${long}`}`)
  return names.join(', ')
}

function givenFlags(given: Readonly<Record<string, string | number | boolean | undefined>>): GivenFlags {
  const textOf = (long: string): string | undefined =>
    given[long] === undefined ? undefined : String(given[long]).trim()
  return {
    text: (long) => textOf(long) ?? '',
    optionalText: textOf,
    number: (long) => given[long] as number | undefined,
    truth: (long) => given[long] as boolean | undefined,
  }
}
