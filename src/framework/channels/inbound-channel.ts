import { map, type Observable, Subject } from 'rxjs'
import { contentTypeOf, naturalPayload } from '../convert/index.ts'
import { frameworkErrors } from '../errors.ts'
import type { ChannelSubscription, MessageHandler, SubscribableChannel } from './channel.ts'
import type { Message } from './message.ts'

/** Takes a message as the binder gave it; done when the promise resolves. */
export type RawHandler = (message: Message<Buffer>) => Promise<void>

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
  #subscribers: readonly RawHandler[] = []
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

  /** Adds a competing subscriber that converts by itself. */
  subscribeRaw(handler: RawHandler): ChannelSubscription {
    this.#subscribers = [...this.#subscribers, handler]
    return {
      unsubscribe: () => {
        this.#subscribers = this.#subscribers.filter((subscriber) => subscriber !== handler)
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
    if (subscriber !== undefined) await subscriber(message)
    else if (!observed) throw frameworkErrors.RMQ_CHANNEL_UNHEARD({ channel: this.name })
  }

  /** Ends the observers' streams. */
  complete(): void {
    this.#seen.complete()
  }
}
