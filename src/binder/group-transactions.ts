import type { CheckedMessage, Client, ProducerOptions, TransactionProducer, TransactionState } from '../client/index.ts'
import type { BinderContext, ProducerRequest, TransactionListener } from '../framework/index.ts'
import { binderErrors } from './errors.ts'
import { inboundHeaders } from './inbound-headers.ts'
import type { ProducerBindingProperties } from './properties.ts'

/** A listener, and how many of its checks may run and wait. */
export interface BoundListener {
  readonly listener: TransactionListener
  readonly checkConcurrency?: number
  readonly checksWaitingMax?: number
}

/** What one binding contributes to the transactions of its group. */
export interface TransactionMember extends BoundListener {
  readonly group: string
  readonly topic: string
  /** Settings of the producer; those of the first binding count for the group. */
  readonly options: Omit<ProducerOptions, 'group'>
  readonly natural: ProducerRequest['natural']
}

interface Group {
  readonly members: Map<string, TransactionMember>
  producer: Promise<TransactionProducer>
}

/**
 * One transaction producer per group, whatever the number of its bindings: brokers ask a group in one place. It is
 * opened, and its listener known, before anything is sent, so that transactions of an earlier run find it.
 */
export class GroupTransactions {
  readonly #client: Client
  readonly #groups = new Map<string, Group>()

  constructor(client: Client) {
    this.#client = client
  }

  /** The producer of the member's group. */
  producerFor(member: TransactionMember): Promise<TransactionProducer> {
    const known = this.#groups.get(member.group)
    if (known !== undefined) {
      known.members.set(member.topic, member)
      return known.producer
    }
    const { group, topic, options, checkConcurrency, checksWaitingMax } = member
    const members = new Map([[topic, member]])
    const check = (message: CheckedMessage): Promise<TransactionState> =>
      checkBy(members.get(message.topic) ?? member, message)
    const limits = { checkConcurrency, checksWaitingMax }
    const producer = this.#client.transactionProducer({ ...options, ...limits, group, check, topics: [topic] })
    this.#groups.set(group, { members, producer })
    return producer
  }
}

async function checkBy({ listener, natural }: TransactionMember, message: CheckedMessage): Promise<TransactionState> {
  return listener.checkLocalTransaction(natural({ payload: message.body, headers: inboundHeaders(message) }))
}

/**
 * The listener of a binding with `producerType=Trans`: the one that the configuration names, else the one declared for
 * the group.
 * @throws RMQ_TRANSACTION_GROUP_MISSING  the binding has no producer group
 * @throws RMQ_TRANSACTION_LISTENER_MISSING  there is none, or what is there lacks the methods
 * @throws RMQ_COMPONENT_UNKNOWN  nothing has the name
 */
export function transactionListener(
  binding: string,
  group: string,
  config: ProducerBindingProperties,
  context: BinderContext,
): BoundListener {
  if (group === '') throw binderErrors.RMQ_TRANSACTION_GROUP_MISSING({ binding })
  const key = `spring.cloud.stream.rocketmq.bindings.${binding}.producer.transactionListener`
  const { transactionListener: name } = config
  if (name !== '') return { listener: checked(context.component(name, key), `${key}=${name}`, binding, group) }
  const declared = context.transactionListener(group)
  const listener = checked(declared?.listener, '', binding, group)
  if (declared === undefined) return { listener }
  return { listener, checkConcurrency: declared.concurrency, checksWaitingMax: declared.waitingMax }
}

function checked(found: unknown, from: string, binding: string, group: string): TransactionListener {
  const listener = found as Partial<TransactionListener> | null | undefined
  const { executeLocalTransaction: execute, checkLocalTransaction: check } = listener ?? {}
  if (typeof execute === 'function' && typeof check === 'function') return listener as TransactionListener
  throw binderErrors.RMQ_TRANSACTION_LISTENER_MISSING({ binding, group, from })
}
