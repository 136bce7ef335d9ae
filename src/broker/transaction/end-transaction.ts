import type { Logger } from '../../base/log/index.ts'
import type { Clock } from '../../base/time/index.ts'
import { appendProperties, checkRecord, PROPERTY } from '../../message/index.ts'
import {
  type EndTransaction,
  type Handler,
  RESPONSE_CODE,
  type RequestOf,
  TRANSACTION_END,
} from '../../remoting/index.ts'
import type { AppendMessage, AppendStatus, MessageStore } from '../../store/index.ts'
import { appendOne, isStored } from '../append-one.ts'
import { DELAY_TOPIC, type DelayLevels, delayProperties, delayQueueOf } from '../delay/delay-levels.ts'
import { readStoredMessage, type StoredMessage } from '../stored-message.ts'
import type { EndedHalves } from './ended-halves.ts'
import { committedMessage, HALF_TOPIC, type HalfFacts, halfFacts } from './half-message.ts'
import type { MovedHalves } from './moved-halves.ts'

/** What ending transactions stands on. */
export interface EndTransactionParts {
  readonly store: MessageStore
  readonly ended: EndedHalves
  readonly moved: MovedHalves
  readonly levels: DelayLevels
  readonly clock: Clock
  readonly logger: Logger
  readonly transactionTimeOut: number
}

type EndRequest = RequestOf<typeof EndTransaction>

interface Refusal {
  readonly code: number
  readonly remark: string
}

const NOT_FOUND = refusal('Find prepared transaction message failed')

/**
 * Commits or rolls back a half message. A commit stores the message in its own topic and queue, delayed if it wants to
 * be; a second end of the same half message has no effect. Apache: `EndTransactionProcessor` (5.3.3).
 */
export function endTransaction(parts: EndTransactionParts): Handler<typeof EndTransaction> {
  const { store, ended, moved, logger, levels, transactionTimeOut, clock } = parts
  // Half messages whose commit is being stored.
  const committing = new Set<number>()
  return async (request, call) => {
    const { commitOrRollback, producerGroup: group, tranStateTableOffset, fromTransactionCheck = false } = request
    const isCommit = commitOrRollback === TRANSACTION_END.commit
    if (!isCommit && commitOrRollback !== TRANSACTION_END.rollback) {
      logger.info('a transaction stays open', { group, transaction: request.transactionId, peer: call.peer.address })
      return {}
    }
    const record = await store.recordAt(request.commitLogOffset)
    const half = record === undefined ? undefined : halfIn(record, request.commitLogOffset)
    if (half === undefined) return NOT_FOUND
    const facts = halfFacts(half, transactionTimeOut)
    const refused = fault(half, facts, request) ?? tooLate(half, facts, fromTransactionCheck, clock.now())
    if (refused !== undefined) return refused
    // From here to the append, or the end, nothing else runs: of two ends one counts.
    const current = moved.current(tranStateTableOffset)
    if (current === undefined || ended.has(current) || committing.has(current)) return {}
    if (isCommit) {
      committing.add(current)
      const result = await appendOne(store, finalMessage(half, facts, levels))
      committing.delete(current)
      if (!isStored(result)) return putRefusal(result.status)
    }
    // It may have been moved while the commit was being stored.
    ended.end(moved.current(tranStateTableOffset) ?? current)
    moved.ended(tranStateTableOffset)
    return {}
  }
}

/** The half message in the bytes at a place that a producer named, which may be any place. */
function halfIn(record: Buffer, physicalOffset: number): StoredMessage | undefined {
  if (checkRecord(record, 0, record.length, 'none') <= 0) return undefined
  const message = readStoredMessage(record, 0)
  return message.topic === HALF_TOPIC && message.physicalOffset === physicalOffset ? message : undefined
}

function fault(half: StoredMessage, { group, realTopic }: HalfFacts, request: EndRequest): Refusal | undefined {
  if (group !== request.producerGroup) return refusal('The producer group wrong')
  if (half.queueOffset !== request.tranStateTableOffset) return refusal('The transaction state table offset wrong')
  return realTopic === undefined ? NOT_FOUND : undefined
}

/** After the time that its producer asked for, only the answer to a check counts. */
function tooLate(
  half: StoredMessage,
  { immunityMs }: HalfFacts,
  isFromCheck: boolean,
  nowMs: number,
): Refusal | undefined {
  if (isFromCheck || immunityMs === undefined || nowMs - half.bornTimestamp <= immunityMs) return undefined
  const remark = `The transaction is older than its ${PROPERTY.checkImmunitySeconds}, so its producer group is asked about it`
  return { code: RESPONSE_CODE.ILLEGAL_OPERATION, remark }
}

function finalMessage(half: StoredMessage, facts: HalfFacts, levels: DelayLevels): AppendMessage {
  const { realTopic = '', realQueueId, properties } = facts
  const message = committedMessage(half, realTopic, realQueueId)
  const asked = Number(properties[PROPERTY.delayLevel] ?? 0)
  if (!(asked > 0)) return message
  const level = Math.min(asked, levels.max)
  const delayed = appendProperties(half.properties, delayProperties(asked, level, realTopic, realQueueId))
  return { ...message, topic: DELAY_TOPIC, queueId: delayQueueOf(level), properties: delayed }
}

function putRefusal(status: AppendStatus): Refusal {
  if (status === 'service-not-available') {
    return { code: RESPONSE_CODE.SERVICE_NOT_AVAILABLE, remark: 'Service not available now.' }
  }
  const remark = 'The message is illegal, maybe msg body or properties length not matched.'
  return { code: RESPONSE_CODE.MESSAGE_ILLEGAL, remark }
}

function refusal(remark: string): Refusal {
  return { code: RESPONSE_CODE.SYSTEM_ERROR, remark }
}
