import { textOf } from '../../../base/errors/index.ts'
import type { Logger } from '../../../base/log/index.ts'
import {
  compressBody,
  compressionFlag,
  encodeProperties,
  PROPERTY,
  type ReceivedMessage,
  retryTopicOf,
  SYS_FLAG,
} from '../../../message/index.ts'
import { ConsumerSendBack } from '../../../remoting/index.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import type { Brokers } from '../../connection/brokers.ts'
import type { Sender } from '../../producer/sender.ts'
import type { CachedMessage } from '../process-queue/process-queue.ts'

/** What giving messages back needs. */
export interface SendBackParts {
  readonly group: string
  /** How often a message comes again before it goes to the dead letters. */
  readonly maxReconsumeTimes: number
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  /** Sends the message itself when its broker does not take it back. */
  readonly sender: Sender
  readonly logger: Logger
}

const SEND_BACK_TIMEOUT_MS = 5000
/** Delay level of the first return: 10 s. */
const FIRST_DELAY_LEVEL = 3
/** To the dead letters. */
const DEAD_LETTER_LEVEL = -1

/**
 * Gives messages back to their broker, which delivers them again later, or puts them to the dead letters. A broker that
 * does not answer is gone around: a copy is sent to the group's retry topic. Apache:
 * `DefaultMQPushConsumerImpl.sendMessageBack`.
 */
export class SendBack {
  readonly #parts: SendBackParts

  constructor(parts: SendBackParts) {
    this.#parts = parts
  }

  /** Resolves with whether some broker has the message again. */
  async giveBack({ message, unreadable }: CachedMessage, delayLevel: number): Promise<boolean> {
    const { group, logger, maxReconsumeTimes } = this.#parts
    // A broker takes back whole records, and this message is but a part of one.
    const isPart = (message.sysFlag & SYS_FLAG.innerBatch) !== 0
    try {
      if (!isPart) await this.#toItsBroker(message, delayLevel)
      if (!isPart) return true
    } catch (failure) {
      const { messageId } = message
      logger.warn('broker did not take a message back', { group, messageId, reason: textOf(failure) })
    }
    // Of a body that cannot be decompressed no copy can be made.
    if (unreadable !== undefined) return false
    try {
      await this.#asCopy(message, maxReconsumeTimes)
      return true
    } catch (failure) {
      const { messageId } = message
      logger.warn('message not given back; tried again here', { group, messageId, reason: textOf(failure) })
      return false
    }
  }

  /**
   * Gives up a message that its listener refused for the last time; resolves with whether it is among the dead letters.
   * Its copy says how often it was tried. The broker knows by the group's locks that the group retries by itself and
   * takes the copy for a dead letter at once. Apache: `ConsumeMessageOrderlyService.sendMessageBack`.
   */
  async giveUp({ message, unreadable }: CachedMessage): Promise<boolean> {
    const { group, logger } = this.#parts
    const { messageId } = message
    try {
      if (unreadable === undefined) await this.#asCopy(message, 0)
      else await this.#toItsBroker(message, DEAD_LETTER_LEVEL)
      return true
    } catch (failure) {
      logger.warn('message not given up; tried again here', { group, messageId, reason: textOf(failure) })
      return false
    }
  }

  async #toItsBroker(message: ReceivedMessage, delayLevel: number): Promise<void> {
    const { group, maxReconsumeTimes, brokers, connections } = this.#parts
    const broker = await connections.connect(brokers.master(message.brokerName) ?? message.storeHost)
    const header = {
      offset: message.physicalOffset,
      group,
      delayLevel,
      originMsgId: message.messageId,
      originTopic: message.topic,
      unitMode: false,
      maxReconsumeTimes,
      bname: message.brokerName,
    }
    await broker.invoke(ConsumerSendBack, header, { timeoutMs: SEND_BACK_TIMEOUT_MS })
  }

  /** With fewer `maxReconsumeTimes` than the message was tried, the broker makes a dead letter of it. */
  async #asCopy(message: ReceivedMessage, maxReconsumeTimes: number): Promise<void> {
    const { group, sender } = this.#parts
    const topic = retryTopicOf(group)
    const reconsumeTimes = message.reconsumeTimes + 1
    const { [PROPERTY.transactionPrepared]: _, ...kept } = message.properties
    const properties = {
      ...kept,
      [PROPERTY.originMessageId]: message.properties[PROPERTY.originMessageId] ?? message.messageId,
      [PROPERTY.retryTopic]: message.topic,
      [PROPERTY.reconsumeTime]: String(reconsumeTimes),
      [PROPERTY.maxReconsumeTimes]: String(maxReconsumeTimes),
      [PROPERTY.delayLevel]: String(FIRST_DELAY_LEVEL + message.reconsumeTimes),
    }
    const compresses = message.body.length >= sender.settings.compressOverBytes
    sender.prepareTopic(topic)
    await sender.send(
      {
        topic,
        body: compresses ? compressBody(message.body) : message.body,
        properties: encodeProperties(properties),
        sysFlag: compresses ? compressionFlag('zlib') : 0,
        flag: message.flag,
        bornTimestamp: message.bornTimestamp,
        batch: false,
        messageId: message.messageId,
        reconsumeTimes,
        maxReconsumeTimes,
      },
      SEND_BACK_TIMEOUT_MS,
      undefined,
    )
  }
}
