import { checkGroup } from '../../../message/index.ts'
import { inRange, MS_MAX } from '../../config.ts'
import { clientErrors } from '../../errors.ts'
import type { TraceOptions } from '../../trace/options.ts'
import type { BatchListener, MessageListener } from '../listener.ts'
import type { ConsumeFrom } from '../offsets/initial-offset.ts'
import type { ProcessQueueLimits } from '../process-queue/process-queue.ts'
import type { Subscription } from '../subscription.ts'

/** Settings of a push consumer. Apache: `DefaultMQPushConsumer`. */
export interface PushConsumerSettings {
  /** Name of the consumers that share the work: each message goes to one of them. All must have the same subscriptions. */
  readonly group: string
  /** At least one; more can follow by `subscribe`. */
  readonly subscriptions: readonly Subscription[]
  /** Calls of the listener at a time. Default 20. */
  readonly concurrency?: number | undefined
  /** Where a group starts in a queue that it was never in. Default `'last'`. */
  readonly from?: ConsumeFrom | undefined
  /** How often a message comes again before it goes to `%DLQ%group`. Default 16. */
  readonly maxReconsumeTimes?: number | undefined
  /** When a message that is given back comes again: 0 the broker decides, 1–18 that level, -1 never. Default 0. */
  readonly delayLevelWhenNextConsume?: number | undefined
  /** A listener that has not returned after so long is taken to have failed. Default 900000. */
  readonly consumeTimeoutMs?: number | undefined
  /** Messages a pull asks for; brokers have a limit of their own. Default 32. */
  readonly pullBatch?: number | undefined
  /** Bytes a pull asks for. Default 262144. */
  readonly pullBatchBytes?: number | undefined
  /** Whether deliveries are recorded in the trace topic. Default: as the client says. */
  readonly trace?: boolean | TraceOptions | undefined
  /** How much of one queue may be held here. */
  readonly limits?: Partial<ProcessQueueLimits> | undefined
  /** How long closing waits for running listeners. Default 30000. */
  readonly closeTimeoutMs?: number | undefined
}

/** A listener for single messages or for batches, one of the two. */
export type PushConsumerOptions = PushConsumerSettings &
  (
    | { readonly listener: MessageListener; readonly batchListener?: undefined; readonly batchSize?: undefined }
    | {
        readonly listener?: undefined
        readonly batchListener: BatchListener
        /** Messages a call, at most; a call never waits for more. Default 32. */
        readonly batchSize?: number | undefined
      }
  )

/** The options with their defaults. */
export interface PushSettings {
  readonly group: string
  readonly concurrency: number
  readonly batchSize: number
  readonly from: ConsumeFrom
  readonly maxReconsumeTimes: number
  readonly delayLevelWhenNextConsume: number
  readonly consumeTimeoutMs: number
  readonly pullBatch: number
  readonly pullBatchBytes: number
  readonly limits: ProcessQueueLimits
  readonly closeTimeoutMs: number
}

const RESERVED_GROUP = 'DEFAULT_CONSUMER'
const MIB = 1024 * 1024

/** @throws RMQ_GROUP_ILLEGAL, RMQ_OPTION_ILLEGAL */
export function pushSettings(options: PushConsumerOptions): PushSettings {
  const { group, limits = {} } = options
  checkGroup(group)
  if (group === RESERVED_GROUP) throw illegal('group', group, 'a name of your own')
  if (options.subscriptions.length === 0) throw illegal('subscriptions', '[]', 'at least one topic')
  if ((options.listener === undefined) === (options.batchListener === undefined)) {
    throw illegal('listener', 'missing, or there is a batchListener too', 'a function in exactly one of the two')
  }
  return {
    group,
    concurrency: inRange('concurrency', options.concurrency, 20, 1, 100_000),
    batchSize: options.batchListener === undefined ? 1 : inRange('batchSize', options.batchSize, 32, 1, 1024),
    from: options.from ?? 'last',
    maxReconsumeTimes: inRange('maxReconsumeTimes', options.maxReconsumeTimes, 16, 0, MS_MAX),
    delayLevelWhenNextConsume: inRange('delayLevelWhenNextConsume', options.delayLevelWhenNextConsume, 0, -1, 18),
    consumeTimeoutMs: inRange('consumeTimeoutMs', options.consumeTimeoutMs, 900_000, 1, MS_MAX),
    pullBatch: inRange('pullBatch', options.pullBatch, 32, 1, 1024),
    pullBatchBytes: inRange('pullBatchBytes', options.pullBatchBytes, 262_144, 1024, 16 * MIB),
    limits: {
      cachedCountMax: inRange('limits.cachedCountMax', limits.cachedCountMax, 1000, 1, 65_535),
      cachedBytesMax: inRange('limits.cachedBytesMax', limits.cachedBytesMax, 100 * MIB, 1, 1024 * MIB),
      spanMax: inRange('limits.spanMax', limits.spanMax, 2000, 1, 65_535),
    },
    closeTimeoutMs: inRange('closeTimeoutMs', options.closeTimeoutMs, 30_000, 0, MS_MAX),
  }
}

function illegal(option: string, value: string, expected: string): Error {
  return clientErrors.RMQ_OPTION_ILLEGAL({ option, value, expected })
}
