import { defineErrors, RocketMQError } from '../base/errors/index.ts'

/** What became of one attempt to send. */
export interface SendAttempt {
  /** Broker name, or its address when the name is unknown. */
  readonly broker: string
  readonly reason: string
  readonly ms: number
}

function listed(attempts: readonly SendAttempt[]): string {
  return attempts.map((one, at) => `(${at + 1}) ${one.broker} after ${one.ms} ms: ${one.reason}`).join(' ')
}

export const clientErrors = defineErrors({
  RMQ_NAME_SERVER_ADDRESS: (d: { given: string }) =>
    `"${d.given}" is not a list of name servers. Write host:port, several separated by ";", such as "127.0.0.1:9876".`,
  RMQ_NAME_SERVERS_UNREACHABLE: (d: { nameServers: string; reason: string }) =>
    `None of the name servers ${d.nameServers} answers: ${d.reason} Check the address and that a name server runs there.`,
  RMQ_TOPIC_NOT_FOUND: (d: { topic: string; nameServers: string }) =>
    `Topic "${d.topic}" has no route at ${d.nameServers}: no broker has it, or none that may be written to. ` +
    `Create it, or set autoCreateTopicEnable=true at a broker.`,
  RMQ_BROKER_NOT_FOUND: (d: { brokerName: string; topic: string }) =>
    `Broker "${d.brokerName}" of topic "${d.topic}" has no known address. It may be down; check that it is registered.`,
  RMQ_SEND_FAILED: (d: { topic: string; attempts: readonly SendAttempt[]; responseCode?: number }) =>
    `Sending to topic "${d.topic}" failed in ${d.attempts.length} attempt(s): ${listed(d.attempts)}`,
  RMQ_SEND_TIMEOUT: (d: { topic: string; timeoutMs: number; attempts: readonly SendAttempt[] }) =>
    `Sending to topic "${d.topic}" was not confirmed within ${d.timeoutMs} ms: ${listed(d.attempts)} ` +
    `The message may have been stored all the same; raise the time-out, or send it again if duplicates do no harm.`,
  RMQ_SEND_BACKLOG: (d: { waitingMax: number; inFlightMax: number }) =>
    `${d.waitingMax} messages already wait behind ${d.inFlightMax} sends under way. Await earlier sends before new ones.`,
  RMQ_TOPIC_NOT_SENDABLE: (d: { topic: string }) =>
    `Nobody may send to topic "${d.topic}": it belongs to RocketMQ itself. Choose another topic.`,
  RMQ_MESSAGE_TOO_LARGE: (d: { topic: string; bytes: number; bytesMax: number; what: string }) =>
    `The ${d.what} for topic "${d.topic}" has ${d.bytes} bytes, more than ${d.bytesMax}. ` +
    `Split it, or raise maxMessageBytes here and maxMessageSize at the broker.`,
  RMQ_BATCH_ILLEGAL: (d: { topic: string; reason: string }) =>
    `The batch for topic "${d.topic}" cannot be sent: ${d.reason}`,
  RMQ_BATCH_PARTLY_SENT: (d: { sent: number; count: number; results: readonly unknown[]; reason: string }) =>
    `Of ${d.count} messages ${d.sent} are stored; the others are not: ${d.reason} ` +
    `details.results has one result per message, undefined for those to send again.`,
  RMQ_QUEUE_ILLEGAL: (d: { topic: string; reason: string }) =>
    `No queue of topic "${d.topic}" was chosen: ${d.reason}. Return one of the queues that the selector is given.`,
  RMQ_OPTION_ILLEGAL: (d: { option: string; value: string; expected: string }) =>
    `Option ${d.option} is ${d.value}: expected ${d.expected}.`,
  RMQ_SUBSCRIPTION_ILLEGAL: (d: { topic: string; expression: string; reason: string }) =>
    `The subscription "${d.expression}" to topic "${d.topic}" cannot be used: ${d.reason}`,
  RMQ_OFFSETS_UNREADABLE: (d: { path: string; reason: string }) =>
    `The offsets of a broadcast consumer in ${d.path} cannot be read: ${d.reason} Repair the file, or remove it and its .bak ` +
    `to begin as a new group.`,
  RMQ_QUEUE_NOT_ASSIGNED: (d: { queue: string; group: string }) =>
    `Queue ${d.queue} does not belong to this consumer of group "${d.group}" now. Take one of its assigned queues.`,
  RMQ_SEEK_ILLEGAL: (d: { queue: string; offset: number; min: number; max: number }) =>
    `Offset ${d.offset} is not in queue ${d.queue}: choose one from ${d.min} to ${d.max}.`,
  RMQ_SUBSCRIBED_AND_ASSIGNED: (d: { group: string }) =>
    `The consumer of group "${d.group}" either subscribes to topics or is assigned queues. Use another consumer for the other.`,
  RMQ_GIVE_BACK_FAILED: (d: { messageId: string; group: string }) =>
    `No broker took message ${d.messageId} back for group "${d.group}". Try again, or consume it here.`,
  RMQ_MESSAGE_ID_ILLEGAL: (d: { id: string }) =>
    `"${d.id}" is no offset message id: expected 32 or 56 hexadecimal digits, as SendResult.offsetMessageId has them. ` +
    `With a unique id (messageId) use queryByUniqueKey.`,
  RMQ_GROUP_TAKEN: (d: { group: string; clientId: string }) =>
    `Client ${d.clientId} already has a consumer of group "${d.group}". Use that one, or open another client.`,
  RMQ_TRANSACTION_GROUP_TAKEN: (d: { group: string; clientId: string }) =>
    `Client ${d.clientId} already has a transaction producer of group "${d.group}", and brokers ask a group about its ` +
    `transactions in one place. Use that producer, or give this one another group.`,
  RMQ_ALREADY_CLOSED: (d: { what: string }) => `The ${d.what} is closed. Open a new one.`,
})

/** The response code with which a server refused, if that is what happened. */
export function refusedWith(failure: unknown): number | undefined {
  if (!(failure instanceof RocketMQError) || failure.code !== 'RMQ_REFUSED') return undefined
  return (failure.details as { readonly responseCode: number }).responseCode
}
