import type { Scope } from '../../base/lifecycle/index.ts'
import type { ConsumerMember } from '../connection/members.ts'
import type { ConsumerParts } from './consumer-parts.ts'

/**
 * Makes a consumer known to its client; the scope has it leave, and the brokers told. Brokers get to know of it at the
 * next heartbeat.
 * @throws RMQ_GROUP_TAKEN
 */
export function joinGroup(scope: Scope, member: ConsumerMember, { members, connections }: ConsumerParts): void {
  members.addConsumer(member)
  scope.defer(async () => {
    members.removeConsumer(member.group)
    await connections.leave({ consumerGroup: member.group })
  })
}
