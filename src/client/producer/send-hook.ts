import type { Outgoing } from './outgoing.ts'
import type { SendResult } from './send-result.ts'

/** A transaction that a producer has ended. */
export interface EndedTransaction {
  readonly topic: string
  readonly messageId: string
  readonly tag: string | undefined
  /** Blanks between them. */
  readonly keys: string | undefined
  /** `host:port` of the broker that has the message. */
  readonly storeHost: string
  readonly regionId: string
  readonly transactionId: string
  readonly end: 'COMMIT_MESSAGE' | 'ROLLBACK_MESSAGE' | 'UNKNOW'
  /** True: the broker had asked for it. */
  readonly fromCheck: boolean
}

/** Is told what a producer did. Apache: `SendMessageHook`, `EndTransactionHook`. */
export interface SendHook {
  /** A message was stored: by which broker, in how many milliseconds of the attempt that succeeded. Must not throw. */
  sent(sent: Outgoing, result: SendResult, storeHost: string, ms: number): void
  /** A transaction was committed or rolled back. Must not throw. */
  transactionEnded(ended: EndedTransaction): void
  /** The producer is closed; resolves when what is under way is done, or has taken too long. */
  close(): Promise<void>
}
