import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DirectConsumption, MessageTrack, ReceivedMessage, SendResult } from '../../admin/index.ts'
import { nodeFiles } from '../../base/files/index.ts'
import type { AdminContext } from './admin-command.ts'
import { timeTextMs } from './format.ts'

/** How a message is printed. */
interface Printing {
  /** The n-th of several copies; each has its own file. Default 0. */
  readonly copy?: number
  /** With the offset id. */
  readonly withOffsetId?: true
  /** Reads the body as text, which is then printed. */
  readonly bodyText?: ((body: Uint8Array) => string) | undefined
}

const LINE = '%-20s %s'

/**
 * Prints a message line by line, puts its body into a file, and prints what became of it in each group. Apache:
 * `QueryMsgByIdSubCommand.printMsg`, `QueryMsgByUniqueKeySubCommand.showMessage` (5.3.3).
 */
export async function printMessage(context: AdminContext, message: ReceivedMessage, how: Printing): Promise<void> {
  const { admin, line } = context
  const { properties, body } = message
  const rows: readonly (readonly [string, string | number])[] = [
    ...(how.withOffsetId === true ? ([['OffsetID:', message.offsetMessageId]] as const) : []),
    ['Topic:', message.topic],
    ['Tags:', `[${properties['TAGS'] ?? 'null'}]`],
    ['Keys:', `[${properties['KEYS'] ?? 'null'}]`],
    ['Queue ID:', message.queueId],
    ['Queue Offset:', message.queueOffset],
    ['CommitLog Offset:', message.physicalOffset],
    ['Reconsume Times:', message.reconsumeTimes],
    ['Born Timestamp:', timeTextMs(message.bornTimestamp)],
    ['Store Timestamp:', timeTextMs(message.storeTimestamp)],
    ['Born Host:', message.bornHost],
    ['Store Host:', message.storeHost],
    ['System Flag:', message.sysFlag],
    [
      'Properties:',
      `{${Object.entries(properties)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')}}`,
    ],
    ['Message Body Path:', savedBody(message, how.copy ?? 0)],
    ...(how.bodyText === undefined ? [] : ([['Message Body:', how.bodyText(body)]] as const)),
  ]
  for (const [name, value] of rows) line(LINE, name, value)
  const tracks = await admin.messages.tracks(message)
  line('')
  line('')
  if (tracks.length === 0) line('WARN: No Consumer')
  for (const track of tracks) line('%s', trackText(track))
}

/** Apache: `ConsumeMessageDirectlyResult.toString`. */
export function directText({ order, autoCommit, consumeResult, remark, spentTimeMills }: DirectConsumption): string {
  const start = `order=${order}, autoCommit=${autoCommit}, consumeResult=${consumeResult}`
  return `ConsumeMessageDirectlyResult [${start}, remark=${remark ?? 'null'}, spentTimeMills=${spentTimeMills}]`
}

/** Apache: `SendResult.toString`. */
export function sendText({ status, messageId, offsetMessageId, queue, queueOffset }: SendResult): string {
  const { topic, brokerName, queueId } = queue
  const place = `MessageQueue [topic=${topic}, brokerName=${brokerName}, queueId=${queueId}]`
  const ids = `sendStatus=${status}, msgId=${messageId}, offsetMsgId=${offsetMessageId}`
  return `SendResult [${ids}, messageQueue=${place}, queueOffset=${queueOffset}, recallHandle=null]`
}

function trackText({ consumerGroup, trackType, exceptionDesc }: MessageTrack): string {
  const group = `consumerGroup=${consumerGroup}, trackType=${trackType}`
  return `MessageTrack [${group}, exceptionDesc=${exceptionDesc ?? 'null'}]`
}

/** Puts the body where mqadmin does; the file's name is the message's id. */
function savedBody({ messageId, offsetMessageId, body }: ReceivedMessage, copy: number): string {
  // The unique id is what some producer wrote, so it may name any path.
  const name = /^[0-9A-Za-z]+$/.test(messageId) ? messageId : offsetMessageId
  const directory = join(tmpdir(), 'rocketmq', 'msgbodys')
  const path = join(directory, copy > 0 ? `${name}_${copy}` : name)
  nodeFiles.makeDirectory(directory)
  nodeFiles.writeWhole(path, body)
  return path
}
