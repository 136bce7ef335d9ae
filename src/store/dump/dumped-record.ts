import { codeOf } from '../../base/errors/index.ts'
import { decodeRecord, RECORD, type ReceivedMessage, SYS_FLAG } from '../../message/index.ts'

/** A record of the log. */
export interface DumpedRecord {
  readonly kind: 'record'
  /** Log position. */
  readonly position: number
  /** Bytes of the record. */
  readonly size: number
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  /** As stored, the bit for compression included. */
  readonly sysFlag: number
  readonly flag: number
  /** Epoch ms. */
  readonly bornTimestamp: number
  readonly storeTimestamp: number
  /** `ip:port`. */
  readonly bornHost: string
  readonly storeHost: string
  readonly reconsumeTimes: number
  readonly preparedTransactionOffset: number
  readonly messageId: string
  readonly offsetMessageId: string
  readonly properties: Readonly<Record<string, string>>
  /** Decompressed, unless {@link bodyFault} says why not. */
  readonly body: Buffer
  readonly bodyFault: string | undefined
}

/** Reads a sound record whole. */
export function dumpedRecord(bytes: Buffer, position: number): DumpedRecord {
  const { message, bodyFault } = decoded(bytes)
  const { topic, queueId, queueOffset, flag, bornTimestamp, storeTimestamp, bornHost, storeHost } = message
  const { reconsumeTimes, preparedTransactionOffset, messageId, offsetMessageId, properties, body } = message
  return {
    kind: 'record',
    position,
    size: bytes.length,
    topic,
    queueId,
    queueOffset,
    sysFlag: bytes.readInt32BE(RECORD.sysFlag),
    flag,
    bornTimestamp,
    storeTimestamp,
    bornHost,
    storeHost,
    reconsumeTimes,
    preparedTransactionOffset,
    messageId,
    offsetMessageId,
    properties,
    body,
    bodyFault,
  }
}

function decoded(bytes: Buffer): { readonly message: ReceivedMessage; readonly bodyFault: string | undefined } {
  try {
    return { message: decodeRecord(bytes, 0, ''), bodyFault: undefined }
  } catch (failure) {
    if (codeOf(failure) !== 'RMQ_BODY_UNREADABLE') throw failure
    const asStored = Buffer.from(bytes)
    asStored.writeInt32BE(bytes.readInt32BE(RECORD.sysFlag) & ~SYS_FLAG.compressed, RECORD.sysFlag)
    return { message: decodeRecord(asStored, 0, ''), bodyFault: 'it cannot be decompressed and is shown as stored' }
  }
}
