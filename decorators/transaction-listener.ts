import { addTransactionListener, checkLegacy } from './metadata.ts'

/** Options of {@link RocketMQTransactionListener}. */
export interface TransactionListenerOptions {
  /** Producer group whose transactions the class knows; `${…}` is filled in from the configuration. */
  readonly txProducerGroup: string
  /** Checks that may run at a time. Default 1. Beside it `corePoolSize` and `keepAliveTime` mean nothing here. */
  readonly maximumPoolSize?: number
  readonly corePoolSize?: number
  readonly keepAliveTime?: number
  /** Checks that may wait for their turn. Default 2000. */
  readonly blockingQueueSize?: number
}

/**
 * Class decorator: the class runs and checks the local part of the transactions of a producer group, by its methods
 * `executeLocalTransaction(message, arg)` and `checkLocalTransaction(message)`. Give the class to
 * `StreamApplication.run`, so that it is constructed with its injections. A second class for one group is an error when
 * the application starts.
 */
export function RocketMQTransactionListener(options: TransactionListenerOptions): ClassDecorator {
  return (target, ...context: readonly unknown[]) => {
    checkLegacy('RocketMQTransactionListener', context[0])
    const { txProducerGroup: group, maximumPoolSize: concurrency = 1, blockingQueueSize: waitingMax = 2000 } = options
    addTransactionListener(target, { group, concurrency, waitingMax })
  }
}
