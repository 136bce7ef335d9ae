import type { Logger } from '../base/log/index.ts'
import type { PushConsumer, PushConsumerSettings } from '../client/index.ts'
import {
  type BinderContext,
  type BindingState,
  type BoundConsumer,
  type ConsumerRequest,
  dispositionOf,
} from '../framework/index.ts'
import { deadLetterTopicOf, type ReceivedMessage } from '../message/index.ts'
import { readTimestamp } from './consume-timestamp.ts'
import type { GroupConsumers, GroupMember } from './group-consumers.ts'
import { inboundHeaders } from './inbound-headers.ts'
import { orderlyListener, orderlyPolicy } from './orderly-listener.ts'
import type { ConsumerBindingProperties } from './properties.ts'
import { queueShare } from './queue-share.ts'
import { subscriptionOf } from './subscription.ts'
import { traceOf } from './trace.ts'

const DEFAULT_REDELIVERIES = 16
/** Where consumption by time begins when no time is given. */
const HALF_AN_HOUR_MS = 30 * 60_000
/** A delay level that means: to the dead letters. */
const DEAD_LETTER_LEVEL = -1

/** An input binding on one or more topics. */
export function boundConsumer(
  request: ConsumerRequest<ConsumerBindingProperties>,
  consumers: GroupConsumers,
  { clock, logger, component }: Pick<BinderContext, 'clock' | 'logger' | 'component'>,
): BoundConsumer {
  const { binding, destinations, config, properties } = request
  const group = request.group ?? anonymousGroup(binding, destinations, logger)
  const expression = subscriptionOf(binding, config.subscription, logger)
  const member: GroupMember = {
    binding,
    subscriptions: destinations.map((topic) => ({ topic, expression })),
    autoStart: properties.autoStartup,
    concurrency: properties.concurrency,
    options: { ...consumerOptions(config, clock.now()), share: queueShare(config, binding, group, component) },
    handle: listenerOf(request),
    orderly: config['push.orderly'] ? orderlyListener(request) : undefined,
    batch: batchOf(request),
  }
  if (config.enabled) consumers.declare(group, member)
  let consumer: PushConsumer | undefined
  let state: BindingState = 'stopped'

  const stop = async (): Promise<void> => {
    if (state === 'stopped') return
    state = 'stopped'
    consumer = undefined
    await consumers.stop(group, binding)
  }
  return {
    group,
    get state() {
      return state
    },
    get policy() {
      if (config.messageModel === 'BROADCASTING') return 'one delivery to each instance'
      if (config['push.orderly']) return orderlyPolicy(config, group)
      const redeliveries =
        config['push.maxReconsumeTimes'] === -1 ? DEFAULT_REDELIVERIES : config['push.maxReconsumeTimes']
      const deliveries = config['push.delayLevelWhenNextConsume'] === DEAD_LETTER_LEVEL ? 1 : redeliveries + 1
      return `${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'}, then ${deadLetterTopicOf(group)}`
    },
    async start() {
      if (state !== 'stopped' || !config.enabled) return
      consumer = await consumers.start(group, member)
      state = 'running'
    },
    stop,
    async pause() {
      if (state !== 'running') return
      consumer?.pause()
      state = 'paused'
    },
    async resume() {
      if (state !== 'paused') return
      consumer?.resume()
      state = 'running'
    },
    [Symbol.asyncDispose]: stop,
  }
}

/** How a batch binding takes its messages. */
function batchOf({
  batchHandler,
  config,
}: ConsumerRequest<ConsumerBindingProperties>): GroupMember['batch'] | undefined {
  if (batchHandler === undefined) return undefined
  return {
    sizeMax: config['push.consumeMessageBatchMaxSize'],
    async handle(messages, context) {
      const given = messages.map((message) => ({ payload: message.body, headers: inboundHeaders(message) }))
      for (const [at, reason] of await batchHandler(given)) {
        context.giveBack(messages[at] as ReceivedMessage, delayLevelFor(reason))
      }
    },
  }
}

/** When a refused message comes again; undefined: as the binding says. */
function delayLevelFor(reason: unknown): number | undefined {
  const disposition = dispositionOf(reason)
  if (disposition.kind === 'later') return disposition.delayLevel
  return disposition.kind === 'dead-letter' ? DEAD_LETTER_LEVEL : undefined
}

function listenerOf(request: ConsumerRequest<ConsumerBindingProperties>): GroupMember['handle'] {
  const { handler, config } = request
  return async (message, context) => {
    // Bindings that share a consumer keep a level of their own.
    context.delayLevelWhenNextConsume = config['push.delayLevelWhenNextConsume']
    try {
      await handler({ payload: message.body, headers: inboundHeaders(message) }, message.topic)
    } catch (refused) {
      context.delayLevelWhenNextConsume = delayLevelFor(refused) ?? context.delayLevelWhenNextConsume
      throw refused
    }
  }
}

/** What both kinds of consumers take of a binding's properties. */
export function consumerOptions(config: ConsumerBindingProperties, nowMs: number): Partial<PushConsumerSettings> {
  return {
    model: config.messageModel === 'BROADCASTING' ? 'broadcasting' : 'clustering',
    from: startingPoint(config, nowMs),
    maxReconsumeTimes: config['push.maxReconsumeTimes'] === -1 ? undefined : config['push.maxReconsumeTimes'],
    delayLevelWhenNextConsume: config['push.delayLevelWhenNextConsume'],
    consumeTimeoutMs: config['push.consumeTimeout'],
    pullBatch: config.pullBatchSize,
    pullIntervalMs: config['push.pullInterval'],
    pullRetryMaxMs: config.pullTimeDelayMillsWhenException,
    trace: traceOf(config),
    limits: {
      cachedCountMax: config.pullThresholdForQueue,
      cachedBytesMax: config.pullThresholdSizeForQueue * 1024 * 1024,
      spanMax: config.consumeMaxSpan,
    },
  }
}

function startingPoint(
  { consumeFromWhere, consumeTimestamp }: ConsumerBindingProperties,
  nowMs: number,
): PushConsumerSettings['from'] {
  if (consumeFromWhere === 'CONSUME_FROM_FIRST_OFFSET') return 'first'
  if (consumeFromWhere === 'CONSUME_FROM_LAST_OFFSET') return 'last'
  return { time: readTimestamp(consumeTimestamp) ?? nowMs - HALF_AN_HOUR_MS }
}

/** The name Spring's binder gives; unlike there it is said that all instances share it. */
export function anonymousGroup(binding: string, destinations: readonly string[], logger: Logger): string {
  const group = `anonymous_${destinations.join('-')}`
  logger.warn(
    `binding "${binding}" has no group, so it uses "${group}", which every application without a group on this topic shares; ` +
      `set spring.cloud.stream.bindings.${binding}.group`,
  )
  return group
}
