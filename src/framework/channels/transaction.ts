import type { SendReceipt } from './channel.ts'
import type { Message } from './message.ts'

/** How a transaction ends. `unknown`: not decided yet, the broker asks later. */
export type TransactionState = 'commit' | 'rollback' | 'unknown'

/**
 * The local part of a transaction: runs when the broker has stored the message, which nobody gets before the answer is
 * `commit`. The message has the transaction's id among its headers. What it throws counts as `unknown`.
 */
export type TransactionWork<Payload = unknown> = (message: Message<Payload>) => Promise<TransactionState>

/** Where a message was stored, and how its transaction ended. */
export interface TransactionReceipt extends SendReceipt {
  readonly state: TransactionState
  /** What the local part threw; the state is `unknown` then. */
  readonly failure?: unknown
}

/** Runs and checks the local part of the transactions of an output. */
export interface TransactionListener {
  /**
   * The local part of a message that was sent by `channel.send`.
   * @param message  its payload as an unannotated listener parameter gets it
   * @param arg  what the sender gave in the header for it; `undefined` without
   */
  executeLocalTransaction(message: Message, arg: unknown): TransactionState | Promise<TransactionState>
  /** Finds out what became of a transaction whose end the broker does not know, perhaps one of an earlier run. */
  checkLocalTransaction(message: Message): TransactionState | Promise<TransactionState>
}
