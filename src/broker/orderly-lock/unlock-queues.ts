import { type Handler, lockRequestBody, type UnlockQueues } from '../../remoting/index.ts'
import type { QueueLocks } from './queue-locks.ts'

/** A client gives locked queues back. Apache: `AdminBrokerProcessor.unlockBatchMQ` (5.3.3). */
export function unlockQueues(locks: QueueLocks): Handler<typeof UnlockQueues> {
  return (_request, call) => {
    const { consumerGroup, clientId, mqSet } = lockRequestBody.decode(call.body)
    locks.unlock(consumerGroup, clientId, mqSet)
    return {}
  }
}
