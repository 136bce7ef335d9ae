import { checkGroup } from '../../../message/index.ts'
import { inRange, MS_MAX } from '../../config.ts'
import { clientErrors } from '../../errors.ts'
import type { TraceOptions } from '../../trace/options.ts'
import type { BatchListener, MessageListener } from '../listener.ts'
import type { ConsumeFrom } from '../offsets/initial-offset.ts'
import { type OrderlyOptions, type OrderlySettings, orderlySettings } from '../orderly/config.ts'
import type { ProcessQueueLimits } from '../process-queue/process-queue.ts'
import { averageShare, type QueueShare } from '../rebalance/shares.ts'
import type { Subscription } from '../subscription.ts'
import { PULL_RETRY_MAX_MS } from './queue-puller.ts'

/** Who of a group gets a message: one member, or all. Apache: `MessageModel`. */
export type MessageModel = 'clustering' | 'broadcasting'

/** Settings of a push consumer. Apache: `DefaultMQPushConsumer`. */
export interface PushConsumerSettings {
  /**
   * Name of the consumers that share the work: each message goes to one of them. All must have the same subscriptions.
   */
  readonly group: string
  /** At least one; more can follow by `subscribe`. */
  readonly subscriptions: readonly Subscription[]
  /**
   * `'clustering'`: the members of the group share the work. `'broadcasting'`: each member gets every message; it keeps
   * its offsets itself (`offsetsDirectory` of the client), and a message whose listener fails is dropped with a line in
   * the log, because nothing comes again. All members must say the same. Default `'clustering'`.
   */
  readonly model?: MessageModel | undefined
  /** Calls of the listener at a time. Default 20. */
  readonly concurrency?: number | undefined
  /** Where a group starts in a queue that it was never in. Default `'last'`. */
  readonly from?: ConsumeFrom | undefined
  /** How often a message comes again before it goes to `%DLQ%group`. Default 16; in order: for ever. */
  readonly maxReconsumeTimes?: number | undefined
  /**
   * When a message that is given back comes again: 0 the broker decides, 1 and more that level, -1 never. Default 0.
   */
  readonly delayLevelWhenNextConsume?: number | undefined
  /** A listener that has not returned after so long is taken to have failed. Default 900000. */
  readonly consumeTimeoutMs?: number | undefined
  /** Messages a pull asks for; brokers have a limit of their own. Default 32. */
  readonly pullBatch?: number | undefined
  /** Bytes a pull asks for. Default 262144. */
  readonly pullBatchBytes?: number | undefined
  /** Whether deliveries are recorded in the trace topic. Default: as the client says. */
  readonly trace?: boolean | TraceOptions | undefined
  /** Pause between two pulls of a queue that both find messages. Default 0: none. */
  readonly pullIntervalMs?: number | undefined
  /** Longest pause after a pull that failed; the first is 100 ms, and each is twice the one before. Default 1000. */
  readonly pullRetryMaxMs?: number | undefined
  /** How much of one queue may be held here. */
  readonly limits?: Partial<ProcessQueueLimits> | undefined
  /** How long closing waits for running listeners. Default 30000. */
  readonly closeTimeoutMs?: number | undefined
  /** How the queues of a topic are divided among the members; all must do it alike. Default {@link averageShare}. */
  readonly share?: QueueShare | undefined
}

/** A listener for single messages or for batches, at the same time or in order: one of the four. */
export type PushConsumerOptions = PushConsumerSettings &
  (
    | {
        readonly listener: MessageListener
        readonly batchListener?: undefined
        readonly batchSize?: undefined
        readonly orderly?: undefined
      }
    | {
        /** Messages of a queue one after the other, in their order; each queue is locked for this member. */
        readonly orderly: OrderlyOptions
        readonly listener?: undefined
        readonly batchListener?: undefined
        readonly batchSize?: undefined
      }
    | {
        readonly orderly?: undefined
        readonly listener?: undefined
        readonly batchListener: BatchListener
        /** Messages a call, at most; a call never waits for more. Default 32. */
        readonly batchSize?: number | undefined
      }
  )

/** The options with their defaults. */
export interface PushSettings {
  readonly group: string
  readonly model: MessageModel
  readonly concurrency: number
  readonly batchSize: number
  readonly from: ConsumeFrom
  readonly maxReconsumeTimes: number
  readonly delayLevelWhenNextConsume: number
  readonly consumeTimeoutMs: number
  readonly pullBatch: number
  readonly pullBatchBytes: number
  readonly pullIntervalMs: number
  readonly pullRetryMaxMs: number
  readonly limits: ProcessQueueLimits
  readonly closeTimeoutMs: number
  readonly share: QueueShare
  /** `undefined`: messages of a queue are consumed at the same time. */
  readonly orderly: OrderlySettings | undefined
}

const RESERVED_GROUP = 'DEFAULT_CONSUMER'
const MIB = 1024 * 1024

/** @throws RMQ_GROUP_ILLEGAL, RMQ_OPTION_ILLEGAL */
export function pushSettings(options: PushConsumerOptions): PushSettings {
  const group = checkedGroup(options.group)
  if (options.subscriptions.length === 0) throw illegal('subscriptions', '[]', 'at least one topic')
  const given = [options.listener, options.batchListener, options.orderly].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw illegal('listener', `given ${given.length} times`, 'exactly one of listener, batchListener and orderly')
  }
  const orderly = options.orderly === undefined ? undefined : orderlySettings(options.orderly)
  const reconsumeByDefault = orderly === undefined ? 16 : MS_MAX
  return {
    group,
    model: messageModel(options.model),
    concurrency: inRange('concurrency', options.concurrency, 20, 1, 100_000),
    batchSize: options.batchListener === undefined ? 1 : inRange('batchSize', options.batchSize, 32, 1, 1024),
    from: options.from ?? 'last',
    maxReconsumeTimes: inRange('maxReconsumeTimes', options.maxReconsumeTimes, reconsumeByDefault, 0, MS_MAX),
    delayLevelWhenNextConsume: inRange('delayLevelWhenNextConsume', options.delayLevelWhenNextConsume, 0, -1, MS_MAX),
    consumeTimeoutMs: inRange('consumeTimeoutMs', options.consumeTimeoutMs, 900_000, 1, MS_MAX),
    pullBatch: inRange('pullBatch', options.pullBatch, 32, 1, 1024),
    pullBatchBytes: inRange('pullBatchBytes', options.pullBatchBytes, 262_144, 1024, 16 * MIB),
    pullIntervalMs: inRange('pullIntervalMs', options.pullIntervalMs, 0, 0, MS_MAX),
    pullRetryMaxMs: inRange('pullRetryMaxMs', options.pullRetryMaxMs, PULL_RETRY_MAX_MS, 10, MS_MAX),
    limits: {
      ...processQueueLimits(options.limits),
      // In order the oldest message is always the next one, so a wide span is only a sparse queue.
      ...(orderly === undefined ? {} : { spanMax: Number.MAX_SAFE_INTEGER }),
    },
    closeTimeoutMs: inRange('closeTimeoutMs', options.closeTimeoutMs, 30_000, 0, MS_MAX),
    share: options.share ?? averageShare,
    orderly,
  }
}

/**
 * The group, if a consumer may have it.
 * @throws RMQ_GROUP_ILLEGAL, RMQ_OPTION_ILLEGAL
 */
export function checkedGroup(group: string): string {
  checkGroup(group)
  if (group === RESERVED_GROUP) throw illegal('group', group, 'a name of your own')
  return group
}

/** @throws RMQ_OPTION_ILLEGAL */
export function processQueueLimits(limits: Partial<ProcessQueueLimits> = {}): ProcessQueueLimits {
  return {
    cachedCountMax: inRange('limits.cachedCountMax', limits.cachedCountMax, 1000, 1, 65_535),
    cachedBytesMax: inRange('limits.cachedBytesMax', limits.cachedBytesMax, 100 * MIB, 1, 1024 * MIB),
    spanMax: inRange('limits.spanMax', limits.spanMax, 2000, 1, 65_535),
  }
}

/** @throws RMQ_OPTION_ILLEGAL */
export function messageModel(model: MessageModel = 'clustering'): MessageModel {
  if (model === 'clustering' || model === 'broadcasting') return model
  throw illegal('model', String(model), "'clustering' or 'broadcasting'")
}

function illegal(option: string, value: string, expected: string): Error {
  return clientErrors.RMQ_OPTION_ILLEGAL({ option, value, expected })
}
