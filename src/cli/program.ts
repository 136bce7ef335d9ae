import { Command, CommanderError } from 'commander'
import { codeOf, textOf } from '../base/errors/index.ts'

/** Exit codes: wrong usage is told apart from a failure. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const

/** A command tree that never calls `process.exit` itself. */
export function command(name: string, description: string): Command {
  return new Command(name).description(description).exitOverride().showSuggestionAfterError(true)
}

/** Runs a command line; sets the exit code and prints one line when it fails. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  let place = program.name()
  // Commander would print the error and we the next step: one line has both.
  const quiet = (one: Command, path: string): void => {
    const exit = (failure: CommanderError): never => {
      place = path
      throw failure
    }
    one.configureOutput({ outputError: () => undefined }).exitOverride(exit)
    for (const child of one.commands) quiet(child, `${path} ${child.name()}`)
  }
  quiet(program, place)
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (failure) {
    process.exitCode = report(program.name(), place, failure)
  }
}

function report(name: string, place: string, failure: unknown): number {
  if (failure instanceof CommanderError) {
    if (failure.exitCode === 0) return EXIT.done
    if (failure.code !== 'commander.help') {
      const reason = failure.message
        .replace(/^error: /, '')
        .replace(/\.$/, '')
        .replaceAll('\n', ' ')
      process.stderr.write(`${name}: ${reason}. Write \`${place} --help\` to see what it takes.\n`)
    }
    return EXIT.usage
  }
  const isOurs = codeOf(failure)?.startsWith('RMQ_') === true
  const detail = isOurs || !(failure instanceof Error) ? textOf(failure) : (failure.stack ?? failure.message)
  process.stderr.write(`${name}: ${isOurs ? `${codeOf(failure)}: ` : ''}${detail}\n`)
  return EXIT.failed
}
