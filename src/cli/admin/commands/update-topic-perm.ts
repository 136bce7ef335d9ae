import type { RouteData } from '../../../admin/index.ts'
import type { AdminCommand } from '../admin-command.ts'
import { BROKER, CLUSTER, TOPIC, targetOf } from '../flags.ts'
import { topicText } from '../texts.ts'

/** Apache: `UpdateTopicPermSubCommand` (5.3.3). */
export const updateTopicPerm: AdminCommand = {
  name: 'updateTopicPerm',
  description: 'change the permission of a topic',
  flags: [
    BROKER,
    CLUSTER,
    TOPIC,
    { short: 'p', long: 'perm', text: 'permission: 2 write, 4 read, 6 both', kind: 'number', required: true },
  ],
  oneOf: ['brokerAddr', 'clusterName'],
  async run({ admin, flags, line }) {
    const topicName = flags.text('topic')
    const perm = flags.number('perm') ?? 0
    const route = await admin.topics.route(topicName)
    const broker = flags.optionalText('brokerAddr')
    const before = queueOf(route, broker)
    if (before === undefined) {
      line('updateTopicPerm error broker not exit or broker is not master!.')
      return
    }
    if (broker !== undefined && before.perm === perm) {
      line('new perm equals to the old one!')
      return
    }
    const { readQueueNums, writeQueueNums, topicSysFlag } = before
    const settings = { topicName, readQueueNums, writeQueueNums, topicSysFlag, perm }
    const { addresses, topic } = await admin.topics.update(targetOf(flags), settings)
    for (const address of addresses) line('update topic perm from %s to %s in %s success.', before.perm, perm, address)
    if (broker !== undefined) line('%s.', topicText(topic))
  },
}

/** The topic's queues at the master with this address, or at some broker. */
function queueOf(route: RouteData, address: string | undefined): RouteData['queueDatas'][number] | undefined {
  if (address === undefined) return route.queueDatas[0]
  const master = route.brokerDatas.find(({ brokerAddrs }) => brokerAddrs['0'] === address)
  return route.queueDatas.find(({ brokerName }) => brokerName === master?.brokerName)
}
