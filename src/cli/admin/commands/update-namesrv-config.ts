import type { AdminCommand } from '../admin-command.ts'

/** Apache: `UpdateNamesrvConfigCommand` (5.3.3). */
export const updateNamesrvConfig: AdminCommand = {
  name: 'updateNamesrvConfig',
  description: 'change a setting of the name servers while they run',
  flags: [
    { short: 'k', long: 'key', text: 'setting', required: true },
    { short: 'v', long: 'value', text: 'its value', required: true },
  ],
  async run({ admin, flags, line }) {
    const [key, value] = [flags.text('key'), flags.text('value')]
    await admin.nameServers.updateConfig({ [key]: value })
    line('update name server config success![%s]', admin.nameServers.addresses.join(', '))
    line('%s : %s', key, value)
  },
}
