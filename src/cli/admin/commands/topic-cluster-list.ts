import type { AdminCommand } from '../admin-command.ts'
import { TOPIC } from '../flags.ts'

/** Apache: `TopicClusterSubCommand` (5.3.3). */
export const topicClusterList: AdminCommand = {
  name: 'topicClusterList',
  description: 'list the clusters that have a topic',
  flags: [TOPIC],
  async run({ admin, flags, line }) {
    const { brokerDatas } = await admin.topics.route(flags.text('topic'))
    for (const cluster of [...new Set(brokerDatas.map((broker) => broker.cluster))].sort()) line('%s', cluster)
  },
}
