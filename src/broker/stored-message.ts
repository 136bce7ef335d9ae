import { readInt64 } from '../base/bytes/index.ts'
import { HOST_BYTES, MAGIC, RECORD, SYS_FLAG } from '../message/index.ts'

/** A record's parts as they are stored, for storing them again: the body stays compressed. */
export interface StoredMessage {
  readonly totalBytes: number
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly flag: number
  readonly sysFlag: number
  readonly bornTimestamp: number
  /** Address and port, 8 or 20 bytes; like the body a view into the record. */
  readonly bornHost: Buffer
  readonly storeTimestamp: number
  readonly storeHost: Buffer
  readonly reconsumeTimes: number
  readonly body: Buffer
  /** In string form. */
  readonly properties: string
}

/** Reads whole records lying back to back, as a read of the store gives them. */
export function readStoredMessages(slices: readonly Buffer[]): readonly StoredMessage[] {
  const [only] = slices
  const bytes = slices.length === 1 && only !== undefined ? only : Buffer.concat(slices)
  const messages: StoredMessage[] = []
  for (let at = 0; at < bytes.length; ) {
    const message = readStoredMessage(bytes, at)
    messages.push(message)
    at += message.totalBytes
  }
  return messages
}

/** Reads the record at `at`, which the store has checked. Apache: `MessageDecoder.decode` without decompression. */
export function readStoredMessage(bytes: Buffer, at: number): StoredMessage {
  const totalBytes = bytes.readInt32BE(at)
  const sysFlag = bytes.readInt32BE(at + RECORD.sysFlag)
  const bornAt = at + RECORD.bornHost
  const bornEnd = bornAt + ((sysFlag & SYS_FLAG.bornHostV6) === 0 ? HOST_BYTES.v4 : HOST_BYTES.v6)
  const storeAt = bornEnd + 8
  const storeEnd = storeAt + ((sysFlag & SYS_FLAG.storeHostV6) === 0 ? HOST_BYTES.v4 : HOST_BYTES.v6)
  const bodyAt = storeEnd + 16
  const bodyEnd = bodyAt + bytes.readInt32BE(bodyAt - 4)
  const isV2 = bytes.readInt32BE(at + RECORD.magic) === MAGIC.v2
  const topicAt = bodyEnd + (isV2 ? 2 : 1)
  const topicEnd = topicAt + (isV2 ? bytes.readUInt16BE(bodyEnd) : bytes.readUInt8(bodyEnd))
  return {
    totalBytes,
    topic: bytes.toString('utf8', topicAt, topicEnd),
    queueId: bytes.readInt32BE(at + RECORD.queueId),
    queueOffset: readInt64(bytes, at + RECORD.queueOffset),
    physicalOffset: readInt64(bytes, at + RECORD.physicalOffset),
    flag: bytes.readInt32BE(at + RECORD.flag),
    sysFlag,
    bornTimestamp: readInt64(bytes, at + RECORD.bornTimestamp),
    bornHost: bytes.subarray(bornAt, bornEnd),
    storeTimestamp: readInt64(bytes, bornEnd),
    storeHost: bytes.subarray(storeAt, storeEnd),
    reconsumeTimes: bytes.readInt32BE(storeEnd),
    body: bytes.subarray(bodyAt, bodyEnd),
    properties: bytes.toString('utf8', topicEnd + 2, at + totalBytes),
  }
}
