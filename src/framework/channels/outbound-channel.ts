import { randomUUID } from 'node:crypto'
import type { Clock } from '../../base/time/index.ts'
import type { BoundProducer } from '../binder/index.ts'
import { contentTypeOf, toBody } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { MessageChannel, SendReceipt } from './channel.ts'
import { HEADER, type Message } from './message.ts'
import type { TransactionReceipt, TransactionWork } from './transaction.ts'

/** What an {@link OutboundChannel} is made of. */
export interface OutboundChannelOptions {
  readonly name: string
  /** Content type of messages that do not say. */
  readonly contentType: string
  /** True: payloads are bytes and go as they are. */
  readonly native: boolean
  readonly clock: Clock
}

/** Decides what a send that failed comes to: a receipt, or a failure. */
export type SendFailureHandler = (failure: unknown, message: Message<Buffer>) => Promise<SendReceipt>
/** Gives the partition of a message; `undefined` when its messages are not partitioned. */
export type PartitionOf = (message: Message, partitionCount: number | undefined) => number | undefined

/** What the configuration says of the messages of an output. */
export interface SendRules {
  readonly partitionOf: PartitionOf
  /** Decides about messages that cannot be sent; `undefined`: their sender learns it. */
  readonly onFailure: SendFailureHandler | undefined
}

/** The sending end of a binding: converts, completes the headers, and hands over to the binder's producer. */
export class OutboundChannel implements MessageChannel {
  readonly name: string
  readonly #options: OutboundChannelOptions
  #producer: BoundProducer | undefined
  #onFailure: SendFailureHandler | undefined
  #partitionOf: PartitionOf = () => undefined

  constructor(options: OutboundChannelOptions) {
    this.name = options.name
    this.#options = options
  }

  /** From now on messages go through this producer. */
  attach(producer: BoundProducer, { partitionOf, onFailure }: SendRules): void {
    this.#producer = producer
    this.#partitionOf = partitionOf
    this.#onFailure = onFailure
  }

  async send(message: Message): Promise<SendReceipt> {
    const producer = this.#running()
    return this.#told(this.#finish(message, producer), (finished) => producer.send(finished))
  }

  async sendAll(messages: readonly Message[]): Promise<readonly SendReceipt[]> {
    const producer = this.#running()
    const finished = messages.map((message) => this.#finish(message, producer))
    const { sendAll } = producer
    // Failures are told for each message, so each is sent by itself.
    if (sendAll === undefined || this.#onFailure !== undefined)
      return Promise.all(finished.map((message) => this.#told(message, (one) => producer.send(one))))
    return sendAll.call(producer, finished)
  }

  async sendInTransaction<Payload>(
    message: Message<Payload>,
    work: TransactionWork<Payload>,
  ): Promise<TransactionReceipt> {
    const producer = this.#running()
    const { payload } = message
    if (producer.sendInTransaction === undefined)
      throw frameworkErrors.RMQ_TRANSACTION_UNSUPPORTED({ channel: this.name })
    return producer.sendInTransaction(this.#finish(message, producer), (headers) => work({ payload, headers }))
  }

  /** Sends; what cannot be sent is told to those who decide about it. */
  async #told(
    message: Message<Buffer>,
    send: (message: Message<Buffer>) => Promise<SendReceipt>,
  ): Promise<SendReceipt> {
    const onFailure = this.#onFailure
    if (onFailure === undefined) return send(message)
    try {
      return await send(message)
    } catch (failure) {
      return onFailure(failure, message)
    }
  }

  #running(): BoundProducer {
    const producer = this.#producer
    if (producer?.state === 'running') return producer
    const state = producer === undefined ? 'not started yet' : 'stopped'
    throw frameworkErrors.RMQ_CHANNEL_CLOSED({ channel: this.name, state })
  }

  #finish(message: Message, producer: BoundProducer): Message<Buffer> {
    const { payload, headers: given } = message
    const partition = this.#partitionOf(message, producer.partitionCount())
    // A forwarded message carries the partition that it had before.
    const { [HEADER.partitionOverride]: _, [HEADER.partition]: __, ...headers } = given
    const wanted = contentTypeOf(headers, this.#options.contentType)
    const written = toBody(payload, this.#options.native ? 'application/octet-stream' : wanted, this.name)
    return {
      payload: written.body,
      headers: {
        ...headers,
        ...(partition === undefined ? {} : { [HEADER.partition]: partition }),
        [HEADER.contentType]: this.#options.native ? wanted : written.contentType,
        [HEADER.id]: headers[HEADER.id] ?? randomUUID(),
        [HEADER.timestamp]: headers[HEADER.timestamp] ?? this.#options.clock.now(),
      },
    }
  }
}
