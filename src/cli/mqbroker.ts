#!/usr/bin/env node
import { brokerCommand } from './commands/broker.ts'
import { command, runProgram } from './program.ts'

await runProgram(brokerCommand(command('mqbroker', 'Starts a broker, with Apache’s flags.')), process.argv.slice(2))
