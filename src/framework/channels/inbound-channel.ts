import { map, type Observable, Subject } from 'rxjs'
import { contentTypeOf, naturalPayload } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { ChannelSubscription, MessageHandler, SubscribableChannel } from './channel.ts'
import type { Message } from './message.ts'

/** Takes a message as the binder gave it; done when the promise resolves. */
export type RawHandler = (message: Message<Buffer>) => Promise<void>

/** Takes several messages as the binder gave them; gives the failures by place. Never rejects. */
export type RawBatchHandler = (messages: readonly Message<Buffer>[]) => Promise<ReadonlyMap<number, unknown>>

interface Subscriber {
  readonly one: RawHandler
  readonly many: RawBatchHandler
}

/** What an {@link InboundChannel} is made of. */
export interface InboundChannelOptions {
  readonly name: string
  /** Content type of messages that do not say. */
  readonly contentType: string
  /** True: payloads stay bytes. */
  readonly native: boolean
}

/** The receiving end of a binding: hands every message to one subscriber, in turn, and shows it to all observers. */
export class InboundChannel implements SubscribableChannel {
  readonly name: string
  /** The content type that holds for messages which do not say. */
  readonly contentType: string
  readonly #native: boolean
  readonly #seen = new Subject<Message<Buffer>>()
  #subscribers: readonly Subscriber[] = []
  #turn = 0

  constructor(options: InboundChannelOptions) {
    this.name = options.name
    this.contentType = options.native ? 'application/octet-stream' : options.contentType
    this.#native = options.native
  }

  /** Whether anybody would get a message now. */
  get isHeard(): boolean {
    return this.#subscribers.length > 0 || this.#seen.observed
  }

  subscribe<Payload = unknown>(handler: MessageHandler<Payload>): ChannelSubscription {
    return this.subscribeRaw(async (message) => {
      await handler(this.natural(message) as Message<Payload>)
    })
  }

  /**
   * Adds a competing subscriber that converts by itself. In batch mode `many` gets the messages, or `one` gets them one
   * by one, as many at a time as there are.
   */
  subscribeRaw(one: RawHandler, many: RawBatchHandler = eachBy(one)): ChannelSubscription {
    const added = { one, many }
    this.#subscribers = [...this.#subscribers, added]
    return {
      unsubscribe: () => {
        this.#subscribers = this.#subscribers.filter((subscriber) => subscriber !== added)
      },
    }
  }

  asObservable<Payload = unknown>(): Observable<Message<Payload>> {
    return this.#seen.pipe(map((message) => this.natural(message) as Message<Payload>))
  }

  /** The content type of one message. */
  contentTypeFor(message: Message): string {
    return this.#native ? this.contentType : contentTypeOf(message.headers, this.contentType)
  }

  /** The message with its payload as an unannotated parameter gets it. */
  natural(message: Message<Buffer>): Message {
    return { payload: naturalPayload(message.payload, this.contentTypeFor(message)), headers: message.headers }
  }

  /**
   * Hands a message to the next subscriber; settles as the subscriber does.
   * @throws RMQ_CHANNEL_UNHEARD  there is neither a subscriber nor an observer
   */
  async deliver(message: Message<Buffer>): Promise<void> {
    const observed = this.#seen.observed
    this.#seen.next(message)
    const subscriber = this.#subscribers[this.#turn++ % Math.max(1, this.#subscribers.length)]
    if (subscriber !== undefined) await subscriber.one(message)
    else if (!observed) throw frameworkErrors.RMQ_CHANNEL_UNHEARD({ channel: this.name })
  }

  /**
   * Hands several messages to the next subscriber, together; gives what it gives back.
   * @throws RMQ_CHANNEL_UNHEARD  there is neither a subscriber nor an observer
   */
  async deliverBatch(messages: readonly Message<Buffer>[]): Promise<ReadonlyMap<number, unknown>> {
    const observed = this.#seen.observed
    for (const message of messages) this.#seen.next(message)
    const subscriber = this.#subscribers[this.#turn++ % Math.max(1, this.#subscribers.length)]
    if (subscriber !== undefined) return subscriber.many(messages)
    if (!observed) throw frameworkErrors.RMQ_CHANNEL_UNHEARD({ channel: this.name })
    return new Map()
  }

  /** Ends the observers' streams. */
  complete(): void {
    this.#seen.complete()
  }
}

function eachBy(one: RawHandler): RawBatchHandler {
  return async (messages) => {
    const failures = new Map<number, unknown>()
    await Promise.all(
      messages.map((message, place) => one(message).catch((failure: unknown) => failures.set(place, failure))),
    )
    return failures
  }
}
