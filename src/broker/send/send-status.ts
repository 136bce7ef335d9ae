import { RESPONSE_CODE } from '../../remoting/index.ts'
import type { AppendStatus, MessageStore, StoreConfig } from '../../store/index.ts'

/** How a store's answer is told to a producer. */
export interface SendStatus {
  readonly code: number
  readonly remark: string | undefined
  /** Whether the message was stored, so that the reply has its offsets. */
  readonly isStored: boolean
}

/** Each store status as code and remark. Apache: `SendMessageProcessor.handlePutMessageResult` (5.3.3). */
export function sendStatuses(
  config: Pick<StoreConfig, 'maxLmqConsumeQueueNum' | 'maxMessageSize'>,
  store: Pick<MessageStore, 'diskUse'>,
): Readonly<Record<AppendStatus, SendStatus>> {
  const illegal: SendStatus = {
    code: RESPONSE_CODE.MESSAGE_ILLEGAL,
    remark:
      'the message is illegal, maybe msg body or properties length not matched. ' +
      `msg body length limit ${config.maxMessageSize}B, msg properties length limit 32KB.`,
    isStored: false,
  }
  return {
    ok: { code: RESPONSE_CODE.SUCCESS, remark: undefined, isStored: true },
    'flush-disk-timeout': { code: RESPONSE_CODE.FLUSH_DISK_TIMEOUT, remark: undefined, isStored: true },
    'message-illegal': illegal,
    'properties-too-long': illegal,
    'too-many-light-queues': {
      code: RESPONSE_CODE.SYSTEM_ERROR,
      remark:
        '[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]broker config enableLmq and enableMultiDispatch, lmq consumeQueue num exceed ' +
        `maxLmqConsumeQueueNum config num ${config.maxLmqConsumeQueueNum}.`,
      isStored: false,
    },
    'service-not-available': {
      code: RESPONSE_CODE.SERVICE_NOT_AVAILABLE,
      get remark() {
        const { log, queues, index } = store.diskUse()
        return (
          "service not available now. It may be caused by one of the following reasons: the broker's disk is full " +
          `[CL: ${ratioText(log)} CQ: ${ratioText(queues)} INDEX: ${ratioText(index)}], messages are put to the slave, ` +
          'message store has been shut down, etc.'
        )
      },
      isStored: false,
    },
  }
}

/** Apache: `SendMessageProcessor.diskUtil`. */
function ratioText(ratio: number): string {
  return ratio.toFixed(2).padStart(5)
}
