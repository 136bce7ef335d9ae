#!/usr/bin/env node
import { brokerCommand } from './commands/broker.ts'
import { namesrvCommand } from './commands/namesrv.ts'
import { serverCommand } from './commands/server.ts'
import { command, runProgram } from './program.ts'

const admin = command('admin', 'look after a cluster: Apache’s mqadmin commands')
// Loaded only when it is asked for: a server must start fast.
if (process.argv[2] === admin.name()) (await import('./admin/admin-program.ts')).adminProgram(admin)

const store = command('store', 'check a store directory, or see what is in it')
if (process.argv[2] === store.name()) (await import('./store/store-program.ts')).storeProgram(store)

const program = command('rocketstream', 'RocketMQ in one process: name server, broker and store, without a JVM.')
  .addCommand(serverCommand(command('server', 'start name server and broker in one process')))
  .addCommand(namesrvCommand(command('namesrv', 'start a name server alone')))
  .addCommand(brokerCommand(command('broker', 'start a broker alone, registered at name servers')))
  .addCommand(admin)
  .addCommand(store)

await runProgram(program, process.argv.slice(2))
