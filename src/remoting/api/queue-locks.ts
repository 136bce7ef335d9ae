import { defineApi } from '../define-api.ts'

/** A member of a group asks to read queues alone, in order; bodies {@link LockRequestData} and the queues it got. */
export const LockQueues = defineApi({ code: 41, name: 'LOCK_BATCH_MQ', request: {}, response: {} })

/** It gives them back; body {@link LockRequestData}. */
export const UnlockQueues = defineApi({ code: 42, name: 'UNLOCK_BATCH_MQ', request: {}, response: {} })
