import type { QueueOffset, RunningInfo } from '../../connection/members.ts'
import type { ConsumeFrom } from '../offsets/initial-offset.ts'
import type { OrderlySettings } from '../orderly/config.ts'
import type { ProcessQueue, ProcessQueueLimits } from '../process-queue/process-queue.ts'
import type { QueueShare } from '../rebalance/shares.ts'
import type { Subscriptions } from '../subscriptions.ts'
import type { ConsumerStats } from './consumer-stats.ts'

const MIB = 1024 * 1024

/** Where the queues of a topic stand; of all topics when none is given. */
export function progressOf(queues: readonly ProcessQueue[], topic: string | undefined): readonly QueueOffset[] {
  return queues
    .filter(({ queue }) => topic === undefined || queue.topic === topic)
    .map(({ queue, progress }) => ({ ...queue, offset: progress }))
}

/** Settings as they are shown; those of push and of pull consumers differ. */
interface ShownSettings {
  readonly limits: ProcessQueueLimits
  readonly from: ConsumeFrom
  /** Listeners at a time; a pull consumer has none. */
  readonly concurrency?: number
  readonly orderly?: OrderlySettings | undefined
  readonly share?: QueueShare
}

/** A picture of a consumer under the names that `mqadmin consumerStatus` reads. Apache: `ConsumerRunningInfo`. */
export function runningInfo(
  settings: ShownSettings,
  consumeType: 'CONSUME_PASSIVELY' | 'CONSUME_ACTIVELY',
  nameServers: readonly string[],
  startedAt: number,
  parts: {
    readonly queues: readonly ProcessQueue[]
    readonly subscriptions: Subscriptions
    readonly stats: ConsumerStats
    /** When the queue's lock was renewed last, epoch ms; `undefined`: it has none. */
    readonly lockedAt?: (key: string) => number | undefined
  },
): RunningInfo {
  const { limits, from, orderly, share: _, ...plain } = settings
  const inOrder = { suspendMs: orderly?.suspendMs, autoCommit: orderly?.autoCommit }
  const more = orderly === undefined ? {} : inOrder
  const configured = Object.entries({ ...plain, ...limits, ...more, consumeFrom: JSON.stringify(from) })
  return {
    properties: {
      ...Object.fromEntries(configured.map(([name, value]) => [name, String(value)])),
      PROP_NAMESERVER_ADDR: nameServers.map((address) => `${address};`).join(''),
      PROP_CONSUME_TYPE: consumeType,
      PROP_CLIENT_VERSION: 'V5_3_3',
      PROP_CONSUMEORDERLY: String(orderly !== undefined),
      PROP_THREADPOOL_CORE_SIZE: String(settings.concurrency ?? 0),
      PROP_CONSUMER_START_TIMESTAMP: String(startedAt),
    },
    subscriptionSet: parts.subscriptions.data,
    queues: parts.queues.map((processQueue) => ({
      ...processQueue.queue,
      offset: processQueue.progress,
      info: queueInfo(processQueue, parts.lockedAt?.(processQueue.key)),
    })),
    statusTable: parts.stats.statusTable(),
  }
}

function queueInfo(
  processQueue: ProcessQueue,
  lockedAt: number | undefined,
): Readonly<Record<string, number | boolean>> {
  const { count, bytes, progress, newestOffset, dropped } = processQueue
  return {
    cachedMsgMinOffset: count === 0 ? 0 : progress,
    cachedMsgMaxOffset: count === 0 ? 0 : newestOffset,
    cachedMsgCount: count,
    cachedMsgSizeInMiB: Math.floor(bytes / MIB),
    transactionMsgMinOffset: 0,
    transactionMsgMaxOffset: 0,
    transactionMsgCount: 0,
    locked: lockedAt !== undefined,
    tryUnlockTimes: 0,
    lastLockTimestamp: lockedAt ?? 0,
    droped: dropped,
    lastPullTimestamp: processQueue.lastPullMs,
    lastConsumeTimestamp: processQueue.lastConsumeMs,
  }
}
