import { inRange, MS_MAX } from '../../config.ts'
import type { ConsumeFrom } from '../offsets/initial-offset.ts'
import type { ProcessQueueLimits } from '../process-queue/process-queue.ts'
import { checkedGroup, type MessageModel, messageModel, processQueueLimits } from '../push/config.ts'
import type { Subscription } from '../subscription.ts'

/** Settings of a lite pull consumer. Apache: `DefaultLitePullConsumer`. */
export interface LitePullConsumerOptions {
  /**
   * Name of the consumers that share the work: each message goes to one of them. All must have the same subscriptions.
   */
  readonly group: string
  /** Topics whose queues are divided among the group; more can follow by `subscribe`. Default none, for `assign`. */
  readonly subscriptions?: readonly Subscription[] | undefined
  /** As of a push consumer; `'broadcasting'`: each member gets every message. Default `'clustering'`. */
  readonly model?: MessageModel | undefined
  /** Where a group starts in a queue that it was never in. Default `'last'`. */
  readonly from?: ConsumeFrom | undefined
  /**
   * True: what was handed out counts as processed as soon as more is asked for, and is recorded every
   * `persistOffsetsMs`. False: only `commit` records. Default true.
   */
  readonly autoCommit?: boolean | undefined
  /** Messages a pull asks for, and `poll` gives, at most. Default 10. */
  readonly pullBatch?: number | undefined
  /** How long `poll` waits for messages. Default 5000. */
  readonly pollTimeoutMs?: number | undefined
  /**
   * Messages of all queues held here; at the limit nothing more is pulled. Default 10000. Apache:
   * `pullThresholdForAll`.
   */
  readonly cachedCountMaxAll?: number | undefined
  /** How much of one queue may be held here. */
  readonly limits?: Partial<ProcessQueueLimits> | undefined
}

/** The options with their defaults. */
export interface LitePullSettings {
  readonly group: string
  readonly model: MessageModel
  readonly from: ConsumeFrom
  readonly autoCommit: boolean
  readonly pullBatch: number
  readonly pollTimeoutMs: number
  readonly cachedCountMaxAll: number
  readonly limits: ProcessQueueLimits
}

/** @throws RMQ_GROUP_ILLEGAL, RMQ_OPTION_ILLEGAL */
export function litePullSettings(options: LitePullConsumerOptions): LitePullSettings {
  return {
    group: checkedGroup(options.group),
    model: messageModel(options.model),
    from: options.from ?? 'last',
    autoCommit: options.autoCommit ?? true,
    pullBatch: inRange('pullBatch', options.pullBatch, 10, 1, 1024),
    pollTimeoutMs: inRange('pollTimeoutMs', options.pollTimeoutMs, 5000, 0, MS_MAX),
    cachedCountMaxAll: inRange('cachedCountMaxAll', options.cachedCountMaxAll, 10_000, 1, MS_MAX),
    limits: processQueueLimits(options.limits),
  }
}
