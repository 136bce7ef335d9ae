import type { Admin, RouteData, Statistic } from '../../../admin/index.ts'
import type { AdminCommand, AdminContext } from '../admin-command.ts'
import { front } from '../format.ts'

const HEAD = '%-64s  %-64s %12s %11s %11s %14s %14s'
const ROW = '%-64s  %-64s %12d %11.2f %11s %14d %14s'
const GROUP_PREFIXES = ['%RETRY%', '%DLQ%']

/** Apache: `StatsAllSubCommand` (5.3.3). */
export const statsAll: AdminCommand = {
  name: 'statsAll',
  description: 'show rates and counts of all topics and of the groups that read them',
  flags: [
    { short: 'a', long: 'activeTopic', text: 'only what moved in the last 24 hours', kind: 'switch' },
    { short: 't', long: 'topic', text: 'only this topic' },
  ],
  async run(context) {
    const { admin, flags, line } = context
    const wanted = flags.optionalText('topic')
    const columns = ['#Accumulation', '#InTPS', '#OutTPS', '#InMsg24Hour', '#OutMsg24Hour']
    line(HEAD, '#Topic', '#Consumer Group', ...columns)
    for (const topic of [...(await admin.topics.list())].sort()) {
      if (GROUP_PREFIXES.some((prefix) => topic.startsWith(prefix))) continue
      if (wanted === undefined || wanted === '' || wanted === topic) await printTopic(context, topic)
    }
  },
}

async function printTopic({ admin, flags, line }: AdminContext, topic: string): Promise<void> {
  // A topic that is gone meanwhile has no line.
  const route = await admin.topics.route(topic).catch(() => undefined)
  if (route === undefined) return
  const onlyActive = flags.truth('activeTopic') === true
  const put = await countOf(admin, route, 'TOPIC_PUT_NUMS', topic)
  const groups = await admin.topics.groups(topic)
  if (groups.length === 0 && !(onlyActive && put.day === 0)) {
    line(ROW, front(topic, 64), '', 0, put.tps, '', put.day, 'NO_CONSUMER')
  }
  for (const group of groups) {
    const got = await countOf(admin, route, 'GROUP_GET_NUMS', `${topic}@${group}`)
    const progress = await admin.groups.progress(group, topic).catch(() => undefined)
    const queues = progress?.queues ?? []
    const behind = queues.reduce((sum, queue) => sum + queue.brokerOffset - queue.consumerOffset, 0)
    if (onlyActive && put.day === 0 && got.day === 0) continue
    const row = [front(topic, 64), front(group, 64), Math.max(0, behind), put.tps, got.tps.toFixed(2), put.day, got.day]
    line(ROW, ...row)
  }
}

interface Count {
  readonly tps: number
  readonly day: number
}

async function countOf(admin: Admin, { brokerDatas }: RouteData, name: string, key: string): Promise<Count> {
  const masters = brokerDatas.flatMap(({ brokerAddrs }) => brokerAddrs['0'] ?? [])
  // A broker that counted nothing of the kind answers with a refusal.
  const all = await Promise.all(
    masters.map((master) => admin.brokers.statistic(master, name, key).catch(() => undefined)),
  )
  return all.reduce<Count>(
    (sum, one) => ({ tps: sum.tps + (one?.statsMinute.tps ?? 0), day: sum.day + (one === undefined ? 0 : dayOf(one)) }),
    { tps: 0, day: 0 },
  )
}

/** The longest span that has a sum: longer ones are sampled more rarely. */
function dayOf({ statsDay, statsHour, statsMinute }: Statistic): number {
  return statsDay.sum || statsHour.sum || statsMinute.sum
}
