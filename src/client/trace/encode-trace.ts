import { CONSUME_OUTCOMES, TRACED_TYPES, type TraceRecord } from './trace-record.ts'

/** Between the fields of a record, and behind a record. */
export const FIELD_END = '\u0001'
export const RECORD_END = '\u0002'

/** Stands for what is not there. */
const NOTHING = 'null'

/** The text of one record. Apache: `TraceDataEncoder.encoderFromContextBean` (5.3.3). */
export function encodeTrace(record: TraceRecord): string {
  return fieldsOf(record).map(textOf).join(FIELD_END) + RECORD_END
}

/** What trace messages about this record are found by: the traced message's ids and keys. */
export function traceKeys(record: TraceRecord): readonly string[] {
  const ids = record.messageId.split(',')
  const keys = 'keys' in record ? (record.keys?.split(' ') ?? []) : []
  return [...ids, ...keys].filter((key) => key !== '')
}

function fieldsOf(record: TraceRecord): readonly (string | number | boolean | undefined)[] {
  const { type, timestamp, messageId } = record
  switch (type) {
    case 'Pub': {
      const { regionId, group, topic, tag, keys, storeHost, bodyBytes, ms, offsetMessageId, success } = record
      const start = [type, timestamp, regionId, group, topic, messageId, tag, keys, storeHost, bodyBytes, ms]
      return [...start, TRACED_TYPES.indexOf(record.messageType), offsetMessageId, success]
    }
    case 'SubBefore': {
      const { regionId, group, requestId, reconsumeTimes, keys } = record
      return [type, timestamp, regionId, group, requestId, messageId, reconsumeTimes, keys]
    }
    case 'SubAfter': {
      const { requestId, ms, success, keys, group } = record
      const outcome = CONSUME_OUTCOMES.indexOf(record.outcome)
      return [type, requestId, messageId, ms, success, keys, outcome, timestamp, group]
    }
    case 'EndTransaction': {
      const { regionId, group, topic, tag, keys, storeHost, transactionId, end, fromCheck } = record
      const start = [type, timestamp, regionId, group, topic, messageId, tag, keys, storeHost]
      return [...start, TRACED_TYPES.indexOf(record.messageType), transactionId, end, fromCheck]
    }
    case 'Recall': {
      const { regionId, group, topic, success } = record
      return [type, timestamp, regionId, group, topic, messageId, success]
    }
  }
}

/** Java's decoder loses empty fields at the end of a record, so nothing is written as `null` as it does itself. */
function textOf(field: string | number | boolean | undefined): string {
  return field === undefined || field === '' ? NOTHING : String(field)
}
