import { textOf } from '../../base/errors/index.ts'
import type { Logger } from '../../base/log/index.ts'
import {
  type CleanExpiredQueues,
  type CleanUnusedTopics,
  type DeleteExpiredLog,
  type Handler,
  RESPONSE_CODE,
} from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { BrokerConfig } from '../config.ts'
import { isSystemTopic } from '../topics/system-topics.ts'
import type { TopicTable } from '../topics/topic-table.ts'

/** Light message queues have no topic of their own. */
const LIGHT_QUEUE_PREFIX = '%LMQ%'

/**
 * Deletes old log files at any hour; the answer does not wait. Apache: `AdminBrokerProcessor.deleteExpiredCommitLog`
 * (5.3.3).
 */
export function deleteExpiredLog(store: MessageStore, logger: Logger): Handler<typeof DeleteExpiredLog> {
  return () => {
    store.deleteExpired().catch((failure: unknown) => {
      logger.error('old files could not be deleted', { reason: textOf(failure) })
    })
    return {}
  }
}

/** Removes queues without messages in the log. Apache: `AdminBrokerProcessor.cleanExpiredConsumeQueue` (5.3.3). */
export function cleanExpiredQueues(store: MessageStore, config: BrokerConfig): Handler<typeof CleanExpiredQueues> {
  return () => {
    try {
      store.deleteExpiredQueues((topic) => isSystemTopic(topic, config))
      return {}
    } catch (failure) {
      return { code: RESPONSE_CODE.SYSTEM_ERROR, remark: textOf(failure) }
    }
  }
}

/** Removes the queues of topics that there are not. Apache: `DefaultMessageStore.cleanUnusedTopic` (5.3.3). */
export function cleanUnusedTopics(
  store: MessageStore,
  topics: TopicTable,
  config: BrokerConfig,
): Handler<typeof CleanUnusedTopics> {
  return async () => {
    for (const topic of store.queues().keys()) {
      const isUsed = topics.get(topic) !== undefined || isSystemTopic(topic, config)
      if (!isUsed && !topic.startsWith(LIGHT_QUEUE_PREFIX)) await store.dropTopic(topic)
    }
    return {}
  }
}
