import type { Logger } from '../base/log/index.ts'
import type { Clock } from '../base/time/index.ts'
import type { PushConsumer, PushConsumerSettings, SubscriptionExpression } from '../client/index.ts'
import { type BindingState, type BoundConsumer, type ConsumerRequest, dispositionOf } from '../framework/index.ts'
import { deadLetterTopicOf } from '../message/index.ts'
import type { GroupConsumers, GroupMember } from './group-consumers.ts'
import { inboundHeaders } from './inbound-headers.ts'
import type { ConsumerBindingProperties } from './properties.ts'
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
  clock: Clock,
  logger: Logger,
): BoundConsumer {
  const { binding, destinations, config, properties } = request
  const group = request.group ?? anonymousGroup(binding, destinations, logger)
  const member: GroupMember = {
    binding,
    subscriptions: destinations.map((topic) => ({ topic, expression: expressionOf(config.subscription) })),
    concurrency: properties.concurrency,
    options: consumerOptions(config, clock.now()),
    handle: listenerOf(request),
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

function listenerOf(request: ConsumerRequest<ConsumerBindingProperties>): GroupMember['handle'] {
  const { handler } = request
  return async (message, context) => {
    try {
      await handler({ payload: message.body, headers: inboundHeaders(message) })
    } catch (refused) {
      const disposition = dispositionOf(refused)
      if (disposition.kind === 'later') context.delayLevelWhenNextConsume = disposition.delayLevel
      if (disposition.kind === 'dead-letter') context.delayLevelWhenNextConsume = DEAD_LETTER_LEVEL
      throw refused
    }
  }
}

function consumerOptions(config: ConsumerBindingProperties, nowMs: number): Partial<PushConsumerSettings> {
  return {
    from: startingPoint(config, nowMs),
    maxReconsumeTimes:
      config['push.maxReconsumeTimes'] === -1 ? DEFAULT_REDELIVERIES : config['push.maxReconsumeTimes'],
    delayLevelWhenNextConsume: config['push.delayLevelWhenNextConsume'],
    pullBatch: config.pullBatchSize,
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
  return { time: consumeTimestamp === '' ? nowMs - HALF_AN_HOUR_MS : localTime(consumeTimestamp) }
}

/** `yyyyMMddHHmmss`, local time. */
function localTime(text: string): Date {
  const [year = 0, month = 1, ...rest] = (/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)?.slice(1) ?? []).map(
    Number,
  )
  return new Date(year, month - 1, ...rest)
}

function expressionOf(subscription: string): SubscriptionExpression {
  const text = subscription.trim()
  if (text.startsWith('sql:')) return { sql: text.slice('sql:'.length).trim() }
  return text === '' ? '*' : text
}

/** The name Spring's binder gives; unlike there it is said that all instances share it. */
function anonymousGroup(binding: string, destinations: readonly string[], logger: Logger): string {
  const group = `anonymous_${destinations.join('-')}`
  logger.warn(
    `binding "${binding}" has no group, so it uses "${group}", which every application without a group on this topic shares; ` +
      `set spring.cloud.stream.bindings.${binding}.group`,
  )
  return group
}
