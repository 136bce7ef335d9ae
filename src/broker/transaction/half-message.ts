import {
  decodeProperties,
  encodeProperties,
  PROPERTY,
  propertyEntry,
  SYS_FLAG,
  SYSTEM_TOPIC,
} from '../../message/index.ts'
import type { AppendMessage } from '../../store/index.ts'
import type { StoredMessage } from '../stored-message.ts'

/** Where the first halves of transactions wait. */
export const HALF_TOPIC = SYSTEM_TOPIC.transactionHalf
/** Where it is recorded which of them are ended. */
export const OP_TOPIC = SYSTEM_TOPIC.transactionOp
/** Both have one queue. */
export const HALF_QUEUE = 0

/** Half messages are found by their place in the half topic; their own flag would keep them out of its queue. */
export function halfSysFlag(sysFlag: number): number {
  return sysFlag & ~SYS_FLAG.transactionMask
}

/**
 * What a half message gets beside its own properties: its id as transaction id, and where it is to go.
 * Apache: `TransactionalMessageBridge.parseHalfMessageInner` (5.3.3).
 */
export function halfProperties(uniqueKey: string, topic: string, queueId: number): string {
  return (
    propertyEntry(PROPERTY.transactionId, uniqueKey) +
    propertyEntry(PROPERTY.realTopic, topic) +
    propertyEntry(PROPERTY.realQueueId, String(queueId))
  )
}

/** The properties of a half message that its fate hangs on. */
export interface HalfFacts {
  readonly group: string | undefined
  readonly realTopic: string | undefined
  readonly realQueueId: number
  readonly checkTimes: number
  /** How long nobody may be asked about it, as its producer wants it; `undefined`: as the broker's settings say. */
  readonly immunityMs: number | undefined
  readonly uniqueKey: string | undefined
  readonly properties: Readonly<Record<string, string>>
}

/** Reads them. */
export function halfFacts({ properties: text }: StoredMessage, timeOutMs: number): HalfFacts {
  const properties = decodeProperties(text)
  return {
    group: properties[PROPERTY.producerGroup],
    realTopic: properties[PROPERTY.realTopic],
    realQueueId: wholeNumber(properties[PROPERTY.realQueueId]) ?? 0,
    checkTimes: wholeNumber(properties[PROPERTY.transactionCheckTimes]) ?? 0,
    immunityMs: immunityMs(properties[PROPERTY.checkImmunitySeconds], timeOutMs),
    uniqueKey: properties[PROPERTY.uniqueKey],
    properties,
  }
}

/** Apache: `TransactionalMessageUtil.getImmunityTime` (5.3.3). */
function immunityMs(text: string | undefined, timeOutMs: number): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  return Number.isInteger(seconds) && seconds !== -1 ? seconds * 1000 : timeOutMs
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = Number(text)
  return text !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined
}

/**
 * The message that consumers get when a transaction is committed: the half with its own topic and queue, the mark of a
 * commit and the half's position. Its properties stay. Apache: `EndTransactionProcessor.endMessageTransaction` (5.3.3).
 */
export function committedMessage(half: StoredMessage, topic: string, queueId: number): AppendMessage {
  return {
    ...storedAgain(half),
    topic,
    queueId,
    sysFlag: halfSysFlag(half.sysFlag) | SYS_FLAG.transactionCommit,
    preparedTransactionOffset: half.physicalOffset,
    properties: half.properties,
  }
}

/** A half message to be stored in another place, with these properties changed. */
export function movedHalf(
  half: StoredMessage,
  topic: string,
  changes: Readonly<Record<string, string>>,
): AppendMessage {
  const properties = encodeProperties({ ...decodeProperties(half.properties), ...changes })
  return { ...storedAgain(half), topic, queueId: HALF_QUEUE, sysFlag: half.sysFlag, properties }
}

function storedAgain(half: StoredMessage): Omit<AppendMessage, 'topic' | 'queueId' | 'sysFlag' | 'properties'> {
  const { flag, bornTimestamp, bornHost, reconsumeTimes, body } = half
  return { flag, bornTimestamp, bornHost, reconsumeTimes, body, preparedTransactionOffset: 0, waitStoreOk: false }
}
