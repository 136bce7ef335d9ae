// Hot path: the call of every message sent.
import { untilAborted } from '../../base/async/index.ts'
import type { Message, MessageQueue } from '../../message/index.ts'
import { SendMessageV2 } from '../../remoting/index.ts'
import { inRange, MS_MAX } from '../config.ts'
import { clientErrors } from '../errors.ts'
import type { ProducerSettings } from './config.ts'
import { type Outgoing, outgoingBatch, outgoingMessage } from './outgoing.ts'
import { queueByHash } from './queue-selectors.ts'
import { sendAll } from './send-all.ts'
import { chosenQueue, type QueueChoice } from './send-call.ts'
import type { SendResult } from './send-result.ts'
import type { Sender } from './sender.ts'

/** How to send one message. */
export interface SendOptions {
  /**
   * The queue to use, or a function that picks one, for example {@link queueByHash} of a key whose messages must stay
   * in order. The message goes nowhere else: only a lost connection is retried. Default: by the message's
   * `shardingKey`; without one all queues in turn.
   */
  readonly queue?: QueueChoice | undefined
  /** Instead of the producer's `sendTimeoutMs`. */
  readonly timeoutMs?: number | undefined
  /** Aborting rejects with its reason; a message that was already on its way may be stored all the same. */
  readonly signal?: AbortSignal | undefined
}

/** Sends messages. Disposing waits for the sends under way and leaves the group. Apache: `DefaultMQProducer`. */
export interface Producer extends AsyncDisposable {
  readonly group: string
  /**
   * Sends one message; resolves when the broker has stored it as its settings want: with `SYNC_FLUSH` on disk, with
   * `ASYNC_FLUSH` in the page cache. Tries up to `retriesMax` times more, on another broker if there is one. The
   * message keeps its id then, so a consumer can tell a duplicate.
   *
   * @throws RMQ_MESSAGE_ILLEGAL, RMQ_MESSAGE_TOO_LARGE, RMQ_TOPIC_ILLEGAL, RMQ_TOPIC_NOT_SENDABLE  before anything is
   *   sent
   * @throws RMQ_TOPIC_NOT_FOUND  no broker has the topic, and none creates it
   * @throws RMQ_NAME_SERVERS_UNREACHABLE  the topic's route is not known yet and nobody tells it
   * @throws RMQ_SEND_FAILED  `details.attempts`: broker, reason and milliseconds of each; `details.responseCode` if one
   *   answered
   * @throws RMQ_SEND_TIMEOUT  not confirmed in time; it may have been stored. `details.attempts` as above
   * @throws RMQ_SEND_BACKLOG  too many sends wait
   * @throws RMQ_QUEUE_ILLEGAL  `options.queue` gave no queue of the topic
   * @throws RMQ_ALREADY_CLOSED
   * @see Apache `DefaultMQProducerImpl#sendDefaultImpl` (5.3.3)
   */
  send(message: Message, options?: SendOptions): Promise<SendResult>
  /**
   * Resolves when one more send would start at once instead of waiting behind `inFlightMax` others.
   * `await producer.ready()` before each `send` whose result is not awaited: the loop then runs as fast as the brokers,
   * and no faster.
   */
  ready(): Promise<void>
  /**
   * Sends one message that nobody confirms; resolves when it was handed to the connection, later while much waits to be
   * written there. What is lost after that is lost.
   * @throws as {@link Producer.send} up to there; a connection that cannot be opened gives RMQ_CONNECT_FAILED
   */
  sendOneway(message: Message, options?: SendOptions): Promise<void>
  /**
   * Sends several messages of one topic as one request to one queue; they are stored together or not at all. Cut larger
   * lists by `splitBatch`.
   * @throws RMQ_BATCH_ILLEGAL  empty, several topics, several sharding keys, delayed, or a retry topic
   * @throws RMQ_MESSAGE_TOO_LARGE  more than `maxMessageBytes` altogether
   * @throws as {@link Producer.send}
   */
  sendBatch(messages: readonly Message[], options?: SendOptions): Promise<SendResult>
  /**
   * Sends any messages in as few requests as possible: batched by topic and `waitStoreOk`, cut at `maxMessageBytes` and
   * 1 MiB; those that cannot be batched go alone. Batches of one topic may go to different queues; with `options.queue`
   * they go one after the other, so that their order is kept.
   *
   * @returns one result per message, in the order of the list
   * @throws RMQ_BATCH_PARTLY_SENT  `details.results` has a result for each message that was stored
   * @throws as {@link Producer.send}, when all went in one request
   */
  sendAll(messages: readonly Message[], options?: SendOptions): Promise<readonly SendResult[]>
  /**
   * The queues that messages of a topic can go to, in the order in which choices see them; of a topic that does not
   * exist yet those that it will get.
   * @throws RMQ_TOPIC_ILLEGAL, RMQ_TOPIC_NOT_SENDABLE, RMQ_TOPIC_NOT_FOUND, RMQ_NAME_SERVERS_UNREACHABLE,
   *   RMQ_ALREADY_CLOSED
   * @see Apache `DefaultMQProducer#fetchPublishMessageQueues` (5.3.3)
   */
  queuesOf(topic: string): Promise<readonly MessageQueue[]>
}

/** One-way messages that may wait to be written; further ones make their senders wait. */
const ONEWAY_BYTES_MAX = 1024 * 1024

const NO_OPTIONS: SendOptions = {}

/** What a producer does when it is closed. */
type Leave = () => Promise<void>

/** The {@link Producer} over a {@link Sender}. */
export class GroupProducer implements Producer {
  readonly group: string
  readonly #settings: ProducerSettings
  readonly #sender: Sender
  readonly #nextId: () => string
  readonly #leave: Leave
  #closing: Promise<void> | undefined

  constructor(sender: Sender, nextId: () => string, leave: Leave) {
    this.group = sender.settings.group
    this.#settings = sender.settings
    this.#sender = sender
    this.#nextId = nextId
    this.#leave = leave
  }

  send(message: Message, options: SendOptions = NO_OPTIONS): Promise<SendResult> {
    try {
      this.#prepare(message.topic, options)
      const sent = outgoingMessage(message, this.#nextId(), this.#sender.clock.now(), this.#settings)
      return this.#send(sent, message, options)
    } catch (failure) {
      return Promise.reject(failure)
    }
  }

  sendBatch(messages: readonly Message[], options: SendOptions = NO_OPTIONS): Promise<SendResult> {
    try {
      const sent = outgoingBatch(messages, this.#nextId, this.#sender.clock.now(), this.#settings)
      this.#prepare(sent.topic, options)
      if (options.queue === undefined) checkOneShard(messages)
      return this.#send(sent, messages[0] as Message, options)
    } catch (failure) {
      return Promise.reject(failure)
    }
  }

  sendAll(messages: readonly Message[], options: SendOptions = NO_OPTIONS): Promise<readonly SendResult[]> {
    return sendAll(messages, this.#settings.maxMessageBytes, options.queue !== undefined, {
      send: (message) => this.send(message, options),
      sendBatch: (part) => this.sendBatch(part, options),
    })
  }

  ready(): Promise<void> {
    return this.#sender.ready()
  }

  async sendOneway(message: Message, options: SendOptions = NO_OPTIONS): Promise<void> {
    const { topic } = message
    this.#prepare(topic, options)
    const sent = outgoingMessage(message, this.#nextId(), this.#sender.clock.now(), this.#settings)
    const route = this.#sender.publishRoute(topic) ?? (await this.#sender.findPublishRoute(topic))
    const queue = chosenQueue(topic, fixedBy(options.queue, message), route) ?? this.#sender.nextQueue(route, undefined)
    const { brokerName } = queue
    const address = this.#sender.brokers.master(brokerName)
    if (address === undefined) throw clientErrors.RMQ_BROKER_NOT_FOUND({ brokerName, topic })
    const peer = this.#sender.connections.open(address) ?? (await this.#sender.connections.connect(address))
    options.signal?.throwIfAborted()
    peer.invokeOneway(SendMessageV2, this.#sender.header(sent, queue), { body: sent.body })
    if (peer.pendingWriteBytes > ONEWAY_BYTES_MAX) await peer.drained()
  }

  async queuesOf(topic: string): Promise<readonly MessageQueue[]> {
    this.#prepare(topic, NO_OPTIONS)
    return (this.#sender.publishRoute(topic) ?? (await this.#sender.findPublishRoute(topic))).publishQueues
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#sender.close()
    await this.#leave()
  }

  #prepare(topic: string, options: SendOptions): void {
    if (this.#closing !== undefined)
      throw clientErrors.RMQ_ALREADY_CLOSED({ what: `producer of group "${this.group}"` })
    this.#sender.prepareTopic(topic)
    options.signal?.throwIfAborted()
  }

  #send(sent: Outgoing, message: Message, options: SendOptions): Promise<SendResult> {
    const { queue, signal } = options
    const timeoutMs = inRange('timeoutMs', options.timeoutMs, this.#settings.sendTimeoutMs, 1, MS_MAX)
    const done = this.#sender.send(sent, timeoutMs, fixedBy(queue, message))
    return signal === undefined ? done : untilAborted(done, signal)
  }
}

/** The caller's choice for one message. */
export function fixedBy(
  choice: QueueChoice | undefined,
  message: Message,
): MessageQueue | ((queues: readonly MessageQueue[]) => MessageQueue) | undefined {
  if (choice === undefined) return message.shardingKey === undefined ? undefined : queueByHash(message.shardingKey)
  return typeof choice === 'function' ? (queues) => choice(queues, message) : choice
}

/** A batch goes to one queue as a whole. */
function checkOneShard(messages: readonly Message[]): void {
  const topic = messages[0]?.topic ?? ''
  if (new Set(messages.map((message) => message.shardingKey)).size === 1) return
  const reason = 'its messages have different sharding keys; batch each key apart, or choose a queue.'
  throw clientErrors.RMQ_BATCH_ILLEGAL({ topic, reason })
}
