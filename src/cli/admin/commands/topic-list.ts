import type { AdminCommand, AdminContext } from '../admin-command.ts'
import { front } from '../format.ts'

const GROUP_PREFIXES = ['%RETRY%', '%DLQ%']

/** Apache: `TopicListSubCommand` (5.3.3). */
export const topicList: AdminCommand = {
  name: 'topicList',
  description: 'list all topics, with -c their clusters and consumer groups',
  flags: [{ short: 'c', long: 'clusterModel', text: 'with clusters and consumer groups', kind: 'switch' }],
  async run(context) {
    const { admin, flags, line } = context
    const topics = [...(await admin.topics.list())].sort()
    if (flags.truth('clusterModel') === true) await listWithGroups(context, topics)
    else for (const topic of topics) line('%s', topic)
  },
}

async function listWithGroups({ admin, line }: AdminContext, topics: readonly string[]): Promise<void> {
  line('%-20s  %-48s  %-48s', '#Cluster Name', '#Topic', '#Consumer Group')
  for (const topic of topics) {
    if (GROUP_PREFIXES.some((prefix) => topic.startsWith(prefix))) continue
    const route = await admin.topics.route(topic).catch(() => undefined)
    const groups = route === undefined ? [] : await admin.topics.groups(topic).catch(() => [])
    const cluster = route?.brokerDatas[0]?.cluster ?? ''
    for (const group of groups.length === 0 ? [''] : groups) {
      line('%-20s  %-64s  %-64s', front(cluster, 20), front(topic, 64), front(group, 64))
    }
  }
}
