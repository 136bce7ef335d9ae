import { type Handler, type LockQueues, lockedQueuesBody, lockRequestBody } from '../../remoting/index.ts'
import type { QueueLocks } from './queue-locks.ts'

/** A client locks queues of its group. Apache: `AdminBrokerProcessor.lockBatchMQ` (5.3.3). */
export function lockQueues(locks: QueueLocks): Handler<typeof LockQueues> {
  return (_request, call) => {
    const { consumerGroup, clientId, mqSet } = lockRequestBody.decode(call.body)
    return { body: lockedQueuesBody.encode({ lockOKMQSet: locks.lock(consumerGroup, clientId, mqSet) }) }
  }
}
