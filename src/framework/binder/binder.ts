/**
 * The interface between the framework and a messaging system. The framework knows channels, listeners and conversion;
 * a binder knows topics, groups and acknowledgement. Everything crosses as {@link Message} with a `Buffer` payload.
 *
 * Order of calls: `type.open` once per configured binder; `bindProducer` and `start` of every output; `bindConsumer`
 * and `start` of every input; on closing the inputs' `stop`, then the outputs', then the binder's own disposal.
 */
import type { ConfigTable } from '../../base/config/index.ts'
import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import type {
  Message,
  MessageHeaders,
  SendReceipt,
  Settlement,
  TransactionReceipt,
  TransactionState,
} from '../channels/index.ts'
import type { ConsumerProperties, ProducerProperties } from '../config/index.ts'
import type { GroupListener } from '../providers.ts'

/**
 * A kind of binder, for example one that speaks to RocketMQ. A value without state: it makes {@link Binder}s.
 *
 * @typeParam Global  values of `spring.cloud.stream.<name>.binder.*`
 * @typeParam Consumer  values of `spring.cloud.stream.<name>.bindings.<binding>.consumer.*`
 * @typeParam Producer  values of `spring.cloud.stream.<name>.bindings.<binding>.producer.*`
 */
export interface BinderType<
  Global extends object = object,
  Consumer extends object = object,
  Producer extends object = object,
> {
  /** The word in property keys, and the value of `spring.cloud.stream.binders.<any>.type`. */
  readonly name: string
  /** All keys that this kind of binder knows, so that unknown ones can be reported with the nearest known one. */
  readonly tables: BinderTables<Global, Consumer, Producer>
  /**
   * Whether a received header tells of the transport (its topic, id, tags …). Such headers are not copied to replies,
   * so that a forwarded message does not carry stale facts. Default: none does.
   */
  isTransportHeader?(name: string): boolean
  /** Connects, as far as that can be done before anything is bound. */
  open(context: BinderContext<Global>): Promise<Binder<Consumer, Producer>>
}

/**
 * Keys of a kind of binder. Deeper keys are written with dots: `'push.orderly'`.
 *
 * A value is looked for in `<name>.bindings.<binding>.consumer.<key>`, then `<name>.default.consumer.<key>`, then, when
 * `binder` has a key of the same name, `<name>.binder.<key>`, then in the table's default; for producers likewise.
 */
export interface BinderTables<Global extends object, Consumer extends object, Producer extends object> {
  readonly binder: ConfigTable<Global>
  readonly consumer: ConfigTable<Consumer>
  readonly producer: ConfigTable<Producer>
  /** Old keys under `consumer.` that still work; each use is logged with the new key. */
  readonly oldConsumerKeys?: OldKeys
  /** Old keys under `producer.` that still work; each use is logged with the new key. */
  readonly oldProducerKeys?: OldKeys
  /**
   * Keys of producers that may also have this full name outside of `spring.cloud.stream`; it comes before `binder`'s.
   */
  readonly foreignProducerKeys?: Readonly<Record<string, string>>
}

/** Old key → new key; `convert` turns the old text into the new one (default: the same text). */
export type OldKeys = Readonly<Record<string, { readonly key: string; readonly convert?: (text: string) => string }>>

/** What a binder may use of the application. */
export interface BinderContext<Global extends object = object> {
  /** Name of this binder: its type's name, or the `<any>` of `spring.cloud.stream.binders.<any>`. */
  readonly name: string
  readonly config: Global
  /** `spring.application.name`, or empty. */
  readonly applicationName: string
  readonly logger: Logger
  readonly clock: Clock
  /**
   * The program's object of this name: a queue selector, a transaction listener; see `options.components` of `run`.
   * `key` is the property that names it, for the error.
   * @throws RMQ_COMPONENT_UNKNOWN  nothing has that name; the message lists the names there are
   */
  component(name: string, key: string): unknown
  /** The service of the program that was declared as transaction listener of a producer group. */
  transactionListener(group: string): GroupListener | undefined
}

/** A connection to one messaging system. */
export interface Binder<Consumer extends object = object, Producer extends object = object> extends AsyncDisposable {
  /** Prepares receiving; nothing arrives before {@link BoundConsumer.start}. */
  bindConsumer(request: ConsumerRequest<Consumer>): Promise<BoundConsumer>
  /** Prepares an input that is polled. Left out: this binder has none. */
  bindSource?(request: SourceRequest<Consumer>): Promise<BoundSource>
  /** Prepares sending. */
  bindProducer(request: ProducerRequest<Producer>): Promise<BoundProducer>
}

/** What an input binding wants. */
export interface ConsumerRequest<Consumer extends object = object> {
  /** Name of the binding, for messages to people. */
  readonly binding: string
  /** Topics, at least one. */
  readonly destinations: readonly string[]
  /** Undefined: anonymous, the binder chooses a name. */
  readonly group: string | undefined
  readonly properties: ConsumerProperties
  /** Values of the binder's own consumer table. */
  readonly config: Consumer
  /** Gets every message, at most `properties.concurrency` at a time; see {@link InboundHandler}. */
  readonly handler: InboundHandler
  /** In batch mode: gets the messages instead, several at a time; undefined: one by one. */
  readonly batchHandler?: BatchInboundHandler | undefined
}

/**
 * Takes one message. Resolves: the message is done, acknowledge it. Rejects: give it back; `dispositionOf(reason)`
 * says whether it is to come again, come again later, or go to the dead letters. Retries in this process have been
 * made when it rejects. It never throws synchronously. A binder that keeps order waits for it before it hands over the
 * next message of the same queue.
 *
 * Headers are the binder's: transport facts under their names, the user's properties as they were sent, `contentType`
 * when the sender wrote one. `destination` is the topic it came from; it may be left out when the binding has one only.
 */
export type InboundHandler = (message: Message<Buffer>, destination?: string) => Promise<void>

/** What a polled input wants: as {@link ConsumerRequest}, but nothing is handed over before it is asked for. */
export type SourceRequest<Consumer extends object = object> = Omit<ConsumerRequest<Consumer>, 'handler'>

/**
 * Takes several messages of one topic. Resolves, never rejects, with those that are to be given back: place in the list
 * → reason, which {@link InboundHandler} explains; the others are done.
 */
export type BatchInboundHandler = (messages: readonly Message<Buffer>[]) => Promise<ReadonlyMap<number, unknown>>

/** What an output binding wants. */
export interface ProducerRequest<Producer extends object = object> {
  /** Name of the binding, for messages to people. */
  readonly binding: string
  readonly destination: string
  readonly properties: ProducerProperties
  /** Values of the binder's own producer table. */
  readonly config: Producer
  /** A message of this output as an unannotated listener parameter gets it: payload and headers. */
  natural(message: Message<Buffer>): Message
}

/** `stopped` → `start` → `running` → `pause` → `paused` → `resume` → `running` → `stop` → `stopped`. */
export type BindingState = 'stopped' | 'running' | 'paused'

/** Both kinds of bound ends can be stopped and started again at any time; each call is harmless when already there. */
export interface BoundEnd extends AsyncDisposable {
  readonly state: BindingState
  /** Resolves when it works. Works again after {@link stop}. */
  start(): Promise<void>
  /** A consumer takes no more messages and waits for those being handled; a producer waits for sends under way. */
  stop(): Promise<void>
}

/** An input at work. */
export interface BoundConsumer extends BoundEnd {
  /** What happens to a message that is given back, for the start-up log: `17 deliveries, then %DLQ%orders`. */
  readonly policy: string
  /** The group in use, also when the request had none. */
  readonly group: string
  /** Takes no more messages, but keeps its queues and its place in the group. */
  pause(): Promise<void>
  /** Goes on after {@link pause}. */
  resume(): Promise<void>
}

/** A message that was asked for. */
export interface PolledMessage {
  readonly message: Message<Buffer>
  /** Says what becomes of it, once; resolves when that is done. */
  acknowledge(how: Settlement): Promise<void>
}

/** A polled input at work. */
export interface BoundSource extends BoundConsumer {
  /** The next message; `undefined` when none comes within the time that the binder waits, or when it stops. */
  take(): Promise<PolledMessage | undefined>
  /** What becomes of a message whose handler failed for good and did not say. */
  onFailure(message: Message<Buffer>): Settlement
}

/** An output at work. */
export interface BoundProducer extends BoundEnd {
  /** How messages are sent, for the start-up log: `Sync, 3000 ms, 2 retries`. */
  readonly policy: string
  /**
   * Number of partitions (queues) now; `undefined` when it is not known yet: the partition of a message is then any
   * whole number from 0 on, to be reduced by the binder. Asked per message.
   */
  partitionCount(): number | undefined
  /** Sends. `payload` is the finished body, `headers` may hold any value; resolves when stored, rejects when not. */
  send(message: Message<Buffer>): Promise<SendReceipt>
  /**
   * Sends in a transaction that `work` decides; it gets the message's headers, the transaction's id among them. Absent
   * when this output has no transactions.
   */
  sendInTransaction?(
    message: Message<Buffer>,
    work: (headers: MessageHeaders) => Promise<TransactionState>,
  ): Promise<TransactionReceipt>
  /** Sends several in as few requests as it can. Default: each by {@link send}, at once. */
  sendAll?(messages: readonly Message<Buffer>[]): Promise<readonly SendReceipt[]>
}
