import { averageShare, circleShare, consistentHashShare, type QueueShare } from '../client/index.ts'
import { type BinderContext, functionOf } from '../framework/index.ts'
import type { MessageQueue } from '../message/index.ts'
import type { ConsumerBindingProperties } from './properties.ts'

/**
 * Divides the queues of a topic among a group's members, for `consumer.allocateMessageQueueStrategy`; all members must
 * do it alike. Apache: `AllocateMessageQueueStrategy`.
 */
export type AllocateMessageQueueStrategy = Allocate | { allocate: Allocate }

type Allocate = (
  group: string,
  clientId: string,
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
) => readonly MessageQueue[]

/** Ways that need no component, by the names that Apache's client gives them. */
const KNOWN: Readonly<Record<string, QueueShare>> = {
  '': averageShare,
  AVG: averageShare,
  AVG_BY_CIRCLE: circleShare,
  CONSISTENT_HASH: consistentHashShare,
}

/**
 * How a binding's queues are divided.
 * @throws RMQ_COMPONENT_UNKNOWN, RMQ_COMPONENT_KIND
 */
export function queueShare(
  { allocateMessageQueueStrategy: name }: ConsumerBindingProperties,
  binding: string,
  group: string,
  component: BinderContext['component'],
): QueueShare {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
  if (known !== undefined) return known
  const key = `spring.cloud.stream.rocketmq.bindings.${binding}.consumer.allocate-message-queue-strategy`
  const allocate = functionOf<Allocate>(component(name, key), 'allocate', name, key)
  return (clientId, clientIds, queues) => allocate(group, clientId, queues, clientIds)
}
