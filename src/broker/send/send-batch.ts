// Hot path: every batch passes here.
import { appendProperties, decodeBatch, isRetryTopic, SYS_FLAG } from '../../message/index.ts'
import { type Handler, RESPONSE_CODE, type SendBatchMessage } from '../../remoting/index.ts'
import type { BrokerIdentity } from '../identity.ts'
import { PendingBatch } from './pending-send.ts'
import { SendProperties } from './scan-properties.ts'
import type { SendStatus } from './send-status.ts'
import type { SendTarget } from './send-target.ts'
import type { Sender } from './sender.ts'

const TOPIC_BYTES_MAX = 127

/**
 * Stores several messages of one queue, one record each; the reply follows when all are stored. A batch can be neither
 * delayed nor part of a transaction. Apache: `SendMessageProcessor.sendBatchMessage` (5.3.3).
 */
export function sendBatch(
  sender: Sender,
  target: SendTarget,
  identity: BrokerIdentity,
  illegal: SendStatus,
): Handler<typeof SendBatchMessage> {
  const found = new SendProperties()
  return (request, call) => {
    if (!sender.admits(call) || !target.find(request, call)) return undefined
    const { topic, properties = '', sysFlag } = request
    if (topic.length > TOPIC_BYTES_MAX) {
      return { code: RESPONSE_CODE.MESSAGE_ILLEGAL, remark: `message topic length too long ${topic.length}` }
    }
    if (isRetryTopic(topic)) {
      return { code: RESPONSE_CODE.MESSAGE_ILLEGAL, remark: `batch request does not support retry group ${topic}` }
    }
    found.scan(properties)
    const parts = decodeBatch(call.body)
    const isSpecial = found.delayLevel > 0 || (sysFlag & SYS_FLAG.transactionMask) !== 0
    if (parts === undefined || parts.length === 0 || isSpecial) return { code: illegal.code, remark: illegal.remark }
    const suffixed = appendProperties(properties, identity.messageSuffix)
    sender.sendBatch(new PendingBatch(sender, call, request, target, found, suffixed, parts))
    return undefined
  }
}
