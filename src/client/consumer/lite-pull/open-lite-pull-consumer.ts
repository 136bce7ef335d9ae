import { Scope } from '../../../base/lifecycle/index.ts'
import type { MessageQueue, ReceivedMessage } from '../../../message/index.ts'
import type { ConsumerData } from '../../../remoting/index.ts'
import type { ConsumerMember, QueueOffset, RunningInfo } from '../../connection/members.ts'
import { clientErrors } from '../../errors.ts'
import { consumerData } from '../consumer-data.ts'
import type { ConsumerParts } from '../consumer-parts.ts'
import { GroupSubscriptions } from '../group-subscriptions.ts'
import { joinGroup } from '../join-group.ts'
import { GroupOffsets } from '../offsets/group-offsets.ts'
import type { GroupProgress } from '../offsets/group-progress.ts'
import { progressOfGroup } from '../offsets/progress-of-group.ts'
import { StartingPoints } from '../offsets/starting-points.ts'
import { AssignedQueues } from '../push/assigned-queues.ts'
import { ConsumerStats } from '../push/consumer-stats.ts'
import type { PullParts } from '../push/queue-puller.ts'
import { progressOf, runningInfo } from '../push/running-info.ts'
import { SendBack } from '../push/send-back.ts'
import { Rebalance } from '../rebalance/rebalance.ts'
import { averageShare } from '../rebalance/shares.ts'
import type { SubscriptionExpression } from '../subscription.ts'
import { type LitePullConsumerOptions, type LitePullSettings, litePullSettings } from './config.ts'
import { HandedOut } from './handed-out.ts'
import { type Handout, Inbox } from './inbox.ts'
import type { LitePullConsumer, PollOptions, TakenMessage } from './lite-pull-consumer.ts'
import { messageIterator } from './message-iterator.ts'
import { QueueChanges } from './queue-changes.ts'
import { QueueControl } from './queue-control.ts'
import { type TakenParts, takenMessage } from './taken-message.ts'
import { WantedTopics } from './wanted-topics.ts'

/**
 * Opens a lite pull consumer; resolves when it has its share of the queues of all topics that exist.
 * @throws RMQ_GROUP_ILLEGAL, RMQ_GROUP_TAKEN, RMQ_OPTION_ILLEGAL, RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL
 * @throws RMQ_NAME_SERVERS_UNREACHABLE, RMQ_OFFSETS_UNREADABLE
 */
export async function openLitePullConsumer(
  options: LitePullConsumerOptions,
  parts: ConsumerParts,
  onClosed: (consumer: LitePullConsumer) => void,
): Promise<LitePullConsumer> {
  const consumer = new GroupLitePull(options, parts)
  try {
    await consumer.open(onClosed)
    return consumer
  } catch (failure) {
    await consumer[Symbol.asyncDispose]()
    throw failure
  }
}

class GroupLitePull implements LitePullConsumer, ConsumerMember {
  readonly group: string
  readonly #parts: ConsumerParts
  readonly #settings: LitePullSettings
  readonly #subscribed: GroupSubscriptions
  readonly #wanted: WantedTopics
  readonly #stats: ConsumerStats
  readonly #offsets: GroupProgress
  readonly #queues: AssignedQueues
  readonly #rebalance: Rebalance
  readonly #inbox: Inbox
  readonly #handed: HandedOut
  readonly #taken: TakenParts
  readonly #control: QueueControl
  readonly #changes: QueueChanges
  readonly #scope = new Scope()
  readonly #startedAt: number
  #closing: Promise<void> | undefined

  constructor(options: LitePullConsumerOptions, parts: ConsumerParts) {
    const settings = litePullSettings(options)
    const { group, autoCommit, from, limits, model } = settings
    const { routes, brokers, connections, settings: client } = parts
    this.group = group
    this.#parts = parts
    this.#settings = settings
    this.#startedAt = client.clock.now()
    const starts = new StartingPoints(from, model, routes)
    this.#subscribed = new GroupSubscriptions(group, parts, starts, () => this.#rebalance.request())
    this.#subscribed.start(options.subscriptions ?? [], undefined)
    this.#wanted = new WantedTopics(group, routes, this.#subscribed)
    this.#stats = new ConsumerStats(client.clock)
    this.#scope.defer(() => this.#stats.stop())
    this.#inbox = new Inbox(client.clock)
    this.#handed = new HandedOut(this.#inbox, autoCommit)
    this.#changes = new QueueChanges(routes)
    this.#offsets = progressOfGroup(group, model, parts)
    this.#queues = new AssignedQueues({
      offsets: this.#offsets,
      from: (queue) => starts.of(queue),
      limits,
      pull: this.#pullParts(),
      logger: client.logger.child('consumer'),
      recordable: (processQueue) => this.#handed.recordable(processQueue),
    })
    const broker = new GroupOffsets(group, brokers, connections)
    this.#taken = {
      group,
      inbox: this.#inbox,
      sendBack: new SendBack({ ...parts, group, maxReconsumeTimes: 0, logger: client.logger.child('consumer') }),
      onSettled: () => this.#queues.resume(),
    }
    this.#control = new QueueControl({
      group,
      queues: this.#queues,
      handed: this.#handed,
      offsets: this.#offsets,
      broker,
    })
    this.#rebalance = new Rebalance({
      group,
      settings: client,
      routes,
      brokers,
      connections,
      queues: this.#queues,
      share: averageShare,
      topics: () => this.#subscribed.current.topics,
      ownQueues: ({ topic, subscribeQueues }) =>
        this.#wanted.assigned(topic) ?? (model === 'broadcasting' ? subscribeQueues : undefined),
    })
  }

  get assigned(): readonly MessageQueue[] {
    return this.#queues.all().map(({ queue }) => queue)
  }

  /** Joins the group; see {@link openLitePullConsumer}. */
  async open(onClosed: (consumer: LitePullConsumer) => void): Promise<void> {
    const { clock, persistOffsetsMs } = this.#parts.settings
    this.#scope.defer(() => onClosed(this))
    joinGroup(this.#scope, this, this.#parts)
    this.#scope.defer(() => {
      this.#changes.close()
      this.#subscribed.close()
    })
    await this.#subscribed.open()
    const persisting = clock.setInterval(() => void this.#queues.persist(), persistOffsetsMs, { background: true })
    this.#scope.defer(() => persisting.cancel())
    await this.#rebalance.request()
  }

  async subscribe(topic: string, expression: SubscriptionExpression = '*'): Promise<void> {
    await this.#wanted.subscribe(topic, expression, () => this.#assertOpen())
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#assertOpen()
    await this.#subscribed.unsubscribe(topic)
  }

  async assign(queues: readonly MessageQueue[], expression: SubscriptionExpression = '*'): Promise<void> {
    await this.#wanted.assign(queues, expression, () => this.#assertOpen())
  }

  async poll(options: PollOptions = {}): Promise<readonly ReceivedMessage[]> {
    this.#assertOpen()
    this.#settle()
    const { pullBatch, pollTimeoutMs } = this.#settings
    const handout = await this.#inbox.next(pullBatch, options.timeoutMs ?? pollTimeoutMs, options.signal)
    if (handout === undefined) return []
    return this.#handOut(handout)
  }

  async take(options: PollOptions = {}): Promise<TakenMessage | undefined> {
    this.#assertOpen()
    const handout = await this.#inbox.next(1, options.timeoutMs ?? this.#settings.pollTimeoutMs, options.signal)
    return handout === undefined ? undefined : takenMessage(handout, this.#taken)
  }

  [Symbol.asyncIterator](): AsyncIterator<ReceivedMessage> {
    return messageIterator({
      next: async () => {
        this.#settle()
        const handout = await this.#inbox.next(1)
        return handout === undefined ? undefined : this.#handOut(handout)[0]
      },
      left: () => this.#handed.putBack(),
    })
  }

  commit(offsets?: readonly QueueOffset[]): Promise<void> {
    this.#assertOpen()
    return this.#control.commit(offsets)
  }

  committed(queue: MessageQueue): Promise<number | undefined> {
    return this.#offsets.recorded(queue)
  }

  seek(queue: MessageQueue, offset: number): Promise<void> {
    return this.#control.seek(queue, offset)
  }

  seekToBegin(queue: MessageQueue): Promise<void> {
    return this.#control.seekToBegin(queue)
  }

  seekToEnd(queue: MessageQueue): Promise<void> {
    return this.#control.seekToEnd(queue)
  }

  pause(queues: readonly MessageQueue[]): void {
    this.#control.pause(queues)
  }

  resume(queues: readonly MessageQueue[]): void {
    this.#control.resume(queues)
  }

  offsetForTimestamp(queue: MessageQueue, time: Date | number): Promise<number> {
    return this.#offsets.at(queue, Number(time))
  }

  onQueuesChanged(topic: string, callback: (queues: readonly MessageQueue[]) => void): () => void {
    this.#assertOpen()
    return this.#changes.watch(topic, callback)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  heartbeat(): ConsumerData {
    const { model, from } = this.#settings
    return consumerData(this.group, 'CONSUME_ACTIVELY', model, from, this.#wanted.told)
  }

  rebalance(): void {
    void this.#rebalance.request()
  }

  routeChanged(topic: string): void {
    if (this.#subscribed.current.get(topic) !== undefined) this.rebalance()
    this.#changes.routeChanged(topic)
  }

  resetOffsets(topic: string, offsets: readonly QueueOffset[]): void {
    for (const one of offsets) if (one.topic === topic && this.#queues.get(one)) this.#control.restart(one, one.offset)
    void this.#queues.persist()
  }

  progress(topic: string | undefined): readonly QueueOffset[] {
    return progressOf(this.#queues.all(), topic)
  }

  runningInfo(): RunningInfo {
    const parts = { queues: this.#queues.all(), subscriptions: this.#subscribed.current, stats: this.#stats }
    const { nameServers } = this.#parts.settings
    return runningInfo(this.#settings, 'CONSUME_ACTIVELY', nameServers, this.#startedAt, parts)
  }

  #pullParts(): PullParts {
    const { settings, routes, brokers, connections } = this.#parts
    const { pullBatch, cachedCountMaxAll } = this.#settings
    const isFull = (): boolean => this.#queues.all().reduce((sum, { count }) => sum + count, 0) >= cachedCountMaxAll
    return {
      kind: 'lite',
      group: this.group,
      pullBatch,
      pullBatchBytes: PULL_BATCH_BYTES,
      subscriptions: this.#subscribed.current,
      brokers,
      connections,
      routes,
      stats: this.#stats,
      ports: { ...settings, logger: settings.logger.child('consumer') },
      isPaused: ({ key }) => this.#closing !== undefined || this.#control.isPaused(key) || isFull(),
      onMessages: (processQueue) => this.#inbox.offer(processQueue),
      onOffsetIllegal: ({ queue }, offset) => this.#control.restart(queue, offset),
    }
  }

  #settle(): void {
    this.#handed.settle()
    this.#queues.resume()
  }

  #handOut(handout: Handout): readonly ReceivedMessage[] {
    this.#handed.add(handout)
    return handout.batch.map(({ message }) => message)
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return
    throw clientErrors.RMQ_ALREADY_CLOSED({ what: `consumer of group "${this.group}"` })
  }

  async #close(): Promise<void> {
    await this.#rebalance.stop()
    this.#inbox.close()
    await this.#queues.close()
    await this.#scope[Symbol.asyncDispose]()
  }
}

/** Brokers have a limit of their own. */
const PULL_BATCH_BYTES = 262_144
