import type { AdminCommand, AdminFlag } from '../admin-command.ts'

const NAMESPACE: AdminFlag = { short: 's', long: 'namespace', text: 'namespace', required: true }
const KEY: AdminFlag = { short: 'k', long: 'key', text: 'key', required: true }

/** Apache: `UpdateKvConfigCommand` (5.3.3). */
export const updateKvConfig: AdminCommand = {
  name: 'updateKvConfig',
  description: 'set a value of the name servers’ key-value configuration',
  flags: [NAMESPACE, KEY, { short: 'v', long: 'value', text: 'value', required: true }],
  async run({ admin, flags, line }) {
    await admin.nameServers.putValue(flags.text('namespace'), flags.text('key'), flags.text('value'))
    line('create or update kv config to namespace success.')
  },
}

/** Apache: `DeleteKvConfigCommand` (5.3.3). */
export const deleteKvConfig: AdminCommand = {
  name: 'deleteKvConfig',
  description: 'remove a value of the name servers’ key-value configuration',
  flags: [NAMESPACE, KEY],
  async run({ admin, flags, line }) {
    await admin.nameServers.deleteValue(flags.text('namespace'), flags.text('key'))
    line('delete kv config from namespace success.')
  },
}
