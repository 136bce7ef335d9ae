import { DEFAULT_LIMITS, type Handler, type QueryMessage, RESPONSE_CODE } from '../../remoting/index.ts'
import type { MessageStore } from '../../store/index.ts'
import type { BrokerConfig } from '../config.ts'

/** Bytes of records in an answer: frames of clients have a limit, and their header needs some room. */
const ANSWER_BYTES_MAX = DEFAULT_LIMITS.frameBytesMax - 64 * 1024

/**
 * The newest messages with a key or a unique id, in the order of the log. Two keys may have one hash, so the client has
 * to look at the keys. Apache: `QueryMessageProcessor.queryMessage` (5.3.3), which sends answers that no client accepts
 * when messages are large.
 */
export function queryMessage(store: MessageStore, config: BrokerConfig): Handler<typeof QueryMessage> {
  return async ({ topic, key, maxNum, beginTimestamp: begin, endTimestamp: end, uniqueKey }) => {
    const asked = uniqueKey === 'true' ? config.defaultQueryMaxNum : maxNum
    const maxMessages = Math.min(asked, config.maxMsgsNumBatch)
    const lookup = { maxMessages, maxBytes: ANSWER_BYTES_MAX, begin, end }
    const { records, lastOffset, lastTimestamp } = await store.recordsByKey(topic, key, lookup)
    const header = { indexLastUpdateTimestamp: lastTimestamp, indexLastUpdatePhyoffset: lastOffset }
    if (records.length > 0) return { header, body: records }
    const remark = 'can not find message, maybe time range not correct'
    return { code: RESPONSE_CODE.QUERY_NOT_FOUND, remark, header }
  }
}
