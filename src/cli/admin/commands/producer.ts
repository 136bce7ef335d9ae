import type { AdminCommand } from '../admin-command.ts'
import { BROKER } from '../flags.ts'

/** Apache: `ProducerSubCommand` (5.3.3). */
export const producer: AdminCommand = {
  name: 'producer',
  description: 'list all producers of a broker',
  flags: [{ ...BROKER, required: true }],
  async run({ admin, flags, line }) {
    for (const [group, producers] of Object.entries(await admin.brokers.producers(flags.text('brokerAddr')))) {
      if (producers.length === 0) {
        line('producer group (%s) instances are empty', group)
        continue
      }
      for (const { clientId, remoteIP, language, version, lastUpdateTimestamp } of producers) {
        line(
          'producer group (%s) instance : clientId=%s,remoteIP=%s, language=%s, version=%d, lastUpdateTimestamp=%d',
          ...[group, clientId, remoteIP, language, version, lastUpdateTimestamp],
        )
      }
    }
  },
}
