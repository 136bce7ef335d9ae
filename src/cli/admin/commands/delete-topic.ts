import type { AdminCommand } from '../admin-command.ts'
import { CLUSTER, TOPIC } from '../flags.ts'

/** Apache: `DeleteTopicSubCommand` (5.3.3). */
export const deleteTopic: AdminCommand = {
  name: 'deleteTopic',
  description: 'remove a topic from the brokers of a cluster and from the name servers',
  flags: [TOPIC, { ...CLUSTER, required: true }],
  async run({ admin, flags, line }) {
    const topic = flags.text('topic')
    const cluster = flags.text('clusterName')
    await admin.topics.delete(topic, cluster)
    line('delete topic [%s] from cluster [%s] success.', topic, cluster)
    line('delete topic [%s] from NameServer success.', topic)
  },
}
