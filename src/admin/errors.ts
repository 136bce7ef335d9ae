import { defineErrors } from '../base/errors/index.ts'

export const adminErrors = defineErrors({
  RMQ_ADMIN_ADDRESS: (d: { value: string }) =>
    `"${d.value}" is not the address of a server. Write host:port; several name servers are separated by ";".`,
  RMQ_ADMIN_CLUSTER: (d: { cluster: string; known: readonly string[] }) =>
    `There is no cluster "${d.cluster}" at the name server. It knows: ${d.known.join(', ') || 'none'}.`,
  RMQ_ADMIN_BROKER: (d: { broker: string; known: readonly string[] }) =>
    `There is no broker "${d.broker}" at the name server. It knows: ${d.known.join(', ') || 'none'}.`,
  RMQ_ADMIN_NO_PROGRESS: (d: { group: string; reason: string }) =>
    `Group "${d.group}" has no progress at any broker: ${d.reason}.`,
  RMQ_ADMIN_NO_MESSAGE: (d: { topic: string; what: string }) =>
    `Topic "${d.topic}" has no message with ${d.what}: it was never stored there, it is gone, or its times are outside the wanted ones.`,
})
