#!/usr/bin/env node
import { brokerCommand } from './commands/broker.ts'
import { namesrvCommand } from './commands/namesrv.ts'
import { serverCommand } from './commands/server.ts'
import { command, runProgram } from './program.ts'

const program = command('rocketstream', 'RocketMQ in one process: name server, broker and store, without a JVM.')
  .addCommand(serverCommand(command('server', 'start name server and broker in one process')))
  .addCommand(namesrvCommand(command('namesrv', 'start a name server alone')))
  .addCommand(brokerCommand(command('broker', 'start a broker alone, registered at name servers')))

await runProgram(program, process.argv.slice(2))
