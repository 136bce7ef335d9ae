import type { AdminCommand } from '../admin-command.ts'

/** Apache: `WipeWritePermSubCommand` (5.3.3). */
export const wipeWritePerm: AdminCommand = writePerm('wipeWritePerm', 'wipe', false)
/** Apache: `AddWritePermSubCommand` (5.3.3). */
export const addWritePerm: AdminCommand = writePerm('addWritePerm', 'add', true)

function writePerm(name: string, verb: string, writable: boolean): AdminCommand {
  return {
    name,
    description: writable
      ? 'let producers send to a broker again'
      : 'let producers send no more to a broker, so that it can be stopped once all is consumed',
    flags: [{ short: 'b', long: 'brokerName', text: 'name of the broker', required: true }],
    async run({ admin, flags, line }) {
      const broker = flags.text('brokerName')
      for (const [address, count] of await admin.nameServers.setWritable(broker, writable)) {
        line('%s write perm of broker[%s] in name server[%s] OK, %d', verb, broker, address, count)
      }
    },
  }
}
