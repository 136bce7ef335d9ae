import type { AdminCommand } from '../admin-command.ts'
import { BROKER, CLUSTER } from '../flags.ts'

/** Apache: `UpdateBrokerConfigSubCommand` (5.3.3). */
export const updateBrokerConfig: AdminCommand = {
  name: 'updateBrokerConfig',
  description: 'change a setting of a broker, or of each one of a cluster, while it runs',
  flags: [
    BROKER,
    CLUSTER,
    { short: 'a', long: 'updateAllBroker', text: 'with -c: slaves as well' },
    { short: 'k', long: 'key', text: 'setting', required: true },
    { short: 'v', long: 'value', text: 'its value', required: true },
  ],
  oneOf: ['brokerAddr', 'clusterName'],
  async run({ admin, flags, line, note }) {
    const broker = flags.optionalText('brokerAddr')
    const withSlaves = flags.optionalText('updateAllBroker') !== undefined
    const brokers = broker === undefined ? await admin.cluster.brokers(flags.text('clusterName')) : []
    const inCluster = brokers.flatMap(({ master, slaves }) => [
      ...(master === undefined ? [] : [master]),
      ...(withSlaves ? slaves : []),
    ])
    for (const address of broker === undefined ? inCluster : [broker]) {
      const remark = await admin.brokers.updateConfig(address, { [flags.text('key')]: flags.text('value') })
      line('update broker config success, %s', address)
      if (remark !== undefined) note(remark)
    }
  },
}
