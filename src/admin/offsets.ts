import { codeOf, RocketMQError } from '../base/errors/index.ts'
import {
  GetMaxOffset,
  RESPONSE_CODE,
  ResetOffset,
  readQueueNumbers,
  SearchOffset,
  UpdateConsumerOffset,
  type WireQueue,
} from '../remoting/index.ts'
import type { AdminConnection } from './admin-connection.ts'
import { masterOrSlave } from './broker-choice.ts'
import type { GroupOperations } from './groups.ts'
import type { TopicOperations } from './topics.ts'

/** Where a group reads a queue next. */
export interface QueueOffsetChange extends WireQueue {
  readonly offset: number
}

/** Progress of consumer groups: move it. */
export interface OffsetOperations {
  /**
   * Lets a group read a topic from a time on (epoch ms; -1: only what comes from now on). Consumers that are online
   * move at once. A broker that cannot move a group without its consumers (4.x) is told the offsets one by one. Apache:
   * `MQAdminExt.resetOffsetByTimestamp`.
   * @throws RMQ_REFUSED  `details.responseCode` 17: no such topic, 26: no such group
   */
  reset(
    group: string,
    topic: string,
    timestampMs: number,
    options?: { readonly force?: boolean; readonly routeTopic?: string | undefined },
  ): Promise<readonly QueueOffsetChange[]>
  /**
   * Lets a group read one queue of a broker from a time or an offset on; resolves to the offset.
   * @throws RMQ_REFUSED
   */
  resetQueue(
    group: string,
    queue: { readonly topic: string; readonly broker: string; readonly queueId: number },
    to: { readonly timestampMs: number } | { readonly offset: number },
  ): Promise<number>
  /**
   * Lets a group begin where another one is, in all queues the other has read; resolves to how many those are.
   * Apache: `CloneGroupOffsetCommand`.
   * @throws RMQ_REFUSED, RMQ_ADMIN_NO_PROGRESS
   */
  clone(from: string, to: string, topic: string): Promise<number>
}

const NEWEST_MS = -1

/** @see OffsetOperations */
export function offsetOperations(
  connection: AdminConnection,
  topics: TopicOperations,
  groups: GroupOperations,
): OffsetOperations {
  const addressByName = async (topic: string): Promise<ReadonlyMap<string, string>> => {
    const { brokerDatas } = await topics.route(topic)
    return new Map(brokerDatas.map((broker) => [broker.brokerName, masterOrSlave(broker) ?? '']))
  }
  const commit = async (
    address: string,
    group: string,
    { topic, queueId }: WireQueue,
    offset: number,
  ): Promise<void> => {
    await connection.ask(address, UpdateConsumerOffset, { consumerGroup: group, topic, queueId, commitOffset: offset })
  }
  const offsetAt = async (address: string, topic: string, queueId: number, timestampMs: number): Promise<number> => {
    const answer =
      timestampMs === NEWEST_MS
        ? await connection.ask(address, GetMaxOffset, { topic, queueId })
        : await connection.ask(address, SearchOffset, { topic, queueId, timestamp: timestampMs })
    return answer.header.offset
  }
  /** What a tool does with a broker that leaves the work to the consumers, none of which is online. */
  const resetQueueByQueue = async (
    address: string,
    group: string,
    topic: string,
    timestampMs: number,
    brokerName: string,
  ): Promise<QueueOffsetChange[]> => {
    const { queues } = await topics.status(topic)
    const own = queues.filter((queue) => queue.brokerName === brokerName)
    return Promise.all(
      own.map(async (queue) => {
        const offset = await offsetAt(address, topic, queue.queueId, timestampMs)
        await commit(address, group, queue, offset)
        return { topic, brokerName, queueId: queue.queueId, offset }
      }),
    )
  }
  return {
    async reset(group, topic, timestampMs, { force = true, routeTopic = topic } = {}) {
      const changes: QueueOffsetChange[] = []
      for (const [brokerName, address] of await addressByName(routeTopic)) {
        try {
          const header = { topic, group, timestamp: timestampMs, isForce: force }
          const { body } = await connection.ask(address, ResetOffset, header)
          changes.push(...(body.length === 0 ? [] : readQueueNumbers(body, 'offsetTable')))
        } catch (failure) {
          if (!isConsumerNotOnline(failure)) throw failure
          changes.push(...(await resetQueueByQueue(address, group, topic, timestampMs, brokerName)))
        }
      }
      return changes.sort((left, right) =>
        left.brokerName === right.brokerName
          ? left.queueId - right.queueId
          : left.brokerName < right.brokerName
            ? -1
            : 1,
      )
    },
    async resetQueue(group, { topic, broker, queueId }, to) {
      const offset = 'offset' in to ? to.offset : await offsetAt(broker, topic, queueId, to.timestampMs)
      const timestamp = 'offset' in to ? 0 : to.timestampMs
      await commit(broker, group, { topic, brokerName: '', queueId }, offset)
      await connection.ask(broker, ResetOffset, { topic, group, timestamp, isForce: true, queueId, offset })
      return offset
    },
    async clone(from, to, topic) {
      const { queues } = await groups.progress(from)
      const addresses = await addressByName(topic)
      let count = 0
      for (const queue of queues) {
        const address = addresses.get(queue.brokerName)
        if (address === undefined) continue
        await commit(address, to, queue, queue.consumerOffset)
        count++
      }
      return count
    },
  }
}

function isConsumerNotOnline(failure: unknown): boolean {
  if (codeOf(failure) !== 'RMQ_REFUSED' || !(failure instanceof RocketMQError)) return false
  return (failure.details as { responseCode: number }).responseCode === RESPONSE_CODE.CONSUMER_NOT_ONLINE
}
