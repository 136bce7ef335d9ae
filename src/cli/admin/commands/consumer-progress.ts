import type { ConsumeStats } from '../../../admin/index.ts'
import type { AdminCommand, AdminContext } from '../admin-command.ts'
import { front, timeText, versionText } from '../format.ts'

const PLAIN = '%-64s  %-32s  %-4s  %-20s  %-20s  %-20s %-20s%s'
const PLAIN_ROW = '%-64s  %-32s  %-4d  %-20d  %-20d  %-20d %-20d %s'
const WITH_CLIENT = '%-64s  %-32s  %-4s  %-20s  %-20s  %-20s %-20s %-20s%s'
const WITH_CLIENT_ROW = '%-64s  %-32s  %-4d  %-20d  %-20d  %-20s %-20d %-20d %s'
const GROUPS = '%-64s  %-6s  %-24s %-5s  %-14s  %-7s  %s'
const OFFSET_COLUMNS = ['#Topic', '#Broker Name', '#QID', '#Broker Offset', '#Consumer Offset']

/** Apache: `ConsumerProgressSubCommand` (5.3.3). */
export const consumerProgress: AdminCommand = {
  name: 'consumerProgress',
  description: 'show how far consumer groups are behind: all of them, or one queue by queue',
  flags: [
    { short: 'g', long: 'groupName', text: 'consumer group' },
    { short: 't', long: 'topicName', text: 'only this topic' },
    { short: 's', long: 'showClientIP', text: 'with the consumer of each queue', kind: 'boolean' },
    { short: 'c', long: 'cluster', text: 'cluster; has no effect, all brokers of the topic are asked' },
  ],
  async run(context) {
    const group = context.flags.optionalText('groupName')
    if (group === undefined) await allGroups(context)
    else await oneGroup(context, group)
  },
}

async function oneGroup({ admin, flags, line }: AdminContext, group: string): Promise<void> {
  const stats = await admin.groups.progress(group, flags.optionalText('topicName'))
  const clients = flags.truth('showClientIP') === true ? await admin.groups.assignments(group) : undefined
  if (clients === undefined) line(PLAIN, ...OFFSET_COLUMNS, '#Diff', '#Inflight', '#LastTime')
  else line(WITH_CLIENT, ...OFFSET_COLUMNS, '#Client IP', '#Diff', '#Inflight', '#LastTime')
  for (const queue of stats.queues) {
    const { topic, brokerName, queueId, brokerOffset, consumerOffset, pullOffset, lastTimestamp } = queue
    const place = [front(topic, 64), front(brokerName, 32), queueId, brokerOffset, consumerOffset]
    const [diff, inflight] = [brokerOffset - consumerOffset, pullOffset - consumerOffset]
    const time = lastTimestamp === 0 ? 'N/A' : timeText(lastTimestamp)
    if (clients === undefined) line(PLAIN_ROW, ...place, diff, inflight, time)
    else {
      const client = clients.get(`${topic} ${brokerName} ${queueId}`)?.split('@')[0] ?? 'N/A'
      line(WITH_CLIENT_ROW, ...place, client, diff, inflight, time)
    }
  }
  line('')
  line('Consume TPS: %.2f', stats.consumeTps)
  line('Consume Diff Total: %d', totalOf(stats))
  const inflightTotal = stats.queues.reduce((sum, queue) => sum + queue.pullOffset - queue.consumerOffset, 0)
  line('Consume Inflight Total: %d', inflightTotal)
}

async function allGroups({ admin, line }: AdminContext): Promise<void> {
  line(GROUPS, '#Group', '#Count', '#Version', '#Type', '#Model', '#TPS', '#Diff Total')
  for (const group of await admin.groups.list()) {
    // A group that never consumed or is offline still has its line.
    const stats = await admin.groups.progress(group).catch(() => undefined)
    const online = await admin.groups.connections(group).catch(() => undefined)
    const clients = online?.connectionSet ?? []
    const isPush = online?.consumeType !== 'CONSUME_ACTIVELY'
    line(
      GROUPS,
      front(group, 64),
      clients.length,
      clients.length === 0 ? 'OFFLINE' : versionText(Math.min(...clients.map(({ version }) => version))),
      clients.length === 0 ? '' : isPush ? 'PUSH' : 'PULL',
      clients.length === 0 || !isPush ? '' : online?.messageModel,
      Math.trunc(stats?.consumeTps ?? 0),
      stats === undefined ? 0 : totalOf(stats),
    )
  }
}

function totalOf({ queues }: ConsumeStats): number {
  return queues.reduce((sum, { brokerOffset, consumerOffset }) => sum + brokerOffset - consumerOffset, 0)
}
