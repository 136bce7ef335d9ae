import type { AdminCommand } from '../admin-command.ts'

/** Apache: `GetNamesrvConfigCommand` (5.3.3). */
export const getNamesrvConfig: AdminCommand = {
  name: 'getNamesrvConfig',
  description: 'show the settings of the name servers',
  flags: [],
  async run({ admin, line }) {
    for (const [address, settings] of await admin.nameServers.config()) {
      line('============%s============', address)
      const sorted = [...settings].sort(([left], [right]) => (left < right ? -1 : 1))
      for (const [key, value] of sorted) line('%-50s=  %s', key, value)
    }
  },
}
