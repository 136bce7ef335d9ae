import type { AdminCommand } from '../admin-command.ts'
import { TOPIC } from '../flags.ts'

const FORMAT = '%-45s %-32s %-50s %-10s %-11s %-5s'
const RULE_WIDTH = 158

/** Apache: `TopicRouteSubCommand` (5.3.3). */
export const topicRoute: AdminCommand = {
  name: 'topicRoute',
  description: 'show where a topic lives, as JSON or with -l as a list',
  flags: [TOPIC, { short: 'l', long: 'list', text: 'as a list', kind: 'switch' }],
  async run({ admin, flags, line }) {
    const route = await admin.topics.route(flags.text('topic'))
    if (flags.truth('list') !== true) {
      line('%s', JSON.stringify(route, undefined, '\t'))
      return
    }
    line(FORMAT, '#ClusterName', '#BrokerName', '#BrokerAddrs', '#ReadQueue', '#WriteQueue', '#Perm')
    const queues = new Map(route.queueDatas.map((queue) => [queue.brokerName, queue]))
    const brokers = [...route.brokerDatas].sort((left, right) => (left.brokerName < right.brokerName ? -1 : 1))
    let [reads, writes] = [0, 0]
    for (const { cluster, brokerName, brokerAddrs } of brokers) {
      const addresses = Object.entries(brokerAddrs).map(([id, address]) => `${id}=${address}`)
      const { readQueueNums = 0, writeQueueNums = 0, perm = 0 } = queues.get(brokerName) ?? {}
      reads += readQueueNums
      writes += writeQueueNums
      line(FORMAT, cluster, brokerName, `{${addresses.join(', ')}}`, readQueueNums, writeQueueNums, perm)
    }
    line('-'.repeat(RULE_WIDTH))
    line(FORMAT, 'Total:', queues.size, '', reads, writes, '')
  },
}
