import { type MessageQueue, queueKey } from '../../../message/index.ts'
import { clientErrors } from '../../errors.ts'
import type { TopicRoutes } from '../../route/topic-routes.ts'

/**
 * Checks that a topic has those of the queues that are its own; a queue that does not exist would be waited for in
 * silence.
 * @throws RMQ_OPTION_ILLEGAL, RMQ_NAME_SERVERS_UNREACHABLE
 */
export async function checkQueues(topic: string, queues: readonly MessageQueue[], routes: TopicRoutes): Promise<void> {
  const route = await routes.ask(topic)
  const known = new Set(route?.subscribeQueues.map(queueKey))
  const unknown = queues.filter((queue) => queue.topic === topic).find((queue) => !known.has(queueKey(queue)))
  if (unknown === undefined) return
  const expected = `queues that the topic has: ${[...known].join(', ') || 'none'}`
  throw clientErrors.RMQ_OPTION_ILLEGAL({ option: 'queues', value: queueKey(unknown), expected })
}
