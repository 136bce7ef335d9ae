import type { AdminCommand } from '../admin-command.ts'
import { BROKER, CLUSTER, TOPIC, targetOf } from '../flags.ts'
import { topicText } from '../texts.ts'

/** Apache: `UpdateTopicSubCommand` (5.3.3). */
export const updateTopic: AdminCommand = {
  name: 'updateTopic',
  description: 'create a topic or change its settings',
  flags: [
    BROKER,
    CLUSTER,
    TOPIC,
    { short: 'r', long: 'readQueueNums', text: 'queues to read (8)', kind: 'number' },
    { short: 'w', long: 'writeQueueNums', text: 'queues to write (8)', kind: 'number' },
    { short: 'p', long: 'perm', text: 'permission: 2 write, 4 read, 6 both (6)', kind: 'number' },
    { short: 'o', long: 'order', text: 'whether it is ordered', kind: 'boolean' },
    { short: 'u', long: 'unit', text: 'whether its producers live in units', kind: 'boolean' },
    { short: 's', long: 'hasUnitSub', text: 'whether units subscribe to it', kind: 'boolean' },
    { short: 'a', long: 'attributes', text: 'attributes: +a=b,+c=d,-e' },
  ],
  oneOf: ['brokerAddr', 'clusterName'],
  async run({ admin, flags, line }) {
    const order = flags.truth('order') ?? false
    const updated = await admin.topics.update(targetOf(flags), {
      topicName: flags.text('topic'),
      readQueueNums: flags.number('readQueueNums') ?? 8,
      writeQueueNums: flags.number('writeQueueNums') ?? 8,
      perm: flags.number('perm') ?? 6,
      order,
      topicSysFlag: (flags.truth('unit') === true ? 1 : 0) + (flags.truth('hasUnitSub') === true ? 2 : 0),
      attributes: flags.optionalText('attributes'),
    })
    const { orderConfiguration } = updated
    const isBroker = flags.optionalText('brokerAddr') !== undefined
    const ordered = (what: string): void =>
      line('set %s orderConf. isOrder=%s, orderConf=[%s]', what, order, orderConfiguration)
    if (orderConfiguration !== undefined && isBroker) ordered('broker')
    for (const address of updated.addresses) line('create topic to %s success.', address)
    if (orderConfiguration !== undefined && !isBroker) ordered('cluster')
    line('%s', topicText(updated.topic))
  },
}
