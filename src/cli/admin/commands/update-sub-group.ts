import type { GroupSettings } from '../../../admin/index.ts'
import type { AdminCommand, AdminFlag, GivenFlags } from '../admin-command.ts'
import { BROKER, CLUSTER, targetOf } from '../flags.ts'
import { groupText } from '../texts.ts'

const SETTINGS: readonly AdminFlag[] = [
  { short: 's', long: 'consumeEnable', text: 'whether it may consume (true)', kind: 'boolean' },
  {
    short: 'm',
    long: 'consumeFromMinEnable',
    text: 'whether it may begin at the oldest message (false)',
    kind: 'boolean',
  },
  { short: 'd', long: 'consumeBroadcastEnable', text: 'whether it may broadcast (false)', kind: 'boolean' },
  { short: 'o', long: 'consumeMessageOrderly', text: 'whether it consumes in order (false)', kind: 'boolean' },
  { short: 'q', long: 'retryQueueNums', text: 'queues of its retry topic (1)', kind: 'number' },
  { short: 'r', long: 'retryMaxTimes', text: 'retries before a message is a dead letter (16)', kind: 'number' },
  { short: 'p', long: 'groupRetryPolicy', text: 'retry policy as JSON' },
  { short: 'i', long: 'brokerId', text: 'id of the broker it reads from (0)', kind: 'number' },
  { short: 'w', long: 'whichBrokerWhenConsumeSlowly', text: 'id of the broker when it is slow (1)', kind: 'number' },
  { short: 'a', long: 'notifyConsumerIdsChanged', text: 'whether members are told of changes (true)', kind: 'boolean' },
  { long: 'attributes', text: 'attributes: +a=b,+c=d,-e' },
]

/** Apache: `UpdateSubGroupSubCommand` (5.3.3). */
export const updateSubGroup: AdminCommand = {
  name: 'updateSubGroup',
  description: 'create a consumer group or replace its settings',
  flags: [BROKER, CLUSTER, { short: 'g', long: 'groupName', text: 'consumer group', required: true }, ...SETTINGS],
  oneOf: ['brokerAddr', 'clusterName'],
  async run({ admin, flags, line, usage }) {
    const settings = settingsOf(flags) ?? usage('--groupRetryPolicy is not JSON')
    const { addresses, group } = await admin.groups.update(targetOf(flags), settings)
    for (const address of addresses) line('create subscription group to %s success.', address)
    line('%s', groupText(group))
  },
}

/** `undefined`: the retry policy is not JSON. */
function settingsOf(flags: GivenFlags): GroupSettings | undefined {
  const given: Record<string, unknown> = {}
  for (const { long, kind } of SETTINGS) {
    if (kind === 'boolean') given[long] = flags.truth(long)
    else if (kind === 'number') given[long] = flags.number(long)
  }
  const { notifyConsumerIdsChanged, ...same } = given
  const policy = flags.optionalText('groupRetryPolicy')
  const attributes = flags.optionalText('attributes')
  const added = (attributes ?? '').split(',').filter((change) => change.startsWith('+'))
  try {
    return {
      groupName: flags.text('groupName'),
      consumeFromMinEnable: false,
      consumeBroadcastEnable: false,
      ...Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined)),
      ...(notifyConsumerIdsChanged === undefined
        ? {}
        : { notifyConsumerIdsChangedEnable: notifyConsumerIdsChanged === true }),
      ...(policy === undefined ? {} : { groupRetryPolicy: JSON.parse(policy) as Record<string, unknown> }),
      ...(added.length === 0
        ? {}
        : { attributes: Object.fromEntries(added.map((change) => change.slice(1).split('='))) }),
    }
  } catch {
    // Only the policy's JSON can fail; the caller says so.
    return undefined
  }
}
