import { randomUUID } from 'node:crypto'
import type { Clock } from '../../base/time/index.ts'
import type { BoundProducer } from '../binder/index.ts'
import { contentTypeOf, toBody } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { MessageChannel, SendReceipt } from './channel.ts'
import { HEADER, type Message } from './message.ts'

/** What an {@link OutboundChannel} is made of. */
export interface OutboundChannelOptions {
  readonly name: string
  /** Content type of messages that do not say. */
  readonly contentType: string
  /** True: payloads are bytes and go as they are. */
  readonly native: boolean
  readonly clock: Clock
}

/** The sending end of a binding: converts, completes the headers, and hands over to the binder's producer. */
export class OutboundChannel implements MessageChannel {
  readonly name: string
  readonly #options: OutboundChannelOptions
  #producer: BoundProducer | undefined

  constructor(options: OutboundChannelOptions) {
    this.name = options.name
    this.#options = options
  }

  /** From now on messages go through this producer. */
  attach(producer: BoundProducer): void {
    this.#producer = producer
  }

  async send(message: Message): Promise<SendReceipt> {
    return this.#running().send(this.#finish(message))
  }

  async sendAll(messages: readonly Message[]): Promise<readonly SendReceipt[]> {
    const producer = this.#running()
    const finished = messages.map((message) => this.#finish(message))
    return producer.sendAll?.(finished) ?? Promise.all(finished.map((message) => producer.send(message)))
  }

  #running(): BoundProducer {
    const producer = this.#producer
    if (producer?.state !== 'running') {
      const state = producer === undefined ? 'not started yet' : 'stopped'
      throw frameworkErrors.RMQ_CHANNEL_CLOSED({ channel: this.name, state })
    }
    return producer
  }

  #finish({ payload, headers }: Message): Message<Buffer> {
    const wanted = contentTypeOf(headers, this.#options.contentType)
    const written = toBody(payload, this.#options.native ? 'application/octet-stream' : wanted, this.name)
    return {
      payload: written.body,
      headers: {
        ...headers,
        [HEADER.contentType]: this.#options.native ? wanted : written.contentType,
        [HEADER.id]: headers[HEADER.id] ?? randomUUID(),
        [HEADER.timestamp]: headers[HEADER.timestamp] ?? this.#options.clock.now(),
      },
    }
  }
}
