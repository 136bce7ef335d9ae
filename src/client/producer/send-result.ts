// Hot path: one result per message sent.
import type { MessageQueue } from '../../message/index.ts'
import { type Command, RESPONSE_CODE, SendMessageV2 } from '../../remoting/index.ts'
import type { Outgoing } from './outgoing.ts'

/**
 * How safely a message is stored. `SEND_OK`: as the broker's settings want it. The others: stored by the broker, but
 * disk or replica did not confirm in time.
 */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE'

/** Where and how a message was stored. Apache: `SendResult`. */
export interface SendResult {
  readonly status: SendStatus
  /** The unique id that this client gave the message; of a batch all ids, `,` between them. */
  readonly messageId: string
  /** Broker address and commit log position, hexadecimal; of a batch all, `,` between them. */
  readonly offsetMessageId: string
  readonly queue: MessageQueue
  /** Position in the queue; of a batch that of its first message. */
  readonly queueOffset: number
  readonly transactionId: string | undefined
  readonly regionId: string
  readonly traceOn: boolean
}

const STATUS: Readonly<Record<number, SendStatus>> = {
  [RESPONSE_CODE.SUCCESS]: 'SEND_OK',
  [RESPONSE_CODE.FLUSH_DISK_TIMEOUT]: 'FLUSH_DISK_TIMEOUT',
  [RESPONSE_CODE.FLUSH_SLAVE_TIMEOUT]: 'FLUSH_SLAVE_TIMEOUT',
  [RESPONSE_CODE.SLAVE_NOT_AVAILABLE]: 'SLAVE_NOT_AVAILABLE',
}
const DEFAULT_REGION = 'DefaultRegion'

/** The status that an answer's code stands for; `undefined`: the broker refused. */
export function sendStatus(responseCode: number): SendStatus | undefined {
  return STATUS[responseCode]
}

/**
 * Reads a broker's answer.
 * @throws RMQ_FIELD_MISSING, RMQ_FIELD_ILLEGAL
 */
export function readSendResult(status: SendStatus, command: Command, queue: MessageQueue, sent: Outgoing): SendResult {
  const header = SendMessageV2.readResponse(command.fields)
  const { queueId } = header
  return {
    status,
    messageId: sent.messageId,
    offsetMessageId: header.msgId,
    queue: queueId === queue.queueId ? queue : { topic: queue.topic, brokerName: queue.brokerName, queueId },
    queueOffset: header.queueOffset,
    transactionId: header.transactionId,
    regionId: command.fields['MSG_REGION'] ?? DEFAULT_REGION,
    traceOn: command.fields['TRACE_ON'] !== 'false',
  }
}
