import { FullMessage } from '../../../decorators/index.ts'

/** Names and values that travel beside the payload. Names are case sensitive. */
export type MessageHeaders = Readonly<Record<string, unknown>>

/**
 * A payload and its headers; a value, never changed after it was built.
 *
 * The same word is the parameter decorator that hands a listener the whole message:
 * `onOrder(@Message(Order) order: Message<Order>)`.
 */
export interface Message<Payload = unknown> {
  readonly payload: Payload
  readonly headers: MessageHeaders
}

/**
 * Parameter decorator: this parameter of a `@StreamListener` method gets the message with its headers.
 * `type` says what the payload becomes, as in `@Payload(type)`.
 */
export const Message: typeof FullMessage = FullMessage

/** Headers that the framework itself reads or writes. */
export const HEADER = {
  /** MIME type of the payload. */
  contentType: 'contentType',
  /** Unique id of this message, a UUID; given on sending when absent. */
  id: 'id',
  /** When it was sent, epoch ms; given on sending when absent. */
  timestamp: 'timestamp',
  /** Partition that was computed for it; the binder turns it into a queue. */
  partition: 'scst_partition',
  /** Partition that the user demands; wins and does not travel. */
  partitionOverride: 'scst_partitionOverride',
  /** On a result: the destination that this one message goes to. */
  sendToDestination: 'spring.cloud.stream.sendto.destination',
} as const

/**
 * Builds a {@link Message} step by step; every step gives a new builder, so that one can be kept as a template.
 *
 * ```ts
 * MessageBuilder.withPayload({ id: 7 }).setHeader('TAGS', 'vip').setHeader('KEYS', 'order-7').build()
 * ```
 */
export class MessageBuilder<Payload> {
  readonly #payload: Payload
  readonly #headers: MessageHeaders

  private constructor(payload: Payload, headers: MessageHeaders) {
    this.#payload = payload
    this.#headers = headers
  }

  /** Starts with a payload and no headers. */
  static withPayload<Payload>(payload: Payload): MessageBuilder<Payload> {
    return new MessageBuilder(payload, {})
  }

  /** Starts with another message's payload and headers. */
  static fromMessage<Payload>(message: Message<Payload>): MessageBuilder<Payload> {
    return new MessageBuilder(message.payload, message.headers)
  }

  /** Sets one header; `undefined` and `null` remove it. */
  setHeader(name: string, value: unknown): MessageBuilder<Payload> {
    const { [name]: _, ...others } = this.#headers
    return new MessageBuilder(
      this.#payload,
      value === undefined || value === null ? others : { ...others, [name]: value },
    )
  }

  /** Sets one header unless the message has it. */
  setHeaderIfAbsent(name: string, value: unknown): MessageBuilder<Payload> {
    return Object.hasOwn(this.#headers, name) ? this : this.setHeader(name, value)
  }

  /** Sets all given headers; they win over those that are there. */
  copyHeaders(headers: MessageHeaders): MessageBuilder<Payload> {
    return new MessageBuilder(this.#payload, { ...this.#headers, ...headers })
  }

  /** Sets those of the given headers that the message does not have. */
  copyHeadersIfAbsent(headers: MessageHeaders): MessageBuilder<Payload> {
    return new MessageBuilder(this.#payload, { ...headers, ...this.#headers })
  }

  /** The finished message, frozen. */
  build(): Message<Payload> {
    return Object.freeze({ payload: this.#payload, headers: Object.freeze({ ...this.#headers }) })
  }
}
