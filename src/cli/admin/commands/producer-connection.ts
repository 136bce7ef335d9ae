import type { AdminCommand } from '../admin-command.ts'
import { TOPIC } from '../flags.ts'
import { versionText } from '../format.ts'

/** Apache: `ProducerConnectionSubCommand` (5.3.3). */
export const producerConnection: AdminCommand = {
  name: 'producerConnection',
  description: 'show who produces in a group to a topic',
  flags: [{ short: 'g', long: 'producerGroup', text: 'producer group', required: true }, TOPIC],
  async run({ admin, flags, line }) {
    const connections = await admin.groups.producers(flags.text('producerGroup'), flags.text('topic'))
    for (const [at, { clientId, clientAddr, language, version }] of connections.entries()) {
      line('%04d  %-32s %-22s %-8s %s', at + 1, clientId, clientAddr, language, versionText(version))
    }
  },
}
