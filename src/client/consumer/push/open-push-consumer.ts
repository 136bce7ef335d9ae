import { Scope } from '../../../base/lifecycle/index.ts'
import type { Logger } from '../../../base/log/index.ts'
import { type MessageQueue, queueKey, retryTopicOf } from '../../../message/index.ts'
import type { ConsumerData } from '../../../remoting/index.ts'
import { inRange } from '../../config.ts'
import type { ConsumerMember, DirectResult, QueueOffset, RunningInfo } from '../../connection/members.ts'
import { clientErrors } from '../../errors.ts'
import { hookedListener } from '../consume-hook.ts'
import { consumerData } from '../consumer-data.ts'
import type { ConsumerParts } from '../consumer-parts.ts'
import { GroupSubscriptions } from '../group-subscriptions.ts'
import { joinGroup } from '../join-group.ts'
import type { BatchListener } from '../listener.ts'
import { progressOfGroup } from '../offsets/progress-of-group.ts'
import { StartingPoints } from '../offsets/starting-points.ts'
import type { OrderlyConsumption } from '../orderly/orderly-consumption.ts'
import { type OrderlyQueues, openOrderlyQueues } from '../orderly/orderly-queues.ts'
import type { CachedMessage } from '../process-queue/process-queue.ts'
import { Rebalance } from '../rebalance/rebalance.ts'
import type { SubscriptionExpression } from '../subscription.ts'
import { AssignedQueues } from './assigned-queues.ts'
import { type PushConsumerOptions, type PushSettings, pushSettings } from './config.ts'
import { consumeDirectly } from './consume-directly.ts'
import { ConsumerStats } from './consumer-stats.ts'
import { Consumption } from './consumption.ts'
import type { PushConsumer } from './push-consumer.ts'
import type { PullParts } from './queue-puller.ts'
import { progressOf, runningInfo } from './running-info.ts'
import { SendBack } from './send-back.ts'

/**
 * Opens a consumer; resolves when it has its share of the queues of all topics that exist.
 * @throws RMQ_GROUP_ILLEGAL, RMQ_GROUP_TAKEN, RMQ_OPTION_ILLEGAL, RMQ_TOPIC_ILLEGAL, RMQ_SUBSCRIPTION_ILLEGAL
 * @throws RMQ_NAME_SERVERS_UNREACHABLE
 */
export async function openPushConsumer(
  options: PushConsumerOptions,
  parts: ConsumerParts,
  onClosed: (consumer: PushConsumer) => void,
): Promise<PushConsumer> {
  const consumer = new GroupConsumer(options, parts)
  try {
    await consumer.open(onClosed)
    return consumer
  } catch (failure) {
    await consumer[Symbol.asyncDispose]()
    throw failure
  }
}

class GroupConsumer implements PushConsumer, ConsumerMember {
  readonly group: string
  readonly #parts: ConsumerParts
  readonly #settings: PushSettings
  readonly #subscribed: GroupSubscriptions
  readonly #logger: Logger
  readonly #stats: ConsumerStats
  readonly #listen: BatchListener
  readonly #consumption: Consumption | OrderlyConsumption
  /** `undefined`: messages are consumed concurrently. */
  readonly #orderly: OrderlyQueues | undefined
  readonly #queues: AssignedQueues
  readonly #rebalance: Rebalance
  readonly #scope = new Scope()
  readonly #startedAt: number
  #paused = false
  #closing: Promise<void> | undefined

  constructor(options: PushConsumerOptions, parts: ConsumerParts) {
    const { settings: client, routes, brokers, connections, sender } = parts
    const { clock } = client
    const logger = client.logger.child('consumer')
    this.#logger = logger
    const settings = pushSettings(options)
    const { group } = settings
    this.group = group
    this.#parts = parts
    this.#settings = settings
    this.#startedAt = clock.now()
    const broadcasts = settings.model === 'broadcasting'
    const starts = new StartingPoints(settings.from, settings.model, routes)
    this.#subscribed = new GroupSubscriptions(group, parts, starts, () => this.#rebalance.request())
    this.#subscribed.start(options.subscriptions, broadcasts ? undefined : retryTopicOf(group))
    this.#listen = listenerOf(options)
    this.#stats = new ConsumerStats(clock)
    const { maxReconsumeTimes } = settings
    const sendBack = new SendBack({ group, maxReconsumeTimes, brokers, connections, sender, logger })
    const giveBack = broadcasts
      ? async (cached: CachedMessage) => this.#dropped(cached)
      : (cached: CachedMessage, delayLevel: number) => sendBack.giveBack(cached, delayLevel)
    this.#orderly = openOrderlyQueues(settings, parts, {
      giveUp: (cached) => (broadcasts ? Promise.resolve(this.#dropped(cached)) : sendBack.giveUp(cached)),
      onLost: (queue) => this.#lost(queue),
      stats: this.#stats,
      logger,
    })
    this.#consumption =
      this.#orderly?.consumption ??
      new Consumption({
        ...settings,
        listen: hookedListener(this.#listen, parts.hook, clock, settings.consumeTimeoutMs),
        giveBack,
        stats: this.#stats,
        clock,
        logger,
      })
    const offsets = progressOfGroup(group, settings.model, parts)
    const { limits, share } = settings
    const orderly = this.#orderly
    this.#queues = new AssignedQueues({
      offsets,
      from: (queue) => starts.of(queue),
      limits,
      pull: this.#pullParts(),
      logger,
      orderly,
    })
    this.#rebalance = new Rebalance({
      group,
      settings: client,
      routes,
      brokers,
      connections,
      queues: this.#queues,
      share,
      topics: () => this.#subscribed.current.topics,
      ownQueues: (route) => (broadcasts ? route.subscribeQueues : undefined),
    })
  }

  get assigned(): readonly MessageQueue[] {
    return this.#queues.all().map(({ queue }) => queue)
  }

  /** Joins the group; see {@link openPushConsumer}. */
  async open(onClosed: (consumer: PushConsumer) => void): Promise<void> {
    const { settings } = this.#parts
    this.#scope.defer(() => onClosed(this))
    this.#scope.defer(() => this.#stats.stop())
    this.#scope.defer(() => this.#parts.hook?.close())
    joinGroup(this.#scope, this, this.#parts)
    this.#scope.defer(() => this.#subscribed.close())
    await this.#subscribed.open()
    const persisting = settings.clock.setInterval(() => void this.#queues.persist(), settings.persistOffsetsMs, {
      background: true,
    })
    this.#scope.defer(() => persisting.cancel())
    await this.#rebalance.request()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#queues.resume()
    this.rebalance()
  }

  async subscribe(topic: string, expression: SubscriptionExpression = '*'): Promise<void> {
    this.#assertOpen()
    await this.#subscribed.subscribe(topic, expression, () => this.#assertOpen())
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#assertOpen()
    await this.#subscribed.unsubscribe(topic)
  }

  async seek(queue: MessageQueue, offset: number): Promise<void> {
    this.#assertOpen()
    inRange('offset', offset, 0, 0, Number.MAX_SAFE_INTEGER)
    const { topic, brokerName, queueId } = queue
    if (this.#queues.get(queue) === undefined) {
      throw clientErrors.RMQ_QUEUE_NOT_ASSIGNED({ queue: queueKey(queue), group: this.group })
    }
    await this.#move({ topic, brokerName, queueId }, offset)
    await this.#rebalance.request()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  heartbeat(): ConsumerData {
    const { from, model } = this.#settings
    return consumerData(this.group, 'CONSUME_PASSIVELY', model, from, this.#subscribed.current.data)
  }

  rebalance(): void {
    void this.#rebalance.request()
  }

  routeChanged(topic: string): void {
    if (this.#subscribed.current.get(topic) !== undefined) this.rebalance()
  }

  resetOffsets(topic: string, offsets: readonly QueueOffset[]): void {
    const own = new Set(this.assigned.map(queueKey))
    const moved = offsets.filter((one) => one.topic === topic && own.has(queueKey(one)))
    const moving = Promise.all(
      moved.map(({ brokerName, queueId, offset }) => this.#move({ topic, brokerName, queueId }, offset)),
    )
    void moving.then(() => this.rebalance())
  }

  progress(topic: string | undefined): readonly QueueOffset[] {
    return progressOf(this.#queues.all(), topic)
  }

  runningInfo(): RunningInfo {
    const parts = {
      queues: this.#queues.all(),
      subscriptions: this.#subscribed.current,
      stats: this.#stats,
      lockedAt: (key: string) => this.#orderly?.lockedAt(key),
    }
    return runningInfo(this.#settings, 'CONSUME_PASSIVELY', this.#parts.settings.nameServers, this.#startedAt, parts)
  }

  consumeDirectly(record: Buffer, brokerName: string): Promise<DirectResult> {
    if (this.#orderly !== undefined) return this.#orderly.consumeDirectly(record, brokerName)
    return consumeDirectly(record, brokerName, this.#listen, this.#parts.settings.clock)
  }

  /** When all get every message, none comes again. Apache: `ConsumeMessageConcurrentlyService.processConsumeResult`. */
  #dropped({ message: { topic, messageId, queueId, queueOffset } }: CachedMessage): boolean {
    this.#logger.warn('broadcast message dropped', { group: this.group, topic, messageId, queueId, queueOffset })
    return true
  }

  #pullParts(): PullParts {
    const { settings, routes, brokers, connections } = this.#parts
    return {
      kind: this.#settings.model === 'broadcasting' ? 'broadcast' : 'push',
      group: this.group,
      pullBatch: this.#settings.pullBatch,
      pullIntervalMs: this.#settings.pullIntervalMs,
      pullRetryMaxMs: this.#settings.pullRetryMaxMs,
      pullBatchBytes: this.#settings.pullBatchBytes,
      subscriptions: this.#subscribed.current,
      brokers,
      connections,
      routes,
      stats: this.#stats,
      ports: { ...settings, logger: this.#logger },
      isPaused: () => this.#paused || this.#closing !== undefined,
      onMessages: (processQueue) => this.#consumption.offer(processQueue),
      onOffsetIllegal: ({ queue }, offset) => void this.#move(queue, offset).then(() => this.rebalance()),
    }
  }

  /** Another member has the queue, or nobody knows who; it begins anew when it is ours again. */
  #lost(queue: MessageQueue): void {
    this.#queues.lose(queue)
    this.rebalance()
  }

  async #move(queue: MessageQueue, offset: number): Promise<void> {
    this.#logger.warn('queue goes on elsewhere', { group: this.group, queue: queueKey(queue), offset })
    await this.#queues.move(queue, offset)
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return
    throw clientErrors.RMQ_ALREADY_CLOSED({ what: `consumer of group "${this.group}"` })
  }

  async #close(): Promise<void> {
    const { closeTimeoutMs } = this.#settings
    await this.#rebalance.stop()
    if (!(await this.#consumption.stop(closeTimeoutMs))) {
      const { running } = this.#consumption
      this.#logger.warn('listeners still run; their messages come again', {
        group: this.group,
        running,
        closeTimeoutMs,
      })
    }
    await this.#queues.close()
    await this.#scope[Symbol.asyncDispose]()
  }
}

function listenerOf(options: PushConsumerOptions): BatchListener {
  if (options.batchListener !== undefined) return options.batchListener
  const { listener } = options
  return ([message], context) => (message === undefined ? undefined : listener?.(message, context))
}
