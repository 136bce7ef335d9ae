/**
 * What kind of message a trace is about; the position is its number in the text form. Apache: `MessageType` (5.3.3).
 */
export const TRACED_TYPES = ['normal', 'transaction-half', 'transaction-commit', 'delay', 'order'] as const

/** One of {@link TRACED_TYPES}. */
export type TracedType = (typeof TRACED_TYPES)[number]

/** How a call of a listener ended; the position is its number in the text form. Apache: `ConsumeReturnType` (5.3.3). */
export const CONSUME_OUTCOMES = ['success', 'timeout', 'exception', 'returned-null', 'failed'] as const

/** One of {@link CONSUME_OUTCOMES}. */
export type ConsumeOutcome = (typeof CONSUME_OUTCOMES)[number]

/** How a transaction ended. Apache: `LocalTransactionState`. */
export type TransactionEnd = 'COMMIT_MESSAGE' | 'ROLLBACK_MESSAGE' | 'UNKNOW'

interface Traced {
  /** Client's clock, epoch ms. */
  readonly timestamp: number
  /** The traced message's unique id; of a batch all, `,` between them. */
  readonly messageId: string
}

/** A message was sent. */
export interface SendTrace extends Traced {
  readonly type: 'Pub'
  readonly regionId: string
  readonly group: string
  readonly topic: string
  readonly tag: string | undefined
  /** Blanks between them. */
  readonly keys: string | undefined
  /** `host:port` of the broker. */
  readonly storeHost: string
  /** As sent, compressed or not. */
  readonly bodyBytes: number
  /** Milliseconds of the attempt that succeeded. */
  readonly ms: number
  readonly messageType: TracedType
  readonly offsetMessageId: string
  /** False: stored, but not flushed or replicated as wanted. */
  readonly success: boolean
}

/** A listener is about to get a message. */
export interface BeforeConsumeTrace extends Traced {
  readonly type: 'SubBefore'
  readonly regionId: string
  readonly group: string
  /** The same for all messages of one call, before and after. */
  readonly requestId: string
  readonly reconsumeTimes: number
  readonly keys: string | undefined
}

/** A listener has returned. */
export interface AfterConsumeTrace extends Traced {
  readonly type: 'SubAfter'
  readonly requestId: string
  /** Milliseconds of the call, divided by its messages. */
  readonly ms: number
  readonly success: boolean
  readonly keys: string | undefined
  readonly outcome: ConsumeOutcome
  /** Empty when the client that wrote the trace does not say. */
  readonly group: string
}

/** A transaction was committed or rolled back. */
export interface TransactionTrace extends Traced {
  readonly type: 'EndTransaction'
  readonly regionId: string
  readonly group: string
  readonly topic: string
  readonly tag: string | undefined
  readonly keys: string | undefined
  readonly storeHost: string
  readonly messageType: TracedType
  readonly transactionId: string
  readonly end: TransactionEnd
  /** True: the broker had asked for it. */
  readonly fromCheck: boolean
}

/** A delayed message was recalled. */
export interface RecallTrace extends Traced {
  readonly type: 'Recall'
  readonly regionId: string
  readonly group: string
  readonly topic: string
  readonly success: boolean
}

/**
 * One step in the life of a message, as its producer or consumer saw it. Apache: `TraceContext`, `TraceBean` (5.3.3).
 */
export type TraceRecord = SendTrace | BeforeConsumeTrace | AfterConsumeTrace | TransactionTrace | RecallTrace
