import type { TraceFrom } from '../../../admin/index.ts'
import type { AdminCommand } from '../admin-command.ts'
import { timeText } from '../format.ts'

const ROW = '%-10s %-20s %-20s %-20s %-10s %-10s'

/**
 * Apache: `QueryMsgTraceByIdSubCommand` (5.3.3), which shows neither how transactions ended nor when listeners began.
 */
export const queryMsgTraceById: AdminCommand = {
  name: 'queryMsgTraceById',
  description: 'show who sent a message and who consumed it, by its traces',
  flags: [
    { short: 'i', long: 'msgId', text: 'unique id', required: true },
    { short: 't', long: 'traceTopic', text: 'topic of the traces (RMQ_SYS_TRACE_TOPIC)' },
    { short: 'b', long: 'beginTimestamp', text: 'traces stored then or later, epoch ms (0)', kind: 'number' },
    { short: 'e', long: 'endTimestamp', text: 'traces stored then or before, epoch ms', kind: 'number' },
    { short: 'c', long: 'maxNum', text: 'at most so many messages with traces (64)', kind: 'number' },
  ],
  async run({ admin, flags, line }) {
    const options = {
      max: flags.number('maxNum'),
      begin: flags.number('beginTimestamp'),
      end: flags.number('endTimestamp'),
    }
    const traces = await admin.messages.trace(flags.text('msgId'), flags.optionalText('traceTopic'), options)
    const consumed = new Map<string, (readonly string[])[]>()
    for (const trace of traces) {
      const { type } = trace.record
      if (type === 'Pub') {
        line(ROW, '#Type', '#ProducerGroup', '#ClientHost', '#SendTime', '#CostTimes', '#Status')
        line(ROW, ...rowOf('Pub', trace))
        line('')
      }
      if (type !== 'SubAfter') continue
      const rows = consumed.get(trace.record.group) ?? []
      consumed.set(trace.record.group, [...rows, rowOf('Sub', trace)])
    }
    for (const rows of consumed.values()) {
      line(ROW, '#Type', '#ConsumerGroup', '#ClientHost', '#ConsumerTime', '#CostTimes', '#Status')
      for (const row of rows) line(ROW, ...row)
      line('')
    }
  },
}

function rowOf(type: string, { record, clientHost }: TraceFrom): readonly string[] {
  const { group = '', timestamp } = record
  const [ms, success] = 'ms' in record ? [record.ms, record.success] : [0, true]
  return [type, group, clientHost, timeText(timestamp), `${ms}ms`, success ? 'success' : 'failed']
}
