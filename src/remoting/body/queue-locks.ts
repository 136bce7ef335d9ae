import { z } from '../../base/schema/index.ts'
import { type Body, defineBody } from './define-body.ts'
import type { WireQueue } from './queue-map.ts'

const queue = z.object({ topic: z.string(), brokerName: z.string(), queueId: z.number() })
const queues = z
  .array(queue)
  .nullish()
  .transform((items) => items ?? [])

/** Which queues a client locks or unlocks. Apache: `LockBatchRequestBody`, `UnlockBatchRequestBody`. */
export interface LockRequestData {
  readonly consumerGroup: string
  readonly clientId: string
  readonly mqSet: readonly WireQueue[]
  /** Whether the other brokers of this name need not be asked. */
  readonly onlyThisBroker: boolean
}

/** Body of LOCK_BATCH_MQ and UNLOCK_BATCH_MQ. */
export const lockRequestBody: Body<LockRequestData> = defineBody(
  'a lock request',
  z.object({
    consumerGroup: z.string(),
    clientId: z.string(),
    mqSet: queues,
    onlyThisBroker: z.boolean().default(false),
  }),
)

/** Body of the reply to LOCK_BATCH_MQ: those of the asked queues that the client has now. */
export const lockedQueuesBody: Body<{ readonly lockOKMQSet: readonly WireQueue[] }> = defineBody(
  'locked queues',
  z.object({ lockOKMQSet: queues }),
)
