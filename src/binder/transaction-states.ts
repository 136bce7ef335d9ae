/** What a transaction listener answers, under the names of Spring's listener for RocketMQ. */
export const RocketMQLocalTransactionState = { COMMIT: 'commit', ROLLBACK: 'rollback', UNKNOWN: 'unknown' } as const

/** One of the states of {@link RocketMQLocalTransactionState}. */
export type RocketMQLocalTransactionState =
  (typeof RocketMQLocalTransactionState)[keyof typeof RocketMQLocalTransactionState]

/** The same under the names of RocketMQ's Java client. */
export const LocalTransactionState = {
  COMMIT_MESSAGE: 'commit',
  ROLLBACK_MESSAGE: 'rollback',
  UNKNOW: 'unknown',
} as const

/** One of the states of {@link LocalTransactionState}. */
export type LocalTransactionState = (typeof LocalTransactionState)[keyof typeof LocalTransactionState]
