#!/usr/bin/env node
import { mqnamesrvCommand } from './commands/namesrv.ts'
import { command, runProgram } from './program.ts'

await runProgram(
  mqnamesrvCommand(command('mqnamesrv', 'Starts a name server, with Apache’s flags.')),
  process.argv.slice(2),
)
