// Hot path: every batch passes here.
import { appendProperties, decodeBatch, isRetryTopic, SYS_FLAG } from '../../message/index.ts'
import { type Handler, RESPONSE_CODE, type SendBatchMessage } from '../../remoting/index.ts'
import type { BrokerIdentity } from '../identity.ts'
import { PendingBatch, PendingSend } from './pending-send.ts'
import { SendProperties } from './scan-properties.ts'
import type { SendStatus } from './send-status.ts'
import type { SendTarget } from './send-target.ts'
import type { Sender } from './sender.ts'

const TOPIC_BYTES_MAX = 127

/**
 * Stores several messages of one queue, one record each, or where queues store batches whole as one record; the reply
 * follows when all are stored. A batch can be neither delayed nor part of a transaction. Apache:
 * `SendMessageProcessor.sendBatchMessage` (5.3.3).
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
    const isInner = (sysFlag & SYS_FLAG.innerBatch) !== 0
    const isSpecial = found.delayLevel > 0 || (sysFlag & SYS_FLAG.transactionMask) !== 0
    if (isSpecial || (found.isCounted && !isInner)) return { code: illegal.code, remark: illegal.remark }
    const suffixed = appendProperties(properties, identity.messageSuffix)
    if (target.hasBatchQueues && found.uniqueKey !== undefined) {
      const batch = new PendingSend(sender, call, request, target, found, found.uniqueKey)
      batch.properties = suffixed
      batch.becomeInnerBatch()
      sender.send(batch)
      return undefined
    }
    const parts = decodeBatch(call.body)
    if (parts === undefined || parts.length === 0) return { code: illegal.code, remark: illegal.remark }
    sender.sendBatch(new PendingBatch(sender, call, request, target, found, suffixed, parts))
    return undefined
  }
}
