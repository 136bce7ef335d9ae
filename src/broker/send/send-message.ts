// Hot path: the one handler that every message passes.
import { appendProperties, PROPERTY, propertyEntry, SYS_FLAG } from '../../message/index.ts'
import { type Handler, RESPONSE_CODE, type SendMessageV2 } from '../../remoting/index.ts'
import type { BrokerConfig } from '../config.ts'
import { DELAY_TOPIC, type DelayLevels, delayProperties, delayQueueOf } from '../delay/delay-levels.ts'
import type { BrokerIdentity } from '../identity.ts'
import { HALF_QUEUE, HALF_TOPIC, halfProperties, halfSysFlag } from '../transaction/half-message.ts'
import { PendingSend } from './pending-send.ts'
import { SendProperties } from './scan-properties.ts'
import type { SendStatus } from './send-status.ts'
import type { SendTarget } from './send-target.ts'
import type { SendCall, Sender } from './sender.ts'

/** A dead letter is never delayed, whatever its delay property said. */
const NO_DELAY = propertyEntry(PROPERTY.delayLevel, '-1')

/**
 * Stores one message; the reply follows when it is stored. Apache: `SendMessageProcessor.sendMessage` (5.3.3).
 */
export function sendMessage(
  sender: Sender,
  target: SendTarget,
  identity: BrokerIdentity,
  delayLevels: DelayLevels,
  nextUniqueKey: () => string,
  { rejectTransactionMessage }: Pick<BrokerConfig, 'rejectTransactionMessage'>,
  illegal: SendStatus,
): Handler<typeof SendMessageV2> {
  // Read and used within one call of the handler, so one object does for all.
  const found = new SendProperties()
  return (request, call) => {
    if (!sender.admits(call) || !target.find(request, call)) return undefined
    let properties = request.properties ?? ''
    found.scan(properties)
    if (found.isCounted && (request.sysFlag & SYS_FLAG.innerBatch) === 0) {
      return { code: illegal.code, remark: illegal.remark }
    }
    const isHalf = found.isTransactional && !((request.reconsumeTimes ?? 0) > 0 && found.delayLevel > 0)
    if (isRefused(found, isHalf && rejectTransactionMessage, call, identity)) return undefined
    const uniqueKey = found.uniqueKey ?? nextUniqueKey()
    const message = new PendingSend(sender, call, request, target, found, uniqueKey)

    properties = appendProperties(properties, identity.messageSuffix)
    if (found.uniqueKey === undefined) properties += propertyEntry(PROPERTY.uniqueKey, uniqueKey)
    if (target.isDeadLetter) properties += NO_DELAY
    else if (isHalf) {
      properties += halfProperties(uniqueKey, message.topic, message.queueId)
      message.topic = HALF_TOPIC
      message.queueId = HALF_QUEUE
      message.sysFlag = halfSysFlag(message.sysFlag)
    } else if (found.delayLevel > 0) {
      const level = Math.min(found.delayLevel, delayLevels.max)
      properties += delayProperties(found.delayLevel, level, message.topic, message.queueId)
      message.topic = DELAY_TOPIC
      message.queueId = delayQueueOf(level)
    }
    message.properties = properties
    sender.send(message)
    return undefined
  }
}

/** Messages for a given time need a service that is switched off here, which Apache's settings can do, too. */
function isRefused(found: SendProperties, isHalfRefused: boolean, call: SendCall, identity: BrokerIdentity): boolean {
  if (isHalfRefused) {
    const remark = `the broker[${identity.ip}] sending transaction message is forbidden`
    call.reply({ code: RESPONSE_CODE.NO_PERMISSION, remark })
    return true
  }
  if (found.isTimer && found.delayLevel <= 0) {
    const remark = 'accurate timer message is not enabled, timerWheelEnable is false'
    call.reply({ code: RESPONSE_CODE.SYSTEM_ERROR, remark })
    return true
  }
  return false
}
