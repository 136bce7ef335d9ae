import type { AdminCommand, AdminContext } from '../admin-command.ts'
import { BROKER, CLUSTER } from '../flags.ts'

/** Apache: `GetBrokerConfigCommand` (5.3.3). */
export const getBrokerConfig: AdminCommand = {
  name: 'getBrokerConfig',
  description: 'show the settings of a broker, or of each one of a cluster',
  flags: [BROKER, { ...CLUSTER, text: 'all brokers of a cluster, slaves as well' }],
  oneOf: ['brokerAddr', 'clusterName'],
  async run(context) {
    const { admin, flags } = context
    const broker = flags.optionalText('brokerAddr')
    if (broker !== undefined) {
      await print(context, broker, broker)
      return
    }
    for (const { master, slaves } of await admin.cluster.brokers(flags.text('clusterName'))) {
      if (master !== undefined) await print(context, `Master: ${master}`, master)
      const of = master ?? 'NO_MASTER'
      for (const slave of slaves) await print(context, `My Master: ${of}=====Slave: ${slave}`, slave)
    }
  },
}

async function print({ admin, line }: AdminContext, title: string, address: string): Promise<void> {
  line('============%s============', title)
  const settings = [...(await admin.brokers.config(address))].sort(([left], [right]) => (left < right ? -1 : 1))
  for (const [key, value] of settings) line('%-50s=  %s', key, value)
  line('')
}
