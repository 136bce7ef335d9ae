import type { AdminCommand } from '../admin-command.ts'
import { BROKER, CLUSTER, targetOf } from '../flags.ts'

/** Apache: `DeleteSubscriptionGroupCommand` (5.3.3). */
export const deleteSubGroup: AdminCommand = {
  name: 'deleteSubGroup',
  description: 'remove a consumer group, of a cluster with its retry and dead-letter topics',
  flags: [
    BROKER,
    CLUSTER,
    { short: 'g', long: 'groupName', text: 'consumer group', required: true },
    { short: 'r', long: 'removeOffset', text: 'whether its progress is removed, too (false)', kind: 'boolean' },
  ],
  oneOf: ['brokerAddr', 'clusterName'],
  async run({ admin, flags, line }) {
    const group = flags.text('groupName')
    const target = targetOf(flags)
    const where = 'cluster' in target ? ` in cluster [${target.cluster}]` : ''
    for (const address of await admin.groups.delete(target, group, flags.truth('removeOffset') ?? false)) {
      line('delete subscription group [%s] from broker [%s]%s success.', group, address, where)
    }
  },
}
