import type { Handler, UnregisterClient } from '../../remoting/index.ts'
import type { ConsumerGroups } from './consumer-groups.ts'
import type { ProducerGroups } from './producer-groups.ts'

/** A client leaves a group. Apache: `ClientManageProcessor.unregisterClient` (5.3.3). */
export function unregisterClient(
  consumers: ConsumerGroups,
  producers: ProducerGroups,
): Handler<typeof UnregisterClient> {
  return ({ producerGroup, consumerGroup }, call) => {
    if (producerGroup !== undefined) producers.leave(producerGroup, call.peer)
    if (consumerGroup !== undefined) consumers.leave(consumerGroup, call.peer)
    return {}
  }
}
