import { parseProperties } from '../base/config/index.ts'
import {
  type BrokerConsumeStats,
  brokerConsumeStatsBody,
  CleanExpiredQueues,
  CleanUnusedTopics,
  DeleteExpiredLog,
  GetAllConsumeStats,
  GetAllProducers,
  GetBrokerConfig,
  GetBrokerRuntimeInfo,
  GetStatistic,
  kvTableBody,
  type ProducerInfo,
  producerTableBody,
  type Statistic,
  statisticBody,
  UpdateBrokerConfig,
} from '../remoting/index.ts'
import type { AdminConnection } from './admin-connection.ts'
import { propertiesText } from './properties-text.ts'

/** One broker, by its address `host:port`: look at it, change its settings. */
export interface BrokerOperations {
  /** What it has done and how it stands, as texts. Apache: `MQAdminExt.fetchBrokerRuntimeStats`. */
  runtime(broker: string): Promise<Readonly<Record<string, string>>>
  /** Its settings, key → text. Apache: `MQAdminExt.getBrokerConfig`. */
  config(broker: string): Promise<ReadonlyMap<string, string>>
  /**
   * Changes settings; resolves to what the broker remarks on it, for example which of them wait for a restart.
   * @throws RMQ_REFUSED  `details.responseCode` 16: a key is protected; 29: a key or value is wrong (only our own
   *   broker says so)
   */
  updateConfig(broker: string, changes: Readonly<Record<string, string>>): Promise<string | undefined>
  /** Where all its groups stand, or only in ordered topics. Apache: `MQAdminExt.fetchConsumeStatsInBroker`. */
  consumeStats(
    broker: string,
    options?: { readonly isOrder?: boolean; readonly timeoutMs?: number },
  ): Promise<BrokerConsumeStats>
  /**
   * One statistic, for example `TOPIC_PUT_NUMS` of a topic, `GROUP_GET_NUMS` of `topic@group`.
   * @throws RMQ_REFUSED  `details.responseCode` 1: nothing of the kind was counted
   */
  statistic(broker: string, name: string, key: string): Promise<Statistic>
  /** All its producers, group → producers. */
  producers(broker: string): Promise<Readonly<Record<string, readonly ProducerInfo[]>>>
  /**
   * Lets it delete expired commit log files at any hour; it begins now. Apache:
   * `MQAdminExt.deleteExpiredCommitLogByAddr`.
   */
  deleteExpiredLog(broker: string): Promise<void>
  /**
   * Removes queues all of whose messages have left the log. Apache: `MQAdminExt.cleanExpiredConsumerQueueByAddr`.
   * @throws RMQ_REFUSED  `details.responseCode` 1: its disk refuses
   */
  cleanExpiredQueues(broker: string): Promise<void>
  /** Removes queues of topics that it does not have any more. Apache: `MQAdminExt.cleanUnusedTopicByAddr`. */
  cleanUnusedTopics(broker: string): Promise<void>
}

/** @see BrokerOperations */
export function brokerOperations(connection: AdminConnection): BrokerOperations {
  return {
    async runtime(broker) {
      return kvTableBody.decode((await connection.ask(broker, GetBrokerRuntimeInfo, {})).body).table
    },
    async config(broker) {
      const { body } = await connection.ask(broker, GetBrokerConfig, {})
      const { entries } = parseProperties(body.toString('utf8'), broker)
      return new Map([...entries].map(([key, { text }]) => [key, text]))
    },
    async updateConfig(broker, changes) {
      const body = propertiesText(changes)
      const { remark } = await connection.ask(broker, UpdateBrokerConfig, {}, { body })
      return remark === '' ? undefined : remark
    },
    async consumeStats(broker, { isOrder = false, timeoutMs } = {}) {
      const answer = await connection.ask(
        broker,
        GetAllConsumeStats,
        { isOrder },
        timeoutMs === undefined ? {} : { timeoutMs },
      )
      return brokerConsumeStatsBody.decode(answer.body)
    },
    async statistic(broker, statsName, statsKey) {
      return statisticBody.decode((await connection.ask(broker, GetStatistic, { statsName, statsKey })).body)
    },
    async producers(broker) {
      return producerTableBody.decode((await connection.ask(broker, GetAllProducers, {})).body).data
    },
    async deleteExpiredLog(broker) {
      await connection.ask(broker, DeleteExpiredLog, {})
    },
    async cleanExpiredQueues(broker) {
      await connection.ask(broker, CleanExpiredQueues, {})
    },
    async cleanUnusedTopics(broker) {
      await connection.ask(broker, CleanUnusedTopics, {})
    },
  }
}
