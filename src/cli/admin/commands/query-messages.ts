import type { ReceivedMessage } from '../../../admin/index.ts'
import type { AdminCommand, AdminContext, AdminFlag, GivenFlags } from '../admin-command.ts'
import { TOPIC } from '../flags.ts'
import { directText, printMessage, sendText } from '../message-lines.ts'

const ID: AdminFlag = { short: 'i', long: 'msgId', text: 'unique id or offset id', required: true }
const GROUP: AdminFlag = { short: 'g', long: 'consumerGroup', text: 'with -d: consumer group' }
const CLIENT: AdminFlag = { short: 'd', long: 'clientId', text: 'with -g: this consumer is to consume the message now' }
const IN_CLUSTER: AdminFlag = { short: 'c', long: 'cluster', text: 'only at the brokers of a cluster' }
/** Copies of one message, at most. Apache: `QueryMsgByUniqueKeySubCommand`. */
const COPIES_MAX = 32

/** Apache: `QueryMsgByIdSubCommand` (5.3.3). */
export const queryMsgById: AdminCommand = {
  name: 'queryMsgById',
  description: 'show messages by their ids, and what became of them; or deliver or send them again',
  flags: [
    TOPIC,
    { ...ID, text: 'unique ids or offset ids, divided by commas' },
    GROUP,
    CLIENT,
    { short: 's', long: 'sendMessage', text: 'send it once more', kind: 'boolean' },
    { short: 'u', long: 'unitName', text: 'has no effect' },
    { short: 'f', long: 'bodyFormat', text: 'print the body, too, read by this character set' },
    IN_CLUSTER,
  ],
  async run(context) {
    const { admin, flags, line } = context
    const bodyText = decoderOf(context, flags.optionalText('bodyFormat'))
    const resends = flags.truth('sendMessage')
    const ids = flags.text('msgId').split(',')
    for (const id of ids.map((one) => one.trim()).filter((one) => one !== '')) {
      const message = await admin.messages.find(flags.text('topic'), id, clusterOf(flags))
      if (isPush(flags)) await push(context, message)
      else if (resends === true) {
        line('prepare resend msg. originalMsgId=%s%s', id, sendText(await admin.messages.resend(message)))
      } else if (resends === undefined) await printMessage(context, message, { withOffsetId: true, bodyText })
    }
  },
}

/** Apache: `QueryMsgByUniqueKeySubCommand` (5.3.3). */
export const queryMsgByUniqueKey: AdminCommand = {
  name: 'queryMsgByUniqueKey',
  description: 'show a message by its unique id, and what became of it; or deliver it again',
  flags: [
    { ...ID, text: 'unique id' },
    GROUP,
    CLIENT,
    TOPIC,
    { short: 'a', long: 'showAll', text: `all copies of it, at most ${COPIES_MAX}`, kind: 'switch' },
    IN_CLUSTER,
  ],
  async run(context) {
    const { admin, flags } = context
    const options = { ...clusterOf(flags), max: COPIES_MAX }
    const found = await admin.messages.byUniqueKey(flags.text('topic'), flags.text('msgId'), options)
    const wanted = flags.truth('showAll') === true ? found : found.slice(0, 1)
    for (const [copy, message] of wanted.entries()) {
      if (isPush(flags)) await push(context, message)
      else await printMessage(context, message, { copy })
    }
  },
}

/** Apache: `QueryMsgByKeySubCommand` (5.3.3). */
export const queryMsgByKey: AdminCommand = {
  name: 'queryMsgByKey',
  description: 'list messages by a key',
  flags: [
    TOPIC,
    { short: 'k', long: 'msgKey', text: 'one of its keys', required: true },
    { short: 'b', long: 'beginTimestamp', text: 'stored then or later, epoch ms (0)', kind: 'number' },
    { short: 'e', long: 'endTimestamp', text: 'stored then or before, epoch ms', kind: 'number' },
    { short: 'm', long: 'maxNum', text: 'at most so many (64)', kind: 'number' },
    IN_CLUSTER,
  ],
  async run({ admin, flags, line }) {
    const options = {
      ...clusterOf(flags),
      max: flags.number('maxNum'),
      begin: flags.number('beginTimestamp'),
      end: flags.number('endTimestamp'),
    }
    const found = await admin.messages.byKey(flags.text('topic'), flags.text('msgKey'), options)
    line('%-50s %4s %40s', '#Message ID', '#QID', '#Offset')
    for (const { messageId, queueId, queueOffset } of found) line('%-50s %4d %40d', messageId, queueId, queueOffset)
  },
}

function clusterOf(flags: GivenFlags): { readonly cluster: string | undefined } {
  return { cluster: flags.optionalText('cluster') }
}

function isPush(flags: GivenFlags): boolean {
  return flags.optionalText('consumerGroup') !== undefined && flags.optionalText('clientId') !== undefined
}

/** Has the consumer that the flags name consume the message. */
async function push({ admin, flags, line }: AdminContext, message: ReceivedMessage): Promise<void> {
  const [group, clientId] = [flags.text('consumerGroup'), flags.text('clientId')]
  const { properties } = (await admin.groups.runningInfo(group, clientId)) as {
    readonly properties?: Readonly<Record<string, string>>
  }
  if (properties?.['PROP_CONSUME_TYPE'] !== 'CONSUME_PASSIVELY') {
    line('this %s client is not push consumer ,not support direct push ', clientId)
    return
  }
  line('%s', directText(await admin.messages.consumeDirectly(group, clientId, message)))
}

function decoderOf({ usage }: AdminContext, name: string | undefined): ((body: Uint8Array) => string) | undefined {
  if (name === undefined) return undefined
  try {
    const decoder = new TextDecoder(name)
    return (body) => decoder.decode(body)
  } catch {
    return usage(`-f ${name} is no character set that is known here: write UTF-8 for example`)
  }
}
