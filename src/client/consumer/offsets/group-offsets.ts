import type { MessageQueue } from '../../../message/index.ts'
import {
  GetMaxOffset,
  GetMinOffset,
  type Peer,
  QueryConsumerOffset,
  RESPONSE_CODE,
  SearchOffset,
  UpdateConsumerOffset,
} from '../../../remoting/index.ts'
import type { BrokerConnections } from '../../connection/broker-connections.ts'
import type { Brokers } from '../../connection/brokers.ts'
import { clientErrors, refusedWith } from '../../errors.ts'
import type { GroupProgress } from './group-progress.ts'

/** How long a broker may take to tell or record an offset. */
const OFFSET_TIMEOUT_MS = 5000

/** Where a group stands in its queues, as their brokers know it. Apache: `RemoteBrokerOffsetStore`. */
export class GroupOffsets implements GroupProgress {
  readonly #group: string
  readonly #brokers: Brokers
  readonly #connections: BrokerConnections

  constructor(group: string, brokers: Brokers, connections: BrokerConnections) {
    this.#group = group
    this.#brokers = brokers
    this.#connections = connections
  }

  /** The recorded offset; `undefined` when the group was never in the queue. */
  async recorded(queue: MessageQueue): Promise<number | undefined> {
    const header = { consumerGroup: this.#group, ...wireQueue(queue) }
    const broker = await this.#connect(queue)
    try {
      return (await broker.invoke(QueryConsumerOffset, header, { timeoutMs: OFFSET_TIMEOUT_MS })).header.offset
    } catch (failure) {
      if (refusedWith(failure) === RESPONSE_CODE.QUERY_NOT_FOUND) return undefined
      throw failure
    }
  }

  /** Records an offset; resolves when the broker has it. */
  async record(queue: MessageQueue, commitOffset: number): Promise<void> {
    const header = { consumerGroup: this.#group, ...wireQueue(queue), commitOffset }
    const broker = await this.#connect(queue)
    await broker.invoke(UpdateConsumerOffset, header, { timeoutMs: OFFSET_TIMEOUT_MS })
  }

  /** The offset of the oldest message that the queue still has. */
  async start(queue: MessageQueue): Promise<number> {
    const broker = await this.#connect(queue)
    return (await broker.invoke(GetMinOffset, wireQueue(queue), { timeoutMs: OFFSET_TIMEOUT_MS })).header.offset
  }

  /** The offset that the queue's next message gets. */
  async end(queue: MessageQueue): Promise<number> {
    const broker = await this.#connect(queue)
    return (await broker.invoke(GetMaxOffset, wireQueue(queue), { timeoutMs: OFFSET_TIMEOUT_MS })).header.offset
  }

  /** The first offset stored at or after a time, epoch ms. */
  async at(queue: MessageQueue, timestamp: number): Promise<number> {
    const broker = await this.#connect(queue)
    const header = { ...wireQueue(queue), timestamp }
    return (await broker.invoke(SearchOffset, header, { timeoutMs: OFFSET_TIMEOUT_MS })).header.offset
  }

  async #connect(queue: MessageQueue): Promise<Peer> {
    const { brokerName, topic } = queue
    const address = this.#brokers.masterOrAny(brokerName)
    if (address === undefined) throw clientErrors.RMQ_BROKER_NOT_FOUND({ brokerName, topic })
    return this.#connections.connect(address)
  }
}

function wireQueue(queue: MessageQueue): { topic: string; queueId: number; bname: string } {
  return { topic: queue.topic, queueId: queue.queueId, bname: queue.brokerName }
}
