import type { AdminCommand } from '../admin-command.ts'
import { BROKER, CLUSTER } from '../flags.ts'

/** Apache: `BrokerStatusSubCommand` (5.3.3). */
export const brokerStatus: AdminCommand = {
  name: 'brokerStatus',
  description: 'show what a broker, or each one of a cluster, has done and how it stands',
  flags: [BROKER, { ...CLUSTER, text: 'all brokers of a cluster, slaves as well' }],
  oneOf: ['brokerAddr', 'clusterName'],
  async run({ admin, flags, line }) {
    const broker = flags.optionalText('brokerAddr')
    if (broker !== undefined) {
      for (const [key, value] of sorted(await admin.brokers.runtime(broker))) line('%-32s: %s', key, value)
      return
    }
    for (const { master, slaves } of await admin.cluster.brokers(flags.text('clusterName'))) {
      for (const address of [...(master === undefined ? [] : [master]), ...slaves]) {
        const runtime = sorted(await admin.brokers.runtime(address))
        for (const [key, value] of runtime) line('%-24s %-32s: %s', address, key, value)
      }
    }
  },
}

function sorted(table: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(table).sort(([left], [right]) => (left < right ? -1 : 1))
}
