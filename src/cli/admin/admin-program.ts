import type { Command } from 'commander'
import { nearest } from '../../base/config/index.ts'
import { command } from '../program.ts'
import { adminSubcommand } from './admin-command.ts'
import { ADMIN_COMMANDS } from './commands.ts'

/**
 * Apache's mqadmin: its commands, flags and columns. Without a command it lists them. Apache: `MQAdminStartup` (5.3.3).
 */
export function adminProgram(program: Command): Command {
  for (const one of ADMIN_COMMANDS) {
    program.addCommand(adminSubcommand(command(one.name, one.description), one))
  }
  return program
    .helpCommand('help [command]', 'show the flags of a command')
    .argument('[command]')
    .usage('<command> [options]')
    .action((name: string | undefined) => {
      if (name === undefined) {
        program.outputHelp()
        return
      }
      const known = ADMIN_COMMANDS.map((one) => one.name)
      // mqadmin does not mind the case of a name, so a wrong one is the first guess.
      const near = known.find((one) => one.toLowerCase() === name.toLowerCase()) ?? nearest(name, known)
      const hint = near === undefined ? '' : `, did you mean ${near}?`
      program.error(`error: unknown command '${name}'${hint}`, { exitCode: 2 })
    })
}
