import type { Message, ReceivedMessage } from '../../../message/index.ts'
import { inRange, MS_MAX } from '../../config.ts'
import type { ProducerOptions } from '../config.ts'
import type { SendResult } from '../send-result.ts'

/**
 * How a transaction ends. `commit`: consumers get the message. `rollback`: nobody ever does. `unknown`: the broker asks
 * later. Apache: `LocalTransactionState`.
 */
export type TransactionState = 'commit' | 'rollback' | 'unknown'

/** A message whose first half is stored. */
export interface TransactionMessage extends Message {
  /** Names the transaction; keep it with what the work does, so that a check finds it. Equal to the message's id. */
  readonly transactionId: string
}

/** A message of a transaction whose end the broker does not know. */
export interface CheckedMessage extends ReceivedMessage {
  /** As the work was given it. */
  readonly transactionId: string
  /** How often the group was asked about it, this time included. */
  readonly checkTimes: number
}

/** The local part of a transaction; runs when the first half of the message is stored. */
export type TransactionWork = (message: TransactionMessage) => Promise<TransactionState>

/** Finds out what became of a transaction, perhaps one of another member of the group that died. */
export type TransactionCheck = (message: CheckedMessage) => Promise<TransactionState>

/** Settings of a transaction producer. Apache: `TransactionMQProducer`. */
export interface TransactionProducerOptions extends ProducerOptions {
  /** Called when a broker asks about a transaction of the group; what it throws counts as `unknown`. */
  readonly check: TransactionCheck
  /**
   * Topics of the group's transactions. Their brokers know of this producer from the start, so they can ask it about
   * transactions of its predecessors before it sends anything. Default: the brokers that create topics are told.
   */
  readonly topics?: readonly string[] | undefined
  /** Checks under way at a time; further ones wait. Default 1. */
  readonly checkConcurrency?: number | undefined
  /** Checks that may wait; further ones are dropped, and the broker asks again. Default 2000. */
  readonly checksWaitingMax?: number | undefined
}

/** Where the message was stored, and how its transaction ended. Apache: `TransactionSendResult`. */
export interface TransactionResult extends SendResult {
  readonly transactionId: string
  /** `rollback` without the work having run: the first half was not stored as the broker's settings want it. */
  readonly state: TransactionState
  /** What the work threw; the state is `unknown` then. */
  readonly failure?: unknown
}

/** The options of checks with their defaults. */
export interface CheckSettings {
  readonly check: TransactionCheck
  readonly checkConcurrency: number
  readonly checksWaitingMax: number
}

/** @throws RMQ_OPTION_ILLEGAL */
export function checkSettings(options: TransactionProducerOptions): CheckSettings {
  return {
    check: options.check,
    checkConcurrency: inRange('checkConcurrency', options.checkConcurrency, 1, 1, 10_000),
    checksWaitingMax: inRange('checksWaitingMax', options.checksWaitingMax, 2000, 0, MS_MAX),
  }
}
