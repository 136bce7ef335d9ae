import type { Command } from 'commander'
import { type VerifiedStore, verifyStore } from '../../store/index.ts'
import { writeLines } from './output.ts'
import { ProgressLine } from './progress-line.ts'
import { configOption, inUseOption, storeArgument, storeSettings } from './store-options.ts'

interface VerifyFlags {
  readonly config?: string
  readonly evenInUse?: true
  readonly json?: true
}

/** Exit code of a store with problems. */
const PROBLEMS = 1

/** `store verify DIR`. */
export function verifyCommand(command: Command): Command {
  return command
    .argument('<dir>', 'storePathRootDir of the broker', storeArgument(false))
    .addOption(configOption())
    .addOption(inUseOption())
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nChanges nothing. Exit code 0: in order; 1: problems; 2: wrong usage.')
    .action(async (directory: string, flags: VerifyFlags) => {
      const line = new ProgressLine()
      const options = {
        ...(await storeSettings(flags.config)),
        evenInUse: flags.evenInUse === true,
        progress: line.show,
      }
      const found = await verifyStore(directory, options).finally(() => line.clear())
      if (found.problems.length > 0) process.exitCode = PROBLEMS
      await writeLines(flags.json === true ? [JSON.stringify({ directory, ...found })] : linesOf(directory, found))
    })
}

/** The result for people. */
export function linesOf(directory: string, found: VerifiedStore): string[] {
  const { records, queues, entries, indexedKeys, minPhysicalOffset, maxPhysicalOffset, bytes } = found
  const { isClean, pending, problems } = found
  const verdict =
    problems.length === 0 ? 'no problems' : `${problems.length} problem${problems.length === 1 ? '' : 's'}`
  return [
    `${directory}: ${isClean ? 'stopped cleanly' : 'not stopped cleanly'}`,
    `log     ${minPhysicalOffset} to ${maxPhysicalOffset}: ${records} records, ${bytes} bytes`,
    `queues  ${queues} with ${entries} entries`,
    `index   ${indexedKeys} keys`,
    ...pending.map((sentence) => `mended by the next start: ${sentence}`),
    ...problems.map((sentence) => `problem: ${sentence}`),
    verdict,
  ]
}
