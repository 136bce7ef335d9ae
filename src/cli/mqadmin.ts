#!/usr/bin/env node
import { adminProgram } from './admin/admin-program.ts'
import { command, runProgram } from './program.ts'

await runProgram(
  adminProgram(command('mqadmin', 'Looks after clusters, with Apache’s commands and flags.')),
  process.argv.slice(2),
)
