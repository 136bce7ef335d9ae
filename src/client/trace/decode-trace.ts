import { FIELD_END, RECORD_END } from './encode-trace.ts'
import { CONSUME_OUTCOMES, TRACED_TYPES, type TraceRecord, type TransactionEnd } from './trace-record.ts'

const NOTHING = 'null'

/** Fewest fields of each kind of record, over all versions of Java's client. */
const FIELDS_MIN: Readonly<Record<string, number>> = {
  Pub: 13,
  SubBefore: 7,
  SubAfter: 5,
  EndTransaction: 13,
  Recall: 7,
}

/**
 * Reads the records in the body of a trace message, those of Java's clients from 4.4 on included. What cannot be
 * understood is left out. Apache: `TraceDataEncoder.decoderFromTraceDataString` (5.3.3).
 */
export function decodeTrace(text: string): readonly TraceRecord[] {
  return text.split(RECORD_END).flatMap((record) => {
    const fields = record.split(FIELD_END)
    const decoded =
      fields.length < (FIELDS_MIN[fields[0] ?? ''] ?? Number.POSITIVE_INFINITY) ? undefined : decode(fields)
    return decoded === undefined ? [] : [decoded]
  })
}

function decode(fields: readonly string[]): TraceRecord | undefined {
  const text = (at: number): string => fields[at] ?? ''
  const optional = (at: number): string | undefined => (text(at) === NOTHING || text(at) === '' ? undefined : text(at))
  const number = (at: number): number => Number(text(at)) || 0
  const isTrue = (at: number): boolean => text(at) === 'true'
  const messageType = (at: number) => TRACED_TYPES[number(at)] ?? 'normal'
  const timestamp = number(1)
  const sent = { timestamp, regionId: text(2), group: text(3), topic: text(4), messageId: text(5) }
  switch (fields[0]) {
    case 'Pub':
      return {
        type: 'Pub',
        ...sent,
        tag: optional(6),
        keys: optional(7),
        storeHost: text(8),
        bodyBytes: number(9),
        ms: number(10),
        messageType: messageType(11),
        // The first clients had no offset id.
        offsetMessageId: fields.length === 13 ? '' : text(12),
        success: isTrue(fields.length === 13 ? 12 : 13),
      }
    case 'SubBefore': {
      const [, , regionId = '', group = '', requestId = '', messageId = ''] = fields
      const reconsumeTimes = number(6)
      return { type: 'SubBefore', timestamp, regionId, group, requestId, messageId, reconsumeTimes, keys: optional(7) }
    }
    case 'SubAfter':
      return {
        type: 'SubAfter',
        timestamp: number(7),
        requestId: text(1),
        messageId: text(2),
        ms: number(3),
        success: isTrue(4),
        keys: optional(5),
        outcome: CONSUME_OUTCOMES[number(6)] ?? 'success',
        group: text(8),
      }
    case 'EndTransaction':
      return {
        type: 'EndTransaction',
        ...sent,
        tag: optional(6),
        keys: optional(7),
        storeHost: text(8),
        messageType: messageType(9),
        transactionId: text(10),
        end: text(11) as TransactionEnd,
        fromCheck: isTrue(12),
      }
    case 'Recall':
      return { type: 'Recall', ...sent, success: isTrue(6) }
    default:
      return undefined
  }
}
