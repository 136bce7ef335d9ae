import { Scope } from '../base/lifecycle/index.ts'
import { loadCompression, type MessageQueue, type ReceivedMessage, uniqueIds } from '../message/index.ts'
import { type Peer, RemotingClient } from '../remoting/index.ts'
import { type ClientConfig, type ClientSettings, clientSettings } from './config.ts'
import { BrokerConnections } from './connection/broker-connections.ts'
import { brokerRequests } from './connection/broker-requests.ts'
import { Brokers } from './connection/brokers.ts'
import { INNER_PRODUCER_GROUP, Members } from './connection/members.ts'
import type { LitePullConsumerOptions } from './consumer/lite-pull/config.ts'
import type { LitePullConsumer } from './consumer/lite-pull/lite-pull-consumer.ts'
import { openLitePullConsumer } from './consumer/lite-pull/open-lite-pull-consumer.ts'
import { openPullConsumer } from './consumer/pull/open-pull-consumer.ts'
import type { PullConsumer, PullConsumerOptions } from './consumer/pull/pull-consumer.ts'
import type { PushConsumerOptions } from './consumer/push/config.ts'
import { openPushConsumer } from './consumer/push/open-push-consumer.ts'
import type { PushConsumer } from './consumer/push/push-consumer.ts'
import { clientErrors } from './errors.ts'
import { type ProducerOptions, producerSettings } from './producer/config.ts'
import { GroupProducer, type Producer } from './producer/producer.ts'
import { Sender } from './producer/sender.ts'
import type { TransactionProducerOptions } from './producer/transaction/config.ts'
import { openTransactionProducer } from './producer/transaction/open-transaction-producer.ts'
import type { TransactionProducer } from './producer/transaction/transaction-producer.ts'
import { Queries, type QueryOptions } from './query/queries.ts'
import { NameServers } from './route/name-servers.ts'
import type { TopicRoute } from './route/topic-route.ts'
import { TopicRoutes } from './route/topic-routes.ts'
import type { TraceRecord } from './trace/trace-record.ts'
import { Tracing } from './trace/tracing.ts'

/**
 * One client id, one connection per broker, one heartbeat, for any number of producers and consumers. Disposing closes
 * those that are still open, last opened first, then the connections. Apache: `MQClientInstance`.
 */
export interface Client extends AsyncDisposable {
  /** `address@instance`; brokers and members of a group know this client by it. */
  readonly id: string
  /**
   * Opens a producer; resolves when the brokers known so far know of it.
   * @throws RMQ_GROUP_ILLEGAL, RMQ_OPTION_ILLEGAL, RMQ_ALREADY_CLOSED
   */
  producer(options: ProducerOptions): Promise<Producer>
  /**
   * Opens a producer that can send in transactions; resolves when the brokers of its topics, or else those that create
   * topics, know of it, so that they can ask it about transactions that an earlier member of the group left open.
   * @throws RMQ_GROUP_ILLEGAL, RMQ_OPTION_ILLEGAL, RMQ_TOPIC_ILLEGAL, RMQ_ALREADY_CLOSED, RMQ_NAME_SERVERS_UNREACHABLE
   * @throws RMQ_TRANSACTION_GROUP_TAKEN  this client has one of the group
   */
  transactionProducer(options: TransactionProducerOptions): Promise<TransactionProducer>
  /**
   * Opens a consumer that gets messages pushed to a listener; resolves when it has its share of the queues of all
   * topics that exist. A topic that does not exist yet is consumed as soon as it does.
   * @throws RMQ_GROUP_ILLEGAL, RMQ_GROUP_TAKEN, RMQ_OPTION_ILLEGAL, RMQ_TOPIC_ILLEGAL, RMQ_ALREADY_CLOSED
   * @throws RMQ_SUBSCRIPTION_ILLEGAL  an expression cannot be read, or a broker cannot use it
   * @throws RMQ_NAME_SERVERS_UNREACHABLE
   * @throws RMQ_OFFSETS_UNREADABLE  with `model: 'broadcasting'`
   */
  pushConsumer(options: PushConsumerOptions): Promise<PushConsumer>
  /**
   * Opens a consumer that is asked for messages; resolves when it has its share of the queues of all topics that exist.
   * @throws RMQ_GROUP_ILLEGAL, RMQ_GROUP_TAKEN, RMQ_OPTION_ILLEGAL, RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL
   * @throws RMQ_NAME_SERVERS_UNREACHABLE, RMQ_OFFSETS_UNREADABLE, RMQ_ALREADY_CLOSED
   */
  litePullConsumer(options: LitePullConsumerOptions): Promise<LitePullConsumer>
  /**
   * Opens a consumer that reads queues from offsets that the program chooses; resolves when the brokers known so far
   * know of it.
   * @throws RMQ_GROUP_ILLEGAL, RMQ_GROUP_TAKEN, RMQ_OPTION_ILLEGAL, RMQ_ALREADY_CLOSED
   */
  pullConsumer(options: PullConsumerOptions): Promise<PullConsumer>
  /**
   * Asks a name server where a topic lives; `undefined`: nowhere.
   * @throws RMQ_NAME_SERVERS_UNREACHABLE
   */
  route(topic: string): Promise<TopicRoute | undefined>
  /**
   * A topic's route as last heard of, without asking; `undefined` when nobody here uses the topic, or it does not
   * exist.
   */
  knownRoute(topic: string): TopicRoute | undefined
  /**
   * Finds a stored message by its `offsetMessageId`, at the broker that the id names; `undefined` when it is not there.
   * @throws RMQ_MESSAGE_ID_ILLEGAL, RMQ_CONNECT_FAILED, RMQ_REQUEST_TIMEOUT
   * @throws RMQ_BODY_UNREADABLE  it cannot be decompressed
   * @see Apache `MQAdminImpl#viewMessage` (5.3.3)
   */
  viewMessage(offsetMessageId: string): Promise<ReceivedMessage | undefined>
  /**
   * Finds stored messages of a topic by one of their keys, at all its brokers, oldest first; none when the topic does
   * not exist. A message is found from when it was sent until its broker removes it.
   * @throws RMQ_OPTION_ILLEGAL, RMQ_NAME_SERVERS_UNREACHABLE
   * @throws RMQ_CONNECT_FAILED, RMQ_REQUEST_TIMEOUT, RMQ_REFUSED  a broker did not answer, and the others have nothing
   * @throws RMQ_BODY_UNREADABLE  what was found cannot be decompressed, none of it
   * @see Apache `MQAdminImpl#queryMessage` (5.3.3)
   */
  queryMessages(topic: string, key: string, options?: QueryOptions): Promise<readonly ReceivedMessage[]>
  /**
   * {@link Client.queryMessages} by the unique id that the producer gave, `SendResult.messageId`; of a message that was
   * delivered again each copy that is in this topic.
   */
  queryByUniqueKey(topic: string, messageId: string, options?: QueryOptions): Promise<readonly ReceivedMessage[]>
  /**
   * What the traces tell of a message by its unique id, in order of time: who sent it, who got it, and how that ended.
   * `traceTopic` defaults to `RMQ_SYS_TRACE_TOPIC`. Traces are written up to 5 s late, and when a producer or consumer
   * closes.
   * @throws as {@link Client.queryMessages}
   */
  queryTrace(messageId: string, traceTopic?: string): Promise<readonly TraceRecord[]>
  /**
   * The readable queues of a topic, sorted; none when it does not exist.
   * @throws RMQ_NAME_SERVERS_UNREACHABLE
   */
  queuesOf(topic: string): Promise<readonly MessageQueue[]>
}

/**
 * Opens a client. Nothing is asked of a server before the first producer or consumer needs it.
 *
 * ```ts
 * await using client = await openClient({ nameServer: '127.0.0.1:9876' })
 * const producer = await client.producer({ group: 'orders' })
 * await producer.send({ topic: 'Orders', body: Buffer.from('hello') })
 * ```
 * @throws RMQ_NAME_SERVER_ADDRESS, RMQ_OPTION_ILLEGAL
 */
export async function openClient(config: ClientConfig): Promise<Client> {
  const settings = clientSettings(config)
  const { clock, random, logger, nameServers: addresses, requestTimeoutMs, clientId } = settings
  await using scope = new Scope()
  const members = new Members(clientId)
  const brokers = new Brokers()
  const remoting = scope.own(
    new RemotingClient({
      routes: brokerRequests(members),
      // Connections exist only after this function built what they call back.
      onConnect: (peer: Peer) => connections.opened(peer),
      logger,
      clock,
      ...(config.limits === undefined ? {} : { limits: config.limits }),
      ...(config.network === undefined ? {} : { network: config.network }),
    }),
  )
  const connections = scope.own(new BrokerConnections(remoting, brokers, members, settings))
  const nameServers = new NameServers(remoting, addresses, requestTimeoutMs, random)
  const routes = scope.own(new TopicRoutes(nameServers, settings.pollNameServerMs, settings))
  routes.onChange((route) => {
    brokers.update(route)
    for (const consumer of members.consumers()) consumer.routeChanged(route.topic)
  })
  const inner = new Sender(producerSettings({ group: INNER_PRODUCER_GROUP }), {
    routes,
    brokers,
    connections,
    ports: settings,
  })
  scope.defer(() => inner.close())
  const beat = (): void => {
    brokers.retain(routes.all())
    void connections.beatAll()
  }
  const beating = clock.setInterval(beat, settings.heartbeatMs, { background: true })
  scope.defer(() => beating.cancel())
  return new SharedClient({ settings, routes, brokers, connections, members, sender: inner }, scope.move())
}

interface ClientParts {
  readonly settings: ClientSettings
  readonly routes: TopicRoutes
  readonly brokers: Brokers
  readonly connections: BrokerConnections
  readonly members: Members
  readonly sender: Sender
}

class SharedClient implements Client {
  readonly id: string
  readonly #parts: ClientParts
  readonly #scope: Scope
  readonly #nextId: () => string
  readonly #queries: Queries
  readonly #tracing: Tracing
  readonly #open = new Set<AsyncDisposable>()
  #closing: Promise<void> | undefined

  constructor(parts: ClientParts, scope: Scope) {
    this.id = parts.settings.clientId
    this.#parts = parts
    this.#scope = scope
    this.#nextId = uniqueIds(parts.settings.clock, parts.settings.random)
    this.#queries = new Queries(parts)
    this.#tracing = new Tracing({ ...parts, nextId: this.#nextId })
  }

  async producer(options: ProducerOptions): Promise<Producer> {
    this.#assertOpen()
    const { settings, members, connections, routes, brokers } = this.#parts
    const { group } = options
    const ofProducer = producerSettings(options)
    await loadCompression(ofProducer.compression)
    this.#assertOpen()
    const hook = this.#tracing.ofProducer(group, options.trace)
    const sender = new Sender(ofProducer, { routes, brokers, connections, ports: settings, hook })
    members.addProducer(group)
    const producer = new GroupProducer(sender, this.#nextId, async () => {
      this.#open.delete(producer)
      if (members.removeProducer(group)) await connections.leave({ producerGroup: group })
    })
    this.#open.add(producer)
    await connections.beatAll()
    return producer
  }

  async transactionProducer(options: TransactionProducerOptions): Promise<TransactionProducer> {
    this.#assertOpen()
    const hook = this.#tracing.ofProducer(options.group, options.trace)
    const parts = { ...this.#parts, nextId: this.#nextId, hook }
    const producer = await openTransactionProducer(options, parts, (closed) => this.#open.delete(closed))
    this.#open.add(producer)
    return producer
  }

  async pushConsumer(options: PushConsumerOptions): Promise<PushConsumer> {
    this.#assertOpen()
    const parts = { ...this.#parts, hook: this.#tracing.ofConsumer(options.group, options.trace) }
    const consumer = await openPushConsumer(options, parts, (closed) => this.#open.delete(closed))
    this.#open.add(consumer)
    return consumer
  }

  async litePullConsumer(options: LitePullConsumerOptions): Promise<LitePullConsumer> {
    this.#assertOpen()
    const consumer = await openLitePullConsumer(options, this.#parts, (closed) => this.#open.delete(closed))
    this.#open.add(consumer)
    return consumer
  }

  async pullConsumer(options: PullConsumerOptions): Promise<PullConsumer> {
    this.#assertOpen()
    const consumer = await openPullConsumer(options, this.#parts, (closed) => this.#open.delete(closed))
    this.#open.add(consumer)
    return consumer
  }

  viewMessage(offsetMessageId: string): Promise<ReceivedMessage | undefined> {
    return this.#queries.viewMessage(offsetMessageId)
  }

  queryMessages(topic: string, key: string, options?: QueryOptions): Promise<readonly ReceivedMessage[]> {
    return this.#queries.byKey(topic, key, options)
  }

  queryByUniqueKey(topic: string, messageId: string, options?: QueryOptions): Promise<readonly ReceivedMessage[]> {
    return this.#queries.byUniqueKey(topic, messageId, options)
  }

  queryTrace(messageId: string, traceTopic?: string): Promise<readonly TraceRecord[]> {
    return this.#queries.trace(messageId, traceTopic)
  }

  route(topic: string): Promise<TopicRoute | undefined> {
    return this.#parts.routes.ask(topic)
  }

  knownRoute(topic: string): TopicRoute | undefined {
    return this.#parts.routes.get(topic)
  }

  async queuesOf(topic: string): Promise<readonly MessageQueue[]> {
    return (await this.route(topic))?.subscribeQueues ?? []
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    try {
      for (const one of [...this.#open].reverse()) await one[Symbol.asyncDispose]()
      await this.#tracing[Symbol.asyncDispose]()
    } finally {
      await this.#scope[Symbol.asyncDispose]()
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw clientErrors.RMQ_ALREADY_CLOSED({ what: `client ${this.id}` })
  }
}
