import { untilAborted } from '../../../base/async/index.ts'
import { Scope } from '../../../base/lifecycle/index.ts'
import { checkTopic, type MessageQueue, queueKey, type ReceivedMessage } from '../../../message/index.ts'
import { type ConsumerData, PULL_FLAG, PullMessage, RESPONSE_CODE } from '../../../remoting/index.ts'
import { inRange, MS_MAX } from '../../config.ts'
import { type BrokerAddress, MASTER_ID } from '../../connection/brokers.ts'
import type { ConsumerMember, QueueOffset, RunningInfo } from '../../connection/members.ts'
import { clientErrors } from '../../errors.ts'
import { consumerData } from '../consumer-data.ts'
import type { ConsumerParts } from '../consumer-parts.ts'
import { joinGroup } from '../join-group.ts'
import { GroupOffsets } from '../offsets/group-offsets.ts'
import { checkedGroup, processQueueLimits } from '../push/config.ts'
import { ConsumerStats } from '../push/consumer-stats.ts'
import { pulledMessages } from '../push/records.ts'
import { runningInfo } from '../push/running-info.ts'
import { SendBack } from '../push/send-back.ts'
import type { SubscriptionExpression } from '../subscription.ts'
import { Subscriptions } from '../subscriptions.ts'
import type { PullConsumer, PullConsumerOptions, PullResult } from './pull-consumer.ts'

const PULL_BATCH_BYTES = 262_144
const PULL_TIMEOUT_MS = 10_000
/** How much longer than the broker holds a pull its answer may take. */
const HOLD_GRACE_MS = 10_000

const STATUS: Readonly<Record<number, PullResult['status']>> = {
  [RESPONSE_CODE.SUCCESS]: 'FOUND',
  [RESPONSE_CODE.PULL_NOT_FOUND]: 'NO_NEW_MSG',
  [RESPONSE_CODE.PULL_RETRY_IMMEDIATELY]: 'NO_MATCHED_MSG',
  [RESPONSE_CODE.PULL_OFFSET_MOVED]: 'OFFSET_ILLEGAL',
}
const ACCEPTED = Object.keys(STATUS).map(Number)

/**
 * Opens a pull consumer; resolves when the brokers known so far know of it.
 * @throws RMQ_GROUP_ILLEGAL, RMQ_GROUP_TAKEN, RMQ_OPTION_ILLEGAL
 */
export async function openPullConsumer(
  options: PullConsumerOptions,
  parts: ConsumerParts,
  onClosed: (consumer: PullConsumer) => void,
): Promise<PullConsumer> {
  const consumer = new GroupPull(options, parts)
  await consumer.open(onClosed)
  return consumer
}

class GroupPull implements PullConsumer, ConsumerMember {
  readonly group: string
  readonly #parts: ConsumerParts
  readonly #holdMs: number
  readonly #offsets: GroupOffsets
  readonly #sendBack: SendBack
  readonly #stats: ConsumerStats
  readonly #topics = new Set<string>()
  /** Which of a broker's addresses is best to read a queue from. */
  readonly #suggested = new Map<string, number>()
  readonly #scope = new Scope()
  readonly #startedAt: number
  #closing: Promise<void> | undefined

  constructor(options: PullConsumerOptions, parts: ConsumerParts) {
    const { settings, brokers, connections, sender } = parts
    this.group = checkedGroup(options.group)
    this.#parts = parts
    this.#holdMs = inRange('holdMs', options.holdMs, 20_000, 1, MS_MAX)
    const maxReconsumeTimes = inRange('maxReconsumeTimes', options.maxReconsumeTimes, 16, 0, MS_MAX)
    const logger = settings.logger.child('consumer')
    this.#offsets = new GroupOffsets(this.group, brokers, connections)
    this.#sendBack = new SendBack({ group: this.group, maxReconsumeTimes, brokers, connections, sender, logger })
    this.#startedAt = settings.clock.now()
    this.#stats = new ConsumerStats(settings.clock)
    this.#scope.defer(() => this.#stats.stop())
  }

  /** Joins the group; see {@link openPullConsumer}. */
  async open(onClosed: (consumer: PullConsumer) => void): Promise<void> {
    try {
      joinGroup(this.#scope, this, this.#parts)
    } catch (failure) {
      this.#stats.stop()
      throw failure
    }
    this.#scope.defer(() => {
      for (const topic of this.#topics) this.#parts.routes.unwatch(topic)
      onClosed(this)
    })
    await this.#parts.connections.beatAll()
  }

  async queuesOf(topic: string): Promise<readonly MessageQueue[]> {
    this.#use(topic)
    return (await this.#parts.routes.ask(topic))?.subscribeQueues ?? []
  }

  pull(queue: MessageQueue, expression: SubscriptionExpression, offset: number, max?: number): Promise<PullResult> {
    return this.#pull(queue, expression, offset, max, 0)
  }

  pullBlockIfNotFound(
    queue: MessageQueue,
    expression: SubscriptionExpression,
    offset: number,
    max?: number,
    signal?: AbortSignal,
  ): Promise<PullResult> {
    return untilAborted(this.#pull(queue, expression, offset, max, this.#holdMs), signal)
  }

  async fetchConsumeOffset(queue: MessageQueue): Promise<number | undefined> {
    await this.#toRead(queue)
    return this.#offsets.recorded(queue)
  }

  async updateConsumeOffset(queue: MessageQueue, offset: number): Promise<void> {
    inRange('offset', offset, 0, 0, Number.MAX_SAFE_INTEGER)
    await this.#toRead(queue)
    await this.#offsets.record(queue, offset)
  }

  async minOffset(queue: MessageQueue): Promise<number> {
    await this.#toRead(queue)
    return this.#offsets.start(queue)
  }

  async maxOffset(queue: MessageQueue): Promise<number> {
    await this.#toRead(queue)
    return this.#offsets.end(queue)
  }

  async searchOffset(queue: MessageQueue, time: Date | number): Promise<number> {
    await this.#toRead(queue)
    return this.#offsets.at(queue, Number(time))
  }

  async sendMessageBack(message: ReceivedMessage, delayLevel = 0): Promise<void> {
    this.#assertOpen()
    inRange('delayLevel', delayLevel, 0, -1, 18)
    const back = await this.#sendBack.giveBack({ message, unreadable: undefined, finished: false }, delayLevel)
    if (back) return
    throw clientErrors.RMQ_GIVE_BACK_FAILED({ messageId: message.messageId, group: this.group })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#scope[Symbol.asyncDispose]()
    return this.#closing
  }

  heartbeat(): ConsumerData {
    // Each pull brings its own expression, so the group is told of none.
    return consumerData(this.group, 'CONSUME_ACTIVELY', 'clustering', 'last', [])
  }

  rebalance(): void {
    // The program itself divides the queues.
  }

  routeChanged(): void {
    // Each pull looks the broker up.
  }

  resetOffsets(): void {
    // The program itself decides where it reads.
  }

  progress(): readonly QueueOffset[] {
    return []
  }

  runningInfo(): RunningInfo {
    const settings = { group: this.group, limits: processQueueLimits(), from: 'last' } as const
    const parts = { queues: [], subscriptions: new Subscriptions(), stats: this.#stats }
    const { nameServers } = this.#parts.settings
    return runningInfo(settings, 'CONSUME_ACTIVELY', nameServers, this.#startedAt, parts)
  }

  async #pull(
    queue: MessageQueue,
    expression: SubscriptionExpression,
    offset: number,
    max: number | undefined,
    holdMs: number,
  ): Promise<PullResult> {
    inRange('offset', offset, 0, 0, Number.MAX_SAFE_INTEGER)
    const maxMsgNums = inRange('max', max, 32, 1, 1024)
    const { topic, brokerName, queueId } = queue
    const { data, tags } = new Subscriptions().set(topic, expression, 0)
    const target = await this.#toRead(queue)
    const peer = await this.#parts.connections.connect(target.address)
    const header = {
      consumerGroup: this.group,
      topic,
      queueId,
      queueOffset: offset,
      maxMsgNums,
      sysFlag: PULL_FLAG.subscription | (holdMs > 0 ? PULL_FLAG.suspend : 0),
      commitOffset: 0,
      suspendTimeoutMillis: holdMs,
      subscription: data.subString,
      subVersion: 0,
      expressionType: data.expressionType,
      maxMsgBytes: PULL_BATCH_BYTES,
      bname: brokerName,
    }
    const timeoutMs = holdMs > 0 ? holdMs + HOLD_GRACE_MS : PULL_TIMEOUT_MS
    const { code, header: answer, body } = await peer.invoke(PullMessage, header, { timeoutMs, accept: ACCEPTED })
    this.#suggested.set(queueKey(queue), answer.suggestWhichBrokerId)
    const { nextBeginOffset: nextOffset, minOffset, maxOffset } = answer
    const found = code === RESPONSE_CODE.SUCCESS ? pulledMessages(body, brokerName, topic, tags) : []
    const bad = found.find(({ unreadable }) => unreadable !== undefined)
    if (bad !== undefined && bad === found[0]) throw bad.unreadable
    const messages = (bad === undefined ? found : found.slice(0, found.indexOf(bad))).map(({ message }) => message)
    const next = bad?.message.queueOffset ?? nextOffset
    return { status: STATUS[code] ?? 'NO_NEW_MSG', messages, nextOffset: next, minOffset, maxOffset }
  }

  /** Where to read a queue; a broker that is not known yet is asked for. */
  async #toRead({ topic, brokerName, queueId }: MessageQueue): Promise<BrokerAddress> {
    this.#assertOpen()
    const { routes, brokers } = this.#parts
    const id = this.#suggested.get(queueKey({ topic, brokerName, queueId })) ?? MASTER_ID
    this.#use(topic)
    const known = brokers.toRead(brokerName, id)
    if (known !== undefined) return known
    await routes.ask(topic)
    const found = brokers.toRead(brokerName, id)
    if (found === undefined) throw clientErrors.RMQ_BROKER_NOT_FOUND({ brokerName, topic })
    return found
  }

  /** Keeps the topic's route fresh. */
  #use(topic: string): void {
    this.#assertOpen()
    checkTopic(topic)
    if (this.#topics.has(topic)) return
    this.#topics.add(topic)
    this.#parts.routes.watch(topic)
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return
    throw clientErrors.RMQ_ALREADY_CLOSED({ what: `pull consumer of group "${this.group}"` })
  }
}
