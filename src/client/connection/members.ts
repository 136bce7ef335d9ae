import type { ReceivedMessage } from '../../message/index.ts'
import type { CheckTransactionState, ConsumerData, HeartbeatData, Peer, RequestOf } from '../../remoting/index.ts'
import { clientErrors } from '../errors.ts'

/** Group under which this client itself sends, when giving a message back to its broker fails. */
export const INNER_PRODUCER_GROUP = 'CLIENT_INNER_PRODUCER'

/** A queue and an offset in it. */
export interface QueueOffset {
  readonly topic: string
  readonly brokerName: string
  readonly queueId: number
  readonly offset: number
}

/** What a broker or an administrator may want of a consumer. */
export interface ConsumerMember {
  readonly group: string
  /** Its part of the heartbeat. */
  heartbeat(): ConsumerData
  /** The group's members, or a connection to one of their brokers, changed. */
  rebalance(): void
  /** A topic's route is new or has changed. */
  routeChanged(topic: string): void
  /** An administrator moves the group in a topic. */
  resetOffsets(topic: string, offsets: readonly QueueOffset[]): void
  /** Where it stands in its queues; all topics when none is given. */
  progress(topic: string | undefined): readonly QueueOffset[]
  /** A picture of itself for administrators. */
  runningInfo(): RunningInfo
  /**
   * Hands one stored message to the listener now, outside of queues and offsets; consumers without a listener have
   * none.
   */
  consumeDirectly?(record: Buffer, brokerName: string): Promise<DirectResult>
}

/** One consumer as administrators see it. Apache: `ConsumerRunningInfo`. */
export interface RunningInfo {
  readonly properties: Readonly<Record<string, string>>
  readonly subscriptionSet: ConsumerData['subscriptionDataSet']
  readonly queues: readonly (QueueOffset & { readonly info: Readonly<Record<string, number | boolean>> })[]
  /** Topic → figures of the last minute. */
  readonly statusTable: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** What became of a message that an administrator asked to consume. */
export interface DirectResult {
  readonly consumeResult: 'CR_SUCCESS' | 'CR_LATER' | 'CR_COMMIT' | 'CR_ROLLBACK' | 'CR_THROW_EXCEPTION'
  /** Given by consumers that keep order: true, and whether the call committed by itself. */
  readonly order?: boolean
  readonly autoCommit?: boolean
  readonly remark: string | undefined
  readonly spentTimeMills: number
}

/** Answers brokers that ask a producer group about a transaction. */
export interface TransactionMember {
  readonly group: string
  /** Looks into the transaction of the stored message, and tells `peer` its end. Never throws. */
  check(request: RequestOf<typeof CheckTransactionState>, message: ReceivedMessage, peer: Peer): void
}

/**
 * The producers and consumers of one client; a consumer group once, a producer group any number of times. Apache:
 * `MQClientInstance.producerTable, consumerTable`.
 */
export class Members {
  readonly #clientId: string
  /** Group → producers with it. */
  readonly #producers = new Map<string, number>()
  readonly #consumers = new Map<string, ConsumerMember>()
  readonly #transactions = new Map<string, TransactionMember>()

  constructor(clientId: string) {
    this.#clientId = clientId
  }

  get hasConsumers(): boolean {
    return this.#consumers.size > 0
  }

  get isEmpty(): boolean {
    return this.#consumers.size === 0 && this.#producers.size === 0
  }

  consumer(group: string): ConsumerMember | undefined {
    return this.#consumers.get(group)
  }

  consumers(): IterableIterator<ConsumerMember> {
    return this.#consumers.values()
  }

  addProducer(group: string): void {
    this.#producers.set(group, (this.#producers.get(group) ?? 0) + 1)
  }

  /** Whether it was the last one of its group. */
  removeProducer(group: string): boolean {
    const left = (this.#producers.get(group) ?? 0) - 1
    if (left > 0) this.#producers.set(group, left)
    else this.#producers.delete(group)
    return left <= 0
  }

  /** Who answers for the transactions of a producer group. */
  transactions(group: string): TransactionMember | undefined {
    return this.#transactions.get(group)
  }

  /** @throws RMQ_TRANSACTION_GROUP_TAKEN */
  addTransactions(member: TransactionMember): void {
    const { group } = member
    if (this.#transactions.has(group))
      throw clientErrors.RMQ_TRANSACTION_GROUP_TAKEN({ group, clientId: this.#clientId })
    this.#transactions.set(group, member)
  }

  removeTransactions(group: string): void {
    this.#transactions.delete(group)
  }

  /** @throws RMQ_GROUP_TAKEN */
  addConsumer(member: ConsumerMember): void {
    if (this.#consumers.has(member.group))
      throw clientErrors.RMQ_GROUP_TAKEN({ group: member.group, clientId: this.#clientId })
    this.#consumers.set(member.group, member)
  }

  removeConsumer(group: string): void {
    this.#consumers.delete(group)
  }

  /** What brokers are told. */
  heartbeat(): HeartbeatData {
    const producers = this.hasConsumers
      ? [...this.#producers.keys(), INNER_PRODUCER_GROUP]
      : [...this.#producers.keys()]
    return {
      clientID: this.#clientId,
      producerDataSet: producers.map((groupName) => ({ groupName })),
      consumerDataSet: [...this.#consumers.values()].map((member) => member.heartbeat()),
      heartbeatFingerprint: 0,
      withoutSub: false,
    }
  }
}
