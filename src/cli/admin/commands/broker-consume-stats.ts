import type { AdminCommand } from '../admin-command.ts'
import { BROKER } from '../flags.ts'
import { front, timeText } from '../format.ts'

const HEAD = '%-64s  %-64s  %-32s  %-4s  %-20s  %-20s  %-20s  %s'
const ROW = '%-64s  %-64s  %-32s  %-4d  %-20d  %-20d  %-20d  %s'
const TIMEOUT_MS = 50_000

/** Apache: `BrokerConsumeStatsSubCommad` (5.3.3). */
export const brokerConsumeStats: AdminCommand = {
  name: 'brokerConsumeStats',
  description: 'show how far all groups of a broker are behind',
  flags: [
    { ...BROKER, required: true },
    { short: 't', long: 'timeoutMillis', text: 'how long the broker may take, ms (50000)', kind: 'number' },
    { short: 'l', long: 'level', text: 'only queues that are at least so many messages behind (0)', kind: 'number' },
    { short: 'o', long: 'order', text: 'only ordered topics (false)', kind: 'boolean' },
  ],
  async run({ admin, flags, line }) {
    const found = await admin.brokers.consumeStats(flags.text('brokerAddr'), {
      isOrder: flags.truth('order') ?? false,
      timeoutMs: flags.number('timeoutMillis') ?? TIMEOUT_MS,
    })
    const least = flags.number('level') ?? 0
    const offsets = ['#Broker Offset', '#Consumer Offset', '#Diff', '#LastTime']
    line(HEAD, '#Topic', '#Group', '#Broker Name', '#QID', ...offsets)
    for (const { group, stats } of found.groups) {
      for (const queue of stats.flatMap(({ queues }) => queues)) {
        const { topic, brokerName, queueId, brokerOffset, consumerOffset, lastTimestamp } = queue
        const diff = brokerOffset - consumerOffset
        // A queue of which nothing was consumed has no time, and no line.
        if (diff < least || lastTimestamp <= 0) continue
        const place = [front(topic, 64), group, front(brokerName, 32), queueId]
        line(ROW, ...place, brokerOffset, consumerOffset, diff, timeText(lastTimestamp))
      }
    }
    line('')
    line('Diff Total: %d', found.totalDiff)
  },
}
