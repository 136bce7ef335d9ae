import type { AdminCommand } from '../admin-command.ts'
import { TOPIC } from '../flags.ts'
import { doubleText, front, timeTextMs } from '../format.ts'

/** Apache: `TopicStatusSubCommand` (5.3.3). */
export const topicStatus: AdminCommand = {
  name: 'topicStatus',
  description: 'show the bounds of a topic’s queues',
  flags: [TOPIC, { short: 'c', long: 'cluster', text: 'cluster or topic whose brokers are asked' }],
  async run({ admin, flags, line }) {
    const stats = await admin.topics.status(flags.text('topic'), flags.optionalText('cluster'))
    line('%-32s  %-4s  %-20s  %-20s    %s', '#Broker Name', '#QID', '#Min Offset', '#Max Offset', '#Last Updated')
    for (const { brokerName, queueId, minOffset, maxOffset, lastUpdateTimestamp: updated } of stats.queues) {
      const time = updated > 0 ? timeTextMs(updated) : ''
      line('%-32s  %-4d  %-20d  %-20d    %s', front(brokerName, 32), queueId, minOffset, maxOffset, time)
    }
    line('')
    line('Topic Put TPS: %s', doubleText(stats.topicPutTps))
  },
}
