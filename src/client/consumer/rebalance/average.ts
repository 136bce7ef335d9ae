import type { MessageQueue } from '../../../message/index.ts'

/**
 * Divides sorted queues among sorted client ids: each gets a run of neighbours, the first ones one more when it does not come
 * out even. Every member computes this for itself, so all must compute the same. Apache: `AllocateMessageQueueAveragely`.
 */
export function averageShare(
  clientId: string,
  clientIds: readonly string[],
  queues: readonly MessageQueue[],
): readonly MessageQueue[] {
  const index = clientIds.indexOf(clientId)
  if (index === -1) return []
  const whole = Math.floor(queues.length / clientIds.length)
  const over = queues.length % clientIds.length
  const start = index * whole + Math.min(index, over)
  return queues.slice(start, start + whole + (index < over ? 1 : 0))
}
