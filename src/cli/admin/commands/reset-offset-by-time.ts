import type { QueueOffsetChange } from '../../../admin/index.ts'
import type { AdminCommand, AdminContext } from '../admin-command.ts'
import { TOPIC } from '../flags.ts'
import { front } from '../format.ts'

/** Apache: `ResetOffsetByTimeCommand` (5.3.3). */
export const resetOffsetByTime: AdminCommand = {
  name: 'resetOffsetByTime',
  description: 'let a consumer group read a topic, or one queue of it, from a time on',
  flags: [
    { short: 'g', long: 'group', text: 'consumer group', required: true },
    TOPIC,
    { short: 's', long: 'timestamp', text: 'now, epoch ms, or yyyy-MM-dd#HH:mm:ss:SSS', required: true },
    { short: 'f', long: 'force', text: 'whether progress may go back (true)', kind: 'boolean' },
    { short: 'b', long: 'broker', text: 'with -q: one broker, host:port' },
    { short: 'q', long: 'queue', text: 'with -b: one queue', kind: 'number' },
    { short: 'o', long: 'offset', text: 'with -b and -q: this offset', kind: 'number' },
    { short: 'c', long: 'cluster', text: 'cluster or topic whose brokers are asked' },
  ],
  async run(context) {
    const { flags, usage } = context
    const text = flags.text('timestamp')
    const timestampMs = timeOf(text, context.now())
    if (timestampMs === undefined) usage(`-s ${text} is neither "now" nor epoch ms nor yyyy-MM-dd#HH:mm:ss:SSS`)
    else await reset(context, text, timestampMs)
  },
}

/** Apache: `SkipAccumulationSubCommand` (5.3.3). */
export const skipAccumulatedMessage: AdminCommand = {
  name: 'skipAccumulatedMessage',
  description: 'let a consumer group skip what it has not consumed yet',
  flags: [
    { short: 'g', long: 'group', text: 'consumer group', required: true },
    TOPIC,
    { short: 'f', long: 'force', text: 'whether progress may go back (true)', kind: 'boolean' },
    { short: 'c', long: 'cluster', text: 'cluster or topic whose brokers are asked' },
  ],
  async run(context) {
    const { admin, flags } = context
    const options = { force: flags.truth('force') ?? true, routeTopic: flags.optionalText('cluster') }
    printChanges(context, await admin.offsets.reset(flags.text('group'), flags.text('topic'), -1, options))
  },
}

async function reset(context: AdminContext, text: string, timestampMs: number): Promise<void> {
  const { admin, flags, line } = context
  const [group, topic] = [flags.text('group'), flags.text('topic')]
  const head = `start reset consumer offset by specified, group[${group}], topic[${topic}]`
  const time = `timestamp(string)[${text}], timestamp(long)[${timestampMs}]`
  const [broker, queueId, offset] = [flags.optionalText('broker'), flags.number('queue'), flags.number('offset')]
  if (broker !== undefined && queueId !== undefined && queueId >= 0) {
    line('%s, queueId[%s], broker[%s], %s', head, queueId, broker, time)
    const to = offset === undefined ? { timestampMs } : { offset }
    line('reset consumer offset to %d', await admin.offsets.resetQueue(group, { topic, broker, queueId }, to))
    return
  }
  const force = flags.truth('force') ?? true
  const options = { force, routeTopic: flags.optionalText('cluster') }
  const changes = await admin.offsets.reset(group, topic, timestampMs, options)
  line('%s, force[%s], %s', head, force, time)
  printChanges(context, changes)
}

function printChanges({ line }: AdminContext, changes: readonly QueueOffsetChange[]): void {
  line('%-40s  %-40s  %-40s', '#brokerName', '#queueId', '#offset')
  for (const { brokerName, queueId, offset } of changes) {
    line('%-40s  %-40d  %-40d', front(brokerName, 32), queueId, offset)
  }
}

/** `undefined`: the text is no time. */
function timeOf(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs
  if (/^-?\d+$/.test(text)) return Number(text)
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})#(\d{1,2}):(\d{1,2}):(\d{1,2}):(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0] = match.slice(1).map(Number)
  return new Date(year, month - 1, day, hour, minute, second, ms).getTime()
}
