import type { AdminCommand } from '../admin-command.ts'
import { TOPIC } from '../flags.ts'

/** Apache: `SendMessageCommand` (5.3.3). */
export const sendMessage: AdminCommand = {
  name: 'sendMessage',
  description: 'send one message',
  flags: [
    TOPIC,
    { short: 'p', long: 'body', text: 'body, as UTF-8', required: true },
    { short: 'k', long: 'key', text: 'keys, divided by blanks' },
    { short: 'c', long: 'tags', text: 'tag' },
    { short: 'b', long: 'broker', text: 'name of the broker' },
    { short: 'i', long: 'qid', text: 'with -b: queue', kind: 'number' },
    { short: 'm', long: 'msgTraceEnable', text: 'has no effect yet', kind: 'boolean' },
  ],
  async run({ admin, flags, line, usage }) {
    const [broker, queueId] = [flags.optionalText('broker'), flags.number('qid')]
    if (queueId !== undefined && broker === undefined) usage('-i needs -b: write the name of the broker, too')
    const client = await admin.client()
    const producer = await client.producer({ group: 'rocketstream_admin' })
    const topic = flags.text('topic')
    const keys = flags.optionalText('key')?.split(/\s+/)
    const queue = broker === undefined || queueId === undefined ? {} : { queue: { topic, brokerName: broker, queueId } }
    const message = { topic, body: Buffer.from(flags.text('body')), tag: flags.optionalText('tags'), keys }
    const sent = await producer.send(message, queue)
    line('%-32s  %-4s  %-20s    %s', '#Broker Name', '#QID', '#Send Result', '#MsgId')
    const { brokerName, queueId: sentTo } = sent.queue
    line('%-32s  %-4s  %-20s    %s', brokerName, sentTo, sent.status, sent.messageId)
  },
}
