import type { Command } from 'commander'
import { command } from '../program.ts'
import { dumpCommand } from './dump-command.ts'
import { verifyCommand } from './verify-command.ts'

/** What can be done with a store directory that nobody has to serve. Nothing of it changes the directory. */
export function storeProgram(program: Command): Command {
  return program
    .addCommand(verifyCommand(command('verify', 'check every record, queue entry and key of a store')))
    .addCommand(dumpCommand(command('dump', 'show what is in a store')))
}
