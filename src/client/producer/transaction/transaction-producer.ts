import { textOf } from '../../../base/errors/index.ts'
import type { Logger } from '../../../base/log/index.ts'
import {
  type Message,
  type MessageQueue,
  messageErrors,
  PROPERTY,
  propertyEntry,
  SYS_FLAG,
} from '../../../message/index.ts'
import { EndTransaction } from '../../../remoting/index.ts'
import { inRange, MS_MAX } from '../../config.ts'
import { clientErrors } from '../../errors.ts'
import { type Outgoing, outgoingMessage } from '../outgoing.ts'
import { fixedBy, type Producer, type SendOptions } from '../producer.ts'
import type { SendResult } from '../send-result.ts'
import type { Sender } from '../sender.ts'
import type { TransactionResult, TransactionState, TransactionWork } from './config.ts'
import { commitOrRollback, END_NAME, type LocalOutcome, localOutcome } from './local-state.ts'
import type { TransactionChecks } from './transaction-checks.ts'

/** A {@link Producer} that can also send in transactions. Apache: `TransactionMQProducer`. */
export interface TransactionProducer extends Producer {
  /**
   * Stores the first half of a message, which no consumer sees, runs `work`, and commits or rolls back as it answers.
   * Resolves when the end was handed to the connection; if it gets lost, the broker asks the group's `check` after
   * `transactionTimeOut` (6 s), as it does when the answer is `unknown` or `work` throws.
   *
   * ```ts
   * const sent = await producer.sendInTransaction({ topic: 'Orders', body }, async ({ transactionId }) => {
   *   await database.insert(order, transactionId)
   *   return 'commit'
   * })
   * ```
   * @param work  not called when the first half could not be stored safely; the result's state is `rollback` then
   * @param options  as in {@link Producer.send}; the time-out is that of the first half
   * @throws RMQ_MESSAGE_ILLEGAL  also for a message with a `delayLevel`: RocketMQ has no delay in transactions
   * @throws as {@link Producer.send}; the work was not called then
   * @see Apache `DefaultMQProducerImpl#sendMessageInTransaction` (5.3.3)
   */
  sendInTransaction(message: Message, work: TransactionWork, options?: SendOptions): Promise<TransactionResult>
}

const NO_OPTIONS: SendOptions = {}

/** What a {@link GroupTransactionProducer} works with. */
export interface TransactionProducerParts {
  /** Sends what is no transaction; closes the sender. */
  readonly producer: Producer
  readonly sender: Sender
  readonly checks: TransactionChecks
  readonly nextId: () => string
  readonly logger: Logger
  /** Called once, when no more transactions come and before the checks under way are waited for. */
  readonly leave: () => void
}

/** The {@link TransactionProducer} over a {@link Sender}. */
export class GroupTransactionProducer implements TransactionProducer {
  readonly group: string
  readonly #parts: TransactionProducerParts
  readonly #open = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(parts: TransactionProducerParts) {
    this.group = parts.producer.group
    this.#parts = parts
  }

  send(message: Message, options?: SendOptions): Promise<SendResult> {
    return this.#parts.producer.send(message, options)
  }

  sendOneway(message: Message, options?: SendOptions): Promise<void> {
    return this.#parts.producer.sendOneway(message, options)
  }

  sendBatch(messages: readonly Message[], options?: SendOptions): Promise<SendResult> {
    return this.#parts.producer.sendBatch(messages, options)
  }

  sendAll(messages: readonly Message[], options?: SendOptions): Promise<readonly SendResult[]> {
    return this.#parts.producer.sendAll(messages, options)
  }

  queuesOf(topic: string): Promise<readonly MessageQueue[]> {
    return this.#parts.producer.queuesOf(topic)
  }

  ready(): Promise<void> {
    return this.#parts.producer.ready()
  }

  sendInTransaction(
    message: Message,
    work: TransactionWork,
    options: SendOptions = NO_OPTIONS,
  ): Promise<TransactionResult> {
    const done = this.#transact(message, work, options)
    this.#open.add(done)
    const over = (): void => void this.#open.delete(done)
    done.then(over, over)
    return done
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { checks, producer, leave } = this.#parts
    await Promise.allSettled(this.#open)
    leave()
    await checks[Symbol.asyncDispose]()
    await producer[Symbol.asyncDispose]()
  }

  async #transact(message: Message, work: TransactionWork, options: SendOptions): Promise<TransactionResult> {
    const { sender, logger } = this.#parts
    const half = this.#half(message, options)
    const timeoutMs = inRange('timeoutMs', options.timeoutMs, sender.settings.sendTimeoutMs, 1, MS_MAX)
    const fixed = options.queue === undefined ? undefined : fixedBy(options.queue, message)
    const sent = await sender.send(half, timeoutMs, fixed)
    const transactionId = half.messageId
    const what = `the work of transaction ${transactionId}`
    const outcome: LocalOutcome =
      sent.status === 'SEND_OK'
        ? await localOutcome(() => work({ ...message, transactionId }), what, logger)
        : { state: 'rollback' }
    await this.#end(message, sent, transactionId, outcome.state)
    return { ...sent, transactionId, ...outcome }
  }

  #half(message: Message, { signal }: SendOptions): Outgoing {
    const { sender, nextId } = this.#parts
    const { topic } = message
    if (this.#closing !== undefined)
      throw clientErrors.RMQ_ALREADY_CLOSED({ what: `transaction producer of group "${this.group}"` })
    if (message.delayLevel !== undefined && message.delayLevel !== 0) {
      const reason =
        'a message in a transaction cannot be delayed; leave delayLevel out, or send it without a transaction.'
      throw messageErrors.RMQ_MESSAGE_ILLEGAL({ topic, reason })
    }
    sender.prepareTopic(topic)
    signal?.throwIfAborted()
    const plain = outgoingMessage(message, nextId(), sender.clock.now(), sender.settings)
    const properties =
      plain.properties +
      propertyEntry(PROPERTY.transactionPrepared, 'true') +
      propertyEntry(PROPERTY.producerGroup, this.group)
    return { ...plain, properties, sysFlag: plain.sysFlag | SYS_FLAG.transactionPrepared }
  }

  /** Tells the broker of the message; when that fails the broker asks. */
  async #end(message: Message, sent: SendResult, transactionId: string, state: TransactionState): Promise<void> {
    const { sender, logger } = this.#parts
    const { queue, queueOffset, offsetMessageId, messageId } = sent
    const { topic, brokerName } = queue
    try {
      const address = sender.brokers.master(brokerName)
      if (address === undefined) throw clientErrors.RMQ_BROKER_NOT_FOUND({ brokerName, topic })
      const peer = sender.connections.open(address) ?? (await sender.connections.connect(address))
      peer.invokeOneway(EndTransaction, {
        topic,
        producerGroup: this.group,
        tranStateTableOffset: queueOffset,
        commitLogOffset: physicalOffsetOf(offsetMessageId),
        commitOrRollback: commitOrRollback(state),
        fromTransactionCheck: false,
        msgId: messageId,
        transactionId: sent.transactionId ?? transactionId,
        bname: brokerName,
      })
      sender.hook?.transactionEnded({
        topic,
        messageId,
        tag: message.tag,
        keys: message.keys?.join(' '),
        storeHost: address,
        regionId: sent.regionId,
        transactionId,
        end: END_NAME[state],
        fromCheck: false,
      })
    } catch (failure) {
      const reason = textOf(failure)
      logger.warn('broker not told how a transaction ended; it will ask', { transactionId, state, brokerName, reason })
    }
  }
}

/** The commit log position in an offset id: its last 16 hexadecimal digits. */
function physicalOffsetOf(offsetMessageId: string): number {
  return Number.parseInt(offsetMessageId.slice(-16), 16)
}
