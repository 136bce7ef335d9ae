import type { Logger } from '../../../base/log/index.ts'
import { TRANSACTION_END } from '../../../remoting/index.ts'
import type { TransactionState } from './config.ts'

/** What came of local work or a check. */
export interface LocalOutcome {
  readonly state: TransactionState
  readonly failure?: unknown
}

/** Runs work or a check; what it throws, and an answer that is none, count as `unknown`. Answers at once will do. */
export async function localOutcome(
  run: () => Promise<TransactionState>,
  what: string,
  logger: Logger,
): Promise<LocalOutcome> {
  try {
    const answer: unknown = await run()
    if (answer === 'commit' || answer === 'rollback' || answer === 'unknown') return { state: answer }
    if (answer !== undefined && answer !== null)
      logger.warn(`${what} answered neither commit nor rollback nor unknown, which counts as unknown`, { answer })
    return { state: 'unknown' }
  } catch (failure) {
    logger.warn(`${what} threw, which counts as unknown`, { reason: String(failure) })
    return { state: 'unknown', failure }
  }
}

/** The state on the wire. */
export function commitOrRollback(state: TransactionState): number {
  return TRANSACTION_END[state]
}

/** Apache's names of the states, as traces have them. Apache: `LocalTransactionState`. */
export const END_NAME: Readonly<Record<TransactionState, 'COMMIT_MESSAGE' | 'ROLLBACK_MESSAGE' | 'UNKNOW'>> = {
  commit: 'COMMIT_MESSAGE',
  rollback: 'ROLLBACK_MESSAGE',
  unknown: 'UNKNOW',
}
